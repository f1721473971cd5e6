"""In which script a language is written, and how the letters of a script are named in Unicode."""

import re

TAG = re.compile(
    r"(?P<language>[A-Za-z]{2,3})\b(?:-[A-Za-z]{3}\b)?(?:-(?P<script>[A-Za-z]{4})\b)?"
    r"(?:-(?P<region>[A-Za-z]{2}|[0-9]{3})\b)?(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3})\b){0,2}"
)

# By the code of ISO 15924: how the names of a script's letters begin in Unicode.
LETTERS = {
    "Latn": "LATIN",
    "Arab": "ARABIC",
    "Cyrl": "CYRILLIC",
    "Grek": "GREEK",
    "Hebr": "HEBREW",
    "Deva": "DEVANAGARI",
    "Beng": "BENGALI",
    "Guru": "GURMUKHI",
    "Gujr": "GUJARATI",
    "Orya": "ORIYA",
    "Taml": "TAMIL",
    "Telu": "TELUGU",
    "Knda": "KANNADA",
    "Mlym": "MALAYALAM",
    "Sinh": "SINHALA",
    "Thai": "THAI",
    "Laoo": "LAO",
    "Tibt": "TIBETAN",
    "Mymr": "MYANMAR",
    "Geor": "GEORGIAN",
    "Armn": "ARMENIAN",
    "Ethi": "ETHIOPIC",
    "Khmr": "KHMER",
    "Mong": "MONGOLIAN",
    "Thaa": "THAANA",
    "Syrc": "SYRIAC",
    "Nkoo": "NKO",
    "Adlm": "ADLAM",
    "Olck": "OL CHIKI",
    "Tfng": "TIFINAGH",
    "Cher": "CHEROKEE",
    "Cans": "CANADIAN",
    "Hans": "CJK",
    "Hant": "CJK",
    "Hani": "CJK",
    "Hira": "HIRAGANA",
    "Kana": "KATAKANA",
    "Hang": "HANGUL",
}
SEVERAL = {"Jpan": ("HIRAGANA", "KATAKANA", "CJK"), "Kore": ("HANGUL", "CJK")}
RIGHT_TO_LEFT = frozenset(["ARABIC", "HEBREW", "THAANA", "SYRIAC", "NKO", "ADLAM"])
IDEOGRAPHS = frozenset(["CJK", "HIRAGANA", "KATAKANA", "HANGUL"])

LANGUAGES_OF_SCRIPT = {
    "Arab": "ar ur fa ps sd ug ckb ks arb arz ary apc acm aeb afb ajp apd azb bal bgn brh glk lrc mzn pnb prs skr sdh"
    " pes pbt haz",
    "Cyrl": "ru uk be bg mk kk ky tg tt ba cv ce os ab av kv udm mhr sah tyv xal mn bua kbd ady inh lez cu rue",
    "Grek": "el grc",
    "Hebr": "he yi lad",
    "Deva": "hi mr ne sa bho mai awa kok doi brx new hne mag bgc raj dty",
    "Beng": "bn as bpy",
    "Guru": "pa",
    "Gujr": "gu",
    "Orya": "or",
    "Taml": "ta",
    "Telu": "te",
    "Knda": "kn tcy",
    "Mlym": "ml",
    "Sinh": "si",
    "Thai": "th",
    "Laoo": "lo",
    "Tibt": "bo dz",
    "Mymr": "my shn mnw",
    "Geor": "ka xmf",
    "Armn": "hy hyw",
    "Ethi": "am ti gez",
    "Khmr": "km",
    "Thaa": "dv",
    "Syrc": "syr aii",
    "Nkoo": "nqo",
    "Olck": "sat",
    "Tfng": "zgh",
    "Cher": "chr",
    "Cans": "iu cr",
    "Hani": "zh yue lzh wuu hak gan cmn",
    "Jpan": "ja",
    "Kore": "ko",
}
SCRIPT_OF_LANGUAGE = {language: script for script, many in LANGUAGES_OF_SCRIPT.items() for language in many.split()}
SCRIPT_IN_REGION = {
    ("pa", "PK"): "Arab",
    ("uz", "AF"): "Arab",
    ("az", "IR"): "Arab",
    ("ku", "IQ"): "Arab",
    ("ku", "IR"): "Arab",
    ("kk", "CN"): "Arab",
    ("ms", "CC"): "Arab",
    ("mn", "CN"): "Mong",
    ("sd", "IN"): "Deva",
}
TWO_SCRIPTS = {"sr": ("CYRILLIC", "LATIN"), "ku": ("LATIN", "ARABIC"), "iu": ("CANADIAN", "LATIN")}


def scripts(language: str) -> tuple[str, ...]:
    """How the names of the letters begin that a text in this language is made of."""
    matched = TAG.match(language)
    if matched is None:
        return ("LATIN",)
    name = matched["language"].lower()
    script = (matched["script"] or "").title() or SCRIPT_IN_REGION.get((name, (matched["region"] or "").upper()), "")
    if not script and name in TWO_SCRIPTS:
        return TWO_SCRIPTS[name]
    script = script or SCRIPT_OF_LANGUAGE.get(name, "Latn")
    return SEVERAL.get(script) or (LETTERS.get(script, "LATIN"),)
