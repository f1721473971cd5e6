"""The words of pages that texts are compared with, as they are written and as a browser shows them.

Paragraphs whose formulas a page has typeset: `innerText` has them doubled and torn apart, as in "E=mc2E=mc2".

What is left of a formula are short scraps of its letters. They are taken away, no more of them than the formulas of one
paragraph can have left, and the words between them must be that paragraph's.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Final

from glossator.domain.book.pages.anchors import Generator
from glossator.domain.book.passages import Page
from glossator.domain.book.words import words_of
from glossator.domain.rewriting.book_texts.page_texts import page_texts

PAGES_AT_HAND: Final = 16
CHARACTERS_AT_HAND: Final = 1_000_000
"""Of all pages but the last one together; their words take some twenty times as many bytes."""
LONGEST_GRAM: Final = 3
ADDRESS: Final = re.compile(r"\]\((?:[^()\s]|\([^()\s]{0,100}\)){0,400}\)")
WORD: Final = re.compile(r"\w+")

Grams = frozenset[tuple[str, ...]]


class PageWords:
    """Of some texts of one page; each kind is made when it is first asked for. `sources` are Markdown."""

    def __init__(self, sources: Sequence[str], shown: Sequence[str] = ()) -> None:
        self.sources = sources
        self._texts = (*sources, *shown)

    def make(self) -> None:
        """Every kind, at once."""
        for kind in (self.plain, self.trigrams, self.known):
            len(kind)

    @cached_property
    def plain(self) -> str:
        """Word for word, each text on a line of its own."""
        return "\n".join(f" {plain} " for plain in map(plain_words, self._texts) if plain)

    @cached_property
    def trigrams(self) -> Grams:
        return trigrams(self._texts)

    @cached_property
    def known(self) -> frozenset[str]:
        return frozenset(word for text in self._texts for word in words_of(text))


class PagesAtHand:
    """The pages that were looked at last, so that those of a batch do not read theirs for each text."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self._pages: OrderedDict[Page, PageWords] = OrderedDict()
        self._reading = asyncio.Lock()

    async def words(self, page: Page) -> PageWords:
        """Read in a thread, one page at a time."""
        async with self._reading:
            words = self._pages.get(page)
            if words is None:
                words = await asyncio.to_thread(self._read, page)
            self._pages[page] = words
            self._pages.move_to_end(page)
            while self._too_many():
                self._pages.popitem(last=False)
        return words

    def _read(self, page: Page) -> PageWords:
        words = PageWords([page.source], list(page_texts(page, self._generator)))
        words.make()
        return words

    def _too_many(self) -> bool:
        characters = sum(len(page.source) for page in self._pages)
        return len(self._pages) > PAGES_AT_HAND or (len(self._pages) > 1 and characters > CHARACTERS_AT_HAND)


def plain_words(text: str) -> str:
    return " ".join(WORD.findall(ADDRESS.sub("]", text).casefold()))


def trigrams(texts: Iterable[str]) -> Grams:
    """Of neighbouring words; a text of one or two words is one by itself."""
    found: set[tuple[str, ...]] = set()
    for text in texts:
        words = words_of(ADDRESS.sub("]", text))
        found |= grams(words, min(LONGEST_GRAM, len(words)))
    return frozenset(found)


def grams(words: Sequence[str], size: int) -> Grams:
    return frozenset(tuple(words[at : at + size]) for at in range(len(words) - size + 1) if size)


FORMULA: Final = re.compile(r"\$\$(?P<block>[^$]+)\$\$|\$(?P<inline>[^$\n]+)\$")
COMMAND: Final = re.compile(r"\\[A-Za-z]+")
BLANK: Final = re.compile(r"\n[ \t]*\n")
GREEK: Final = range(0x370, 0x400)
SCRAP_CHARACTERS: Final = 12
TIMES: Final = 3
"""MathML, its annotation and HTML: as often a page may hold a formula."""


def paragraphs(page: str) -> Iterator[tuple[str, str]]:
    """Those with formulas: the text without them, and the formulas."""
    for paragraph in BLANK.split(page):
        formulas = " ".join(found["block"] or found["inline"] for found in FORMULA.finditer(paragraph))
        if formulas:
            yield FORMULA.sub(" ", paragraph), formulas


def without_scraps(words: Sequence[str], prose: str, formulas: str) -> list[str] | None:
    """The words of a text that formulas did not leave; None when that were more than they can have left."""
    known = set(words_of(prose))
    letters = set(COMMAND.sub(" ", formulas).casefold())
    commands = set(words_of(" ".join(COMMAND.findall(formulas))))
    scraps = [word for word in words if word not in known and (word in commands or is_scrap(word, letters))]
    if sum(map(len, scraps)) > TIMES * len(formulas):
        return None
    left = set(scraps)
    return [word for word in words if word not in left]


def is_scrap(word: str, letters: set[str]) -> bool:
    """Greek letters and the like stand for commands."""
    if len(word) > SCRAP_CHARACTERS:
        return False
    return all(char in letters or char.isdigit() or ord(char) in GREEK for char in word)
