"""The scripts of a language, and the Unicode names of their letters.

The likely script of a language comes from the CLDR tables in `langcodes`. Only the tables are used: `Language.get`
caches every tag that it ever sees, without a limit, and readers choose the tags.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Final

TAG: Final = re.compile(
    r"(?P<language>[A-Za-z]{2,3})\b(?:-[A-Za-z]{3}\b){0,3}(?:-(?P<script>[A-Za-z]{4})\b)?"
    r"(?:-(?P<region>[A-Za-z]{2}|[0-9]{3})\b)?(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3})\b)*"
)
LETTER_NAMES: Final = {
    "Latn": "LATIN", "Arab": "ARABIC", "Cyrl": "CYRILLIC", "Grek": "GREEK", "Hebr": "HEBREW", "Deva": "DEVANAGARI",
    "Beng": "BENGALI", "Guru": "GURMUKHI", "Gujr": "GUJARATI", "Orya": "ORIYA", "Taml": "TAMIL", "Telu": "TELUGU",
    "Knda": "KANNADA", "Mlym": "MALAYALAM", "Sinh": "SINHALA", "Thai": "THAI", "Laoo": "LAO", "Tibt": "TIBETAN",
    "Mymr": "MYANMAR", "Geor": "GEORGIAN", "Armn": "ARMENIAN", "Ethi": "ETHIOPIC", "Khmr": "KHMER", "Mong": "MONGOLIAN",
    "Thaa": "THAANA", "Syrc": "SYRIAC", "Nkoo": "NKO", "Adlm": "ADLAM", "Olck": "OL_CHIKI", "Tfng": "TIFINAGH",
    "Cher": "CHEROKEE", "Cans": "CANADIAN", "Yiii": "YI", "Mtei": "MEETEI", "Sylo": "SYLOTI", "Cakm": "CHAKMA",
    "Rohg": "HANIFI", "Hans": "CJK", "Hant": "CJK", "Hani": "CJK", "Hira": "HIRAGANA", "Kana": "KATAKANA",
    "Hang": "HANGUL",
}  # fmt: skip
"""First word of the Unicode names of a script's letters, by the script's ISO 15924 code."""
MIXED_SCRIPTS: Final = {"Jpan": ("HIRAGANA", "KATAKANA", "CJK"), "Kore": ("HANGUL", "CJK")}
RIGHT_TO_LEFT: Final = frozenset(["ARABIC", "HEBREW", "THAANA", "SYRIAC", "NKO", "ADLAM", "HANIFI"])
SECOND_SCRIPTS: Final = {
    "sr": ("CYRILLIC", "LATIN"),
    "ku": ("LATIN", "ARABIC"),
    "iu": ("CANADIAN", "LATIN"),
    "mni": ("BENGALI", "MEETEI"),
    "syl": ("BENGALI", "SYLOTI"),
}
"""Languages that are written in two scripts; CLDR has one."""
MISSING_IN_CLDR: Final = {
    tag: script
    for script, tags in {
        "Arab": "azb bsk isk ku-IQ ku-IR lrl psh",
        "Armn": "hyw",
        "Beng": "ctg",
        "Cans": "oj ojs",
        "Cyrl": "agx ckt dlg evn gld kca kim kjh mns niv nog rut sel tab ude xal ykg yrk",
        "Deva": "anp rji sd-IN",
        "Ethi": "har",
        "Geor": "bbl sva",
        "Grek": "grc",
        "Hebr": "jpr jrb yhd yud",
        "Mymr": "aio blk ksw pll pwo rki",
        "Syrc": "amw syc tmr",
        "Tibt": "adx lbj sip",
    }.items()
    for tag in tags.split()
}


def scripts(language: str) -> tuple[str, ...]:
    """The scripts in which a text in this language may be written, as `script_of` names them."""
    matched = TAG.match(language)
    if matched is None:
        return ("LATIN",)
    name, region = matched["language"].lower(), (matched["region"] or "").upper()
    script = (matched["script"] or "").title() or MISSING_IN_CLDR.get(f"{name}-{region}")
    if script is None and name in SECOND_SCRIPTS:
        return SECOND_SCRIPTS[name]
    script = script or MISSING_IN_CLDR.get(name) or likely_script(name, region)
    return MIXED_SCRIPTS.get(script) or (LETTER_NAMES.get(script, "LATIN"),)


def likely_script(language: str, region: str) -> str:
    """The ISO 15924 code of the script that most texts in this language use there."""
    tables = language_tables()
    for key in (f"{language}-{region}", language, tables.macrolanguages.get(language, "")):
        if key in tables.likely_subtags:
            return tables.likely_subtags[key].split("-")[1]
    return "Latn"


@dataclass(frozen=True)
class LanguageTables:
    """Of the CLDR, by language tag."""

    likely_subtags: Mapping[str, str]
    macrolanguages: Mapping[str, str]
    replacements: Mapping[str, str]


@cache
def language_tables() -> LanguageTables:
    """Loaded for the first tag, since they take a megabyte and most readers translate nothing."""
    found = import_module("langcodes.data_dicts")
    return LanguageTables(found.LIKELY_SUBTAGS, found.MACROLANGUAGES, found.LANGUAGE_REPLACEMENTS)


def script_of(letter: str) -> str:
    """Mathematical and full-width letters have names of their own, which belong to no language."""
    name = unicodedata.name(letter, "")
    return "OL_CHIKI" if name.startswith("OL CHIKI") else name.partition(" ")[0]
