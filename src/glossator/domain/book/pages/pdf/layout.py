"""Turns the lines of a PDF file's pages into headings and paragraphs.

- Lines at the edges of pages are headers and footers, and are dropped, if they are the same on three pages, or differ
  in numbers only on two.
- The lines of a paragraph are joined, and so are the parts of a word that is divided at the end of a line.
- A sentence that continues on the next page belongs to the page where it begins.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

EDGE: Final = 2
"""Lines at the top and at the bottom of a page that can be headers and footers."""
MIN_SAME, MIN_NUMBERED = 3, 2
MAX_EDGE_LENGTH: Final = 150
NUMBER: Final = re.compile(r"\d+|\b[ivxlc]+\b", re.IGNORECASE)
LETTERS: Final = {0: None} | {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
"""The letters of ligatures, and nothing for NUL."""
LEADER: Final = re.compile(r"(?:\s?\.){5,}\s*")
BULLET: Final = re.compile(r"(?:[•‣◦▪●○■□\u2013\u2014*·-]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s")
CLOSING: Final = r"[)\]\"'”\u2019»]*"
SENTENCE_END: Final = re.compile(rf"[.!?:;。\uff01\uff1f]{CLOSING}$")
FIRST_SENTENCE: Final = re.compile(rf".*?[.!?。\uff01\uff1f]{CLOSING}(?=\s|$)", re.DOTALL)
HYPHEN: Final = re.compile(r"(?P<before>\w+)[-\u00ad\u2010]$")
COMPOUND: Final = re.compile(r"\w+-\w+")
NOT_COMPARED: Final = re.compile(r"[\W_]+|^[\d.\s]+")
FULL, SHORT = 0.85, 0.6
"""How long a line is in relation to the long ones: a full one continues, after a short one the line break stays."""


@dataclass(frozen=True)
class OutlineEntry:
    """A heading of the outline. `level` is that of the heading."""

    level: int
    title: str


@dataclass(frozen=True)
class Outlined:
    page: int
    entry: OutlineEntry


PageParts = list[str | OutlineEntry]
"""The paragraphs and the headings of a page."""


def page_texts(texts: Sequence[str], outline: Iterable[Outlined]) -> list[PageParts]:
    pages = without_edges([[*map(clean_line, text.split("\n"))] for text in texts])
    lengths = sorted(len(line) for lines in pages for line in lines if line)
    width = lengths[len(lengths) * 9 // 10] if lengths else 0
    joiner = LineJoiner(width, {word.lower() for lines in pages for line in lines for word in COMPOUND.findall(line)})
    entries: list[list[OutlineEntry]] = [[] for _ in pages]
    for item in outline:
        if item.page < len(pages):
            entries[item.page].append(item.entry)
    result = [[*read_page(lines, headings, joiner)] for lines, headings in zip(pages, entries, strict=True)]
    continue_sentences(result)
    return result


def clean_line(line: str) -> str:
    return LEADER.sub(" … ", " ".join(line.translate(LETTERS).split()))


def without_edges(pages: list[list[str]]) -> list[list[str]]:
    filled = [[line for line in lines if line] for lines in pages]
    edges = Counter(
        line for lines in filled for line in {*lines[:EDGE], *lines[-EDGE:]} if len(line) <= MAX_EDGE_LENGTH
    )
    numbered = Counter(edge_key(line) for line in edges)
    repeated = {line for line, count in edges.items() if count >= MIN_SAME or numbered[edge_key(line)] >= MIN_NUMBERED}
    return [[*drop_edges(lines, repeated)] for lines in filled]


def drop_edges(lines: Sequence[str], repeated: set[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        at_edge = number < EDGE or number >= len(lines) - EDGE
        if not (at_edge and line in repeated):
            yield line


def edge_key(line: str) -> str:
    return NUMBER.sub("#", line)


def read_page(
    lines: Sequence[str], headings: Sequence[OutlineEntry], joiner: "LineJoiner"
) -> Iterator[str | OutlineEntry]:
    """Headings are where their line is, else at the top of the page."""
    places: dict[int, OutlineEntry] = {}
    start = 0
    for heading in headings:
        wanted = compared(heading.title)
        place = next((n for n in range(start, len(lines)) if compared(lines[n]) == wanted), None)
        if place is None:
            yield heading
        else:
            places[place], start = heading, place + 1
    rest = 0
    for place, heading in places.items():
        yield from joiner.paragraphs(lines[rest:place])
        yield heading
        rest = place + 1
    yield from joiner.paragraphs(lines[rest:])


def compared(title: str) -> str:
    return NOT_COMPARED.sub("", title).lower()


@dataclass(frozen=True)
class LineJoiner:
    """`width` is the length of a long line, and `compounds` are the words that have a hyphen anyway."""

    width: int
    compounds: set[str]

    def paragraphs(self, lines: Sequence[str]) -> Iterator[str]:
        text = previous = ""
        for line in lines:
            if not text:
                text = line
            elif self._begins(previous, line):
                yield text
                text = line
            else:
                text = self._joined(text, previous, line)
            previous = line
        if text:
            yield text

    def _begins(self, previous: str, line: str) -> bool:
        short = len(previous) < FULL * self.width
        return bool(BULLET.match(line) or (short and SENTENCE_END.search(previous)))

    def _joined(self, text: str, previous: str, line: str) -> str:
        found = HYPHEN.search(text)
        if found and line[:1].islower():
            after = re.match(r"\w+", line)
            keep = f"{found['before']}-{after[0] if after else ''}".lower() in self.compounds
            return (text if keep else text[:-1]) + line
        return f"{text}{chr(10) if len(previous) < SHORT * self.width else ' '}{line}"


def continue_sentences(pages: Sequence[PageParts]) -> None:
    for number in range(1, len(pages)):
        before, page = pages[number - 1], pages[number]
        last, first = before[-1] if before else None, page[0] if page else None
        if not (isinstance(last, str) and isinstance(first, str)) or SENTENCE_END.search(last):
            continue
        if found := FIRST_SENTENCE.match(first) if first[:1].islower() else None:
            before[-1] = f"{last} {found[0]}"
            rest = first[found.end() :].strip()
            page[:1] = [rest] if rest else []
