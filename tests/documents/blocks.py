"""The code blocks of a document, and whether what a command printed has the shape that the document shows."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tests.places import ROOT

HEADING: Final = re.compile(r"^#+ (.+)$")
FENCE: Final = re.compile(r"^```(\w*)$")
KEY: Final = re.compile(r'"([\w.]+)": ?')
ID: Final = re.compile(r"[0-9a-f]{12,}")


@dataclass(frozen=True)
class Block:
    section: str
    language: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)


def blocks_of(document: str) -> list[Block]:
    """The fenced blocks of a file in `docs/`, each with the last heading before it."""
    found, section, language, lines = [], "", None, list[str]()
    for line in (ROOT / "docs" / document).read_text("utf-8").splitlines():
        fence = FENCE.match(line)
        if fence and language is None:
            language, lines = fence[1], []
        elif fence and language is not None:
            found.append(Block(section, language, tuple(lines)))
            language = None
        elif language is not None:
            lines.append(line)
        elif heading := HEADING.match(line):
            section = heading[1]
    return found


def assert_same_shape(shown: Iterable[str], printed: str) -> None:
    """Each shown line is printed, in this order. Of JSON only the keys count, of other lines the first word."""
    left = iter(printed.splitlines())
    for line in shown:
        assert any(_has_shape(other, line) for other in left), f"not printed: {line!r}\n{printed}"


def _has_shape(printed: str, shown: str) -> bool:
    keys = set(KEY.findall(shown))
    return keys <= set(KEY.findall(printed)) if keys else _first_word(shown) == _first_word(printed)


def _first_word(line: str) -> str:
    """Without the digits and ids that differ every time."""
    word = (line.split() or [""])[0]
    return re.sub(r"\d+", "0", ID.sub("id", word))
