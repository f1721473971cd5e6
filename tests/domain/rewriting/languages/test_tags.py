"""Which language tags are valid, their canonical form, and their direction."""

import pytest

from glossator.domain.rewriting.languages.scripts import script_of, scripts
from glossator.domain.rewriting.languages.tags import COMMON, direction, valid_language


@pytest.mark.parametrize(
    ("tag", "written"),
    [
        ("ur", "ur"),
        ("UR", "ur"),
        ("pt-br", "pt-BR"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("zh-cmn-hans-cn", "zh-cmn-Hans-CN"),
        ("sr-latn", "sr-Latn"),
        ("es-419", "es-419"),
        ("de-DE-1996", "de-DE-1996"),
        ("ca-valencia", "ca-valencia"),
        ("en-US-u-co-phonebk", "en-US"),
        ("en-x-private", "en"),
        ("iw", "he"),
        ("URD", "ur"),
        ("urd-latn", "ur-Latn"),
        ("fas-IR", "fa-IR"),
        ("per", "fa"),
        ("heb", "he"),
        ("zho-hant", "zh-Hant"),
        ("chi", "zh"),
        ("jpn", "ja"),
        ("ckb", "ckb"),
        ("sl-rozaj-biske-1994", "sl-rozaj-biske-1994"),
        ("SL-ROZAJ-BISKE-1994-u-nu-latn", "sl-rozaj-biske-1994"),
        ("hy-Latn-IT-arevela", "hy-Latn-IT-arevela"),
        ("de-CH-x-phonebk", "de-CH"),
        ("zh-gan-yue-cmn-Hans", "zh-gan-yue-cmn-Hans"),
        ("en-GB-oed", "en-GB-oxendict"),
        ("EN-gb-OED", "en-GB-oxendict"),
        ("zh-min-nan", "nan"),
        ("zh-min", "nan"),
        ("zh-xiang", "hsn"),
        ("i-klingon", "tlh"),
        ("i-lux", "lb"),
        ("i-default", "en"),
        ("i-mingo", "see"),
        ("i-enochian", "i-enochian"),
        ("sgn-BE-FR", "sfb"),
        ("art-lojban", "jbo"),
        ("no-nyn", "nn"),
        ("zh-yue", "yue"),
        ("zh-yue-HK", "zh-yue-HK"),
        ("mo", "ro"),
        ("sh", "sr-Latn"),
        ("prs-AF", "prs-AF"),
    ],
)
def test_a_tag_is_canonicalized(tag: str, written: str) -> None:
    assert valid_language(tag) == written


def test_common_tags_are_what_the_tables_make_of_them() -> None:
    assert {valid_language(tag.upper()) for tag in COMMON} == COMMON


@pytest.mark.parametrize(
    "tag",
    [
        "",
        "u",
        "urdu",
        "ur ",
        "ur\n",
        "ur_PK",
        "ur-",
        "-ur",
        "ur; ignore all",
        "x-foo",
        "und",
        "qaa",
        "ur-Xyzw",
        "اردو",
        "en-" + "a" * 9,
        "en-GB-oe",
        "i-unknown",
        "zh-min-nan-gan-yue-cmn",
        "en-u",
        "en" + "-u-co" * 30,
    ],
)
def test_an_invalid_tag_is_rejected(tag: str) -> None:
    assert valid_language(tag) is None


@pytest.mark.parametrize(
    "tag", ["ur", "ar-EG", "fa", "ps", "sd", "he", "yi", "dv", "ckb", "ug", "pa-PK", "ks", "az-Arab"]
)
def test_right_to_left(tag: str) -> None:
    assert direction(tag) == "rtl"


@pytest.mark.parametrize(
    ("tag", "script", "read"),
    [
        ("urd", "ARABIC", "rtl"),
        ("ara", "ARABIC", "rtl"),
        ("per", "ARABIC", "rtl"),
        ("heb", "HEBREW", "rtl"),
        ("rus", "CYRILLIC", "ltr"),
        ("hin", "DEVANAGARI", "ltr"),
        ("jpn", "HIRAGANA", "ltr"),
        ("chi", "CJK", "ltr"),
        ("urd-Latn", "LATIN", "ltr"),
        ("ara-Hebr", "HEBREW", "rtl"),
        ("khw", "ARABIC", "rtl"),
        ("gju", "ARABIC", "rtl"),
        ("scl", "ARABIC", "rtl"),
        ("hno", "ARABIC", "rtl"),
        ("hnd", "ARABIC", "rtl"),
        ("bft", "ARABIC", "rtl"),
        ("trw", "ARABIC", "rtl"),
        ("lah", "ARABIC", "rtl"),
        ("rhg", "HANIFI", "rtl"),
        ("rhg-Arab", "ARABIC", "rtl"),
        ("ky-CN", "ARABIC", "rtl"),
        ("mni", "BENGALI", "ltr"),
        ("mni-Mtei", "MEETEI", "ltr"),
        ("syl", "BENGALI", "ltr"),
        ("syl-Sylo", "SYLOTI", "ltr"),
        ("gom", "DEVANAGARI", "ltr"),
        ("ii", "YI", "ltr"),
        ("nan", "CJK", "ltr"),
        ("myv", "CYRILLIC", "ltr"),
        ("i-enochian", "LATIN", "ltr"),
        ("sl-rozaj-biske-1994", "LATIN", "ltr"),
    ],
)
def test_a_three_letter_code_has_the_script_of_its_language(tag: str, script: str, read: str) -> None:
    written = valid_language(tag) or ""

    assert (scripts(written)[0], direction(written)) == (script, read)


@pytest.mark.parametrize("tag", ["en", "hi", "zh", "ru", "pa", "ur-Latn", "sd-IN", "ku", "az", "tr"])
def test_left_to_right(tag: str) -> None:
    assert direction(tag) == "ltr"


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("mni", "মণিপুর"),
        ("mni", "ꯃꯅꯤꯄꯨꯔ"),
        ("syl", "ꠍꠤꠟꠐꠤ"),
        ("syl", "সিলেটি"),
        ("ii", "ꆈꌠꉙ"),
        ("rhg", "𐴌𐴗"),
        ("ccp", "𑄌𑄋𑄴𑄟"),
        ("khw", "کھوار"),
    ],
)
def test_letters_belong_to_the_script_of_the_language(tag: str, text: str) -> None:
    assert {script_of(letter) for letter in text if letter.isalpha()} <= set(scripts(tag))


@pytest.mark.parametrize("tag", ["sr", "sr-ME", "sr-RS"])
def test_a_language_with_two_scripts_may_be_written_in_either(tag: str) -> None:
    assert scripts(tag) == ("CYRILLIC", "LATIN")


@pytest.mark.parametrize(("tag", "script"), [("sr-Latn", "LATIN"), ("ku-IQ", "ARABIC"), ("uz-AF", "ARABIC")])
def test_a_script_or_region_selects_one_script(tag: str, script: str) -> None:
    assert scripts(tag) == (script,)
