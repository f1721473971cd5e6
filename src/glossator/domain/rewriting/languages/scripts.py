"""In which script a language is written, and how the letters of a script are named in Unicode."""

import re
import unicodedata

TAG = re.compile(
    r"(?P<language>[A-Za-z]{2,3})\b(?:-[A-Za-z]{3}\b){0,3}(?:-(?P<script>[A-Za-z]{4})\b)?"
    r"(?:-(?P<region>[A-Za-z]{2}|[0-9]{3})\b)?(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3})\b)*"
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
    "Yiii": "YI",
    "Mtei": "MEETEI",
    "Sylo": "SYLOTI",
    "Cakm": "CHAKMA",
    "Rohg": "HANIFI",
    "Hans": "CJK",
    "Hant": "CJK",
    "Hani": "CJK",
    "Hira": "HIRAGANA",
    "Kana": "KATAKANA",
    "Hang": "HANGUL",
}
SEVERAL = {"Jpan": ("HIRAGANA", "KATAKANA", "CJK"), "Kore": ("HANGUL", "CJK")}
RIGHT_TO_LEFT = frozenset(["ARABIC", "HEBREW", "THAANA", "SYRIAC", "NKO", "ADLAM", "HANIFI"])

# As the likely subtags of Unicode's CLDR have it.
LANGUAGES_OF_SCRIPT = {
    "Arab": "ar ur fa ps sd ug ckb ks arb arz ary apc acm aeb afb ajp apd azb bal bgn brh glk lrc mzn pnb prs skr sdh"
    " pes pbt haz khw gju gjk scl hno hnd bft trw lah jat phr psh bej bqi bsk lki lrl luz mvy gbz isk ota aao abv acq"
    " acw acx adf aec ars auz avl ayh ayl ayn ayp shu ssh",
    "Cyrl": "ru uk be bg mk kk ky tg tt ba cv ce os ab av kv udm mhr sah tyv xal mn bua kbd ady inh lez cu rue agx"
    " alt ckt dar dlg evn gld kca kim kjh koi krc kum lbe mdf mns mrj myv niv nog rut sel tab ude ykg yrk",
    "Grek": "el grc",
    "Hebr": "he yi lad jpr jrb yhd yud",
    "Deva": "hi mr ne sa bho mai awa kok doi brx new hne mag bgc raj dty gom anp xnr mtr mwr wbr swv hoj bhb gbm kfy"
    " jml rji tdg thl thr taj xsr srx rwr",
    "Beng": "bn as bpy mni syl ctg rkt",
    "Guru": "pa",
    "Gujr": "gu",
    "Orya": "or",
    "Taml": "ta",
    "Telu": "te",
    "Knda": "kn tcy",
    "Mlym": "ml",
    "Sinh": "si",
    "Thai": "th tts sou",
    "Laoo": "lo",
    "Tibt": "bo dz lbj adx sip",
    "Mymr": "my shn mnw ksw blk rki kht pll aio pwo",
    "Geor": "ka xmf sva bbl",
    "Armn": "hy hyw",
    "Ethi": "am ti gez byn tig wal har sgw",
    "Khmr": "km",
    "Thaa": "dv",
    "Syrc": "syr aii syc amw tmr",
    "Nkoo": "nqo",
    "Olck": "sat",
    "Tfng": "zgh",
    "Cher": "chr",
    "Cans": "iu cr oj crk crl crm csw nsk ojs",
    "Yiii": "ii",
    "Cakm": "ccp",
    "Rohg": "rhg",
    "Hani": "zh yue lzh wuu hak gan cmn nan hsn cdo cjy czh czo cnp csp",
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
    ("kk", "AF"): "Arab",
    ("kk", "IR"): "Arab",
    ("ky", "CN"): "Arab",
    ("tg", "PK"): "Arab",
    ("az", "IQ"): "Arab",
    ("az", "RU"): "Cyrl",
    ("uz", "CN"): "Cyrl",
    ("ug", "KZ"): "Cyrl",
    ("mn", "CN"): "Mong",
    ("sd", "IN"): "Deva",
}
TWO_SCRIPTS = {
    "sr": ("CYRILLIC", "LATIN"),
    "ku": ("LATIN", "ARABIC"),
    "iu": ("CANADIAN", "LATIN"),
    "mni": ("BENGALI", "MEETEI"),
    "syl": ("BENGALI", "SYLOTI"),
}


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


def script_of(letter: str) -> str:
    """Letters of mathematics, full width and the like go by their own name, which is no language's."""
    name = unicodedata.name(letter, "")
    return "OL CHIKI" if name.startswith("OL CHIKI") else name.partition(" ")[0]
