"""The dictionaries of the component are complete: every language has the same keys with the same values to fill in."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.places import ROOT

SOURCES: Final = ROOT / "clients" / "widget" / "src"
FOLDERS: Final = sorted(path.parent for path in SOURCES.rglob("en.ts"))
LANGUAGES: Final = sorted(path.stem for path in (SOURCES / "texts").glob("??.ts"))
ENTRY: Final = re.compile(r'^  "(?P<key>[^"]+)":\s+"(?P<text>(?:[^"\\]|\\.)+)",$', re.MULTILINE)


def entries(path: Path) -> dict[str, str]:
    text = path.read_text("utf-8")
    found = {match["key"]: match["text"] for match in ENTRY.finditer(text)}
    assert len(found) == len(re.findall(r'^  "[^"]+":', text, re.MULTILINE))
    return found


def test_english_and_urdu_are_there() -> None:
    assert {"en", "ur"} <= set(LANGUAGES)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(SOURCES).as_posix())
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_text_with_its_values(folder: Path, language: str) -> None:
    english, other = entries(folder / "en.ts"), entries(folder / f"{language}.ts")

    def values(texts: dict[str, str]) -> dict[str, list[str]]:
        return {key: sorted(re.findall(r"\{\w+\}", text)) for key, text in texts.items()}

    assert values(other) == values(english)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(SOURCES).as_posix())
def test_urdu_is_not_left_in_english(folder: Path) -> None:
    untranslated = {key for key, text in entries(folder / "ur.ts").items() if not re.search("[\u0600-\u06ff]", text)}

    assert untranslated == {"dir"}
