"""The languages that readers can have pages translated into."""

import tomllib

import pytest

from glossator.configuration.rewriting import REWRITING_LANGUAGES
from glossator.domain.rewriting.languages.tags import COMMON, OfferedLanguages
from glossator.kernel.settings.setting import BadValue
from tests.places import ROOT

DEFAULT = tomllib.loads((ROOT / "settings.toml").read_text("utf-8"))["default"]["rewriting"]["languages"]


@pytest.mark.parametrize(
    ("tags", "language", "offered"),
    [
        (("ur", "pt"), "ur", True),
        (("ur", "pt"), "ur-Latn", True),
        (("ur", "pt"), "pt-BR", True),
        (("pt-BR",), "pt", False),
        (("pt-BR",), "pt-PT", False),
        (("ar",), "arz", True),
        (("arz",), "ar", False),
        (("zh",), "yue-Hant", True),
        (("ur",), "urk", False),
        ((), "ur", False),
        (("*",), "tlh", True),
    ],
)
def test_an_entry_offers_its_variants(tags: tuple[str, ...], language: str, offered: bool) -> None:
    assert (language in OfferedLanguages(tags)) == offered


def test_by_default_urdu_and_twenty_others_are_offered() -> None:
    assert len(DEFAULT) == len(set(DEFAULT)) == 21
    assert "ur" in DEFAULT
    assert set(DEFAULT) <= COMMON, "they are checked at every start, which loads no tables"


@pytest.mark.parametrize("text", ["ur,xx-", "urd", "PT-br", "english"])
def test_the_setting_takes_tags_in_their_usual_form(text: str) -> None:
    with pytest.raises(BadValue, match="BCP 47"):
        REWRITING_LANGUAGES.type.parse(text)


@pytest.mark.parametrize("text", ["*", "ur, pt-BR", "zh-Hant"])
def test_the_setting_takes_a_list_or_any(text: str) -> None:
    assert REWRITING_LANGUAGES.type.parse(text) == tuple(tag.strip() for tag in text.split(","))
