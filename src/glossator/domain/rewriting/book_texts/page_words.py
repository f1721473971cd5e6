"""The words of pages, as written and as a browser shows them, for comparison with the texts that readers send.

`innerText` repeats a typeset formula and splits it into short fragments of its letters, as in "E=mc2E=mc2". They are
removed, at most as many as the formulas of one paragraph can leave; the words between them must be the paragraph's.
"""

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, partial
from typing import Final

from glossator.domain.book.passages import Page
from glossator.domain.book.words import different_words, words_of
from glossator.domain.ports.workers import AnyThread, Workers
from glossator.domain.rewriting.book_texts.page_texts import page_texts
from glossator.domain.rewriting.cache.single_flight import SingleFlight

MAX_CACHED_PAGES: Final = 16
MAX_CACHED_CHARACTERS: Final = 1_000_000
"""In all cached pages but the last one; their words take about twenty times as many bytes."""
MAX_NGRAM: Final = 3
ADDRESS: Final = re.compile(r"\]\((?:[^()\s]|\([^()\s]{0,100}\)){0,400}\)")
WORD: Final = re.compile(r"\w+")

Ngrams = frozenset[tuple[str, ...]]


class PageWords:
    """Words of texts of one page, computed on first use: `sources` in Markdown, and `rendered` as in a browser."""

    def __init__(self, sources: Sequence[str], rendered: Sequence[str] = ()) -> None:
        self.sources = sources
        self._texts = (*sources, *rendered)

    def compute(self) -> None:
        """Computes everything now."""
        for words in (self.normalized, self.trigrams, self.vocabulary):
            len(words)

    @cached_property
    def normalized(self) -> str:
        """The normalized words, one text per line."""
        return "\n".join(f" {words} " for words in map(normalized_words, self._texts) if words)

    @cached_property
    def trigrams(self) -> Ngrams:
        return trigrams(self._texts)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        return frozenset(word for text in self._texts for word in words_of(text))


class PageWordsCache:
    """An LRU cache of page words, so that a batch parses its page once and not once per text."""

    def __init__(self, workers: Workers | None = None) -> None:
        self._workers = workers or AnyThread()
        self._pages: OrderedDict[Page, PageWords] = OrderedDict()
        self._parsing: SingleFlight[PageWords] = SingleFlight()

    async def words(self, page: Page) -> PageWords:
        """Parses a page once, in a worker. Raises Overloaded."""
        words = self._pages.get(page)
        if words is None:
            words = await self._parsing.share(page, partial(self._workers.run, partial(self._parse, page)))
        words = self._pages.setdefault(page, words)
        self._pages.move_to_end(page)
        while self._is_full():
            self._pages.popitem(last=False)
        return words

    def _parse(self, page: Page) -> PageWords:
        words = PageWords([page.source], list(page_texts(page)))
        words.compute()
        return words

    def _is_full(self) -> bool:
        characters = sum(len(page.source) for page in self._pages)
        return len(self._pages) > MAX_CACHED_PAGES or (len(self._pages) > 1 and characters > MAX_CACHED_CHARACTERS)


def normalized_words(text: str) -> str:
    return " ".join(WORD.findall(ADDRESS.sub("]", text).casefold()))


def trigrams(texts: Iterable[str]) -> Ngrams:
    """The word trigrams of the texts; a text of one or two words is a single n-gram."""
    found: set[tuple[str, ...]] = set()
    for text in texts:
        words = words_of(ADDRESS.sub("]", text))
        found |= ngrams(words, min(MAX_NGRAM, len(words)))
    return frozenset(found)


def ngrams(words: Sequence[str], size: int) -> Ngrams:
    return frozenset(tuple(words[at : at + size]) for at in range(len(words) - size + 1) if size)


FORMULA: Final = re.compile(r"\$\$(?P<block>[^$]+)\$\$|\$(?P<inline>[^$\n]+)\$")
COMMAND: Final = re.compile(r"\\[A-Za-z]+")
BLANK: Final = re.compile(r"\n[ \t]*\n")
GREEK: Final = range(0x370, 0x400)
MAX_FRAGMENT_LENGTH: Final = 12
FORMULA_COPIES: Final = 3
"""A page may contain a formula as MathML, as its annotation and as HTML."""


def formula_paragraphs(page: str) -> Iterator[tuple[str, str]]:
    """Each paragraph with formulas: its text without them, and the formulas."""
    for paragraph in BLANK.split(page):
        formulas = " ".join(found["block"] or found["inline"] for found in FORMULA.finditer(paragraph))
        if formulas:
            yield FORMULA.sub(" ", paragraph), formulas


def remove_formula_fragments(words: Sequence[str], prose: str, formulas: str) -> list[str] | None:
    """The words without formula fragments; None if there are more fragments than the formulas can leave."""
    known = different_words(prose)
    letters = set(COMMAND.sub(" ", formulas).casefold())
    commands = different_words(" ".join(COMMAND.findall(formulas)))
    fragments = [word for word in words if word not in known and (word in commands or is_fragment(word, letters))]
    if sum(map(len, fragments)) > FORMULA_COPIES * len(formulas):
        return None
    removed = set(fragments)
    return [word for word in words if word not in removed]


def is_fragment(word: str, letters: set[str]) -> bool:
    """Commands are typeset as Greek letters and similar symbols."""
    if len(word) > MAX_FRAGMENT_LENGTH:
        return False
    return all(char in letters or char.isdigit() or ord(char) in GREEK for char in word)
