"""Estimates the maximum price of a run, which is printed before it starts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from glossator.configuration import core as conf
from glossator.kernel.settings.setting import Settings
from glossator_plugins.openai import settings as names
from glossator_plugins.openai.prices import prices_of
from glossator_plugins.openai.tokens import count_tokens
from tests.live.accounts import NEON, OPENAI, PREFIX, QDRANT, configured, is_configured
from tests.places import ROOT

BOOK: Final = ROOT / "sample-book"
SUITE_EMBEDDED: Final = 24_000
"""Tokens of two texts of maximum length and many short ones."""
SUITE_STREAMS: Final = 4
SUITE_PROMPT: Final = 100
"""Tokens of one prompt."""
WHOLE_ANSWERS: Final = 1
HEADINGS: Final = 1.5
"""Factor for headings and overlaps, which are embedded with the passages."""


@dataclass(frozen=True)
class Price:
    """In tokens; output counts with its maximum length."""

    embedded: int
    prompted: int
    written: int

    def usd(self, settings: Settings) -> float:
        prices = prices_of(settings)
        each = (
            (self.embedded, prices.embedding),
            (self.prompted, prices.prompt),
            (self.written, prices.completion),
        )
        return sum(tokens * price for tokens, price in each) / 1_000_000


def price_of_suites(settings: Settings) -> Price:
    longest = settings[conf.ANSWERING_MAX_TOKENS]
    return Price(SUITE_EMBEDDED, SUITE_STREAMS * SUITE_PROMPT, SUITE_STREAMS * longest)


def price_of_question(settings: Settings) -> Price:
    """Loading the sample book and one answer from it."""
    pages = sum(count_tokens(page.read_text("utf-8")) for page in BOOK.glob("*.md"))
    passages = settings[conf.RETRIEVAL_PASSAGES] * settings[conf.INGEST_CHARACTERS] // 2
    return Price(int(pages * HEADINGS), WHOLE_ANSWERS * passages, WHOLE_ANSWERS * settings[conf.ANSWERING_MAX_TOKENS])


def price_lines() -> Iterator[str]:
    """The estimate as printed lines."""
    for needed in (OPENAI, QDRANT, NEON):
        if not is_configured(needed):
            yield f"live: {needed} is not set: what needs it is skipped"
    if is_configured(OPENAI):
        settings = configured("openai").settings
        parts = [price_of_suites(settings), *([price_of_question(settings)] if is_configured(QDRANT) else [])]
        usd = sum(part.usd(settings) for part in parts)
        yield (
            f"live: {settings[names.EMBEDDING_MODEL]} and {settings[names.MODEL]} cost at most USD {usd:.4f}, by their "
            "known prices"
        )
    yield f"live: collections and databases are made under names that begin with {PREFIX}, and removed"
