"""What a run costs at most, told before it begins."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from glossator.configuration import core as conf
from glossator.kernel.settings.setting import Settings
from glossator_plugins.openai import settings as names
from glossator_plugins.openai.tokens import count_tokens
from tests.live.accounts import NEON, OPENAI, PREFIX, QDRANT, configured, is_set
from tests.places import ROOT

BOOK: Final = ROOT / "sample-book"
SUITE_EMBEDDED: Final = 24_000
"""Tokens: two texts of the greatest length, and many short ones."""
SUITE_STREAMS: Final = 4
SUITE_PROMPT: Final = 100
"""Tokens of one of them."""
WHOLE_ANSWERS: Final = 1
HEADINGS: Final = 1.5
"""Of what pages say: their passages are embedded with the headings above them, and some sentences twice."""


@dataclass(frozen=True)
class Price:
    """In tokens; what is written counts as long as it may become."""

    embedded: int
    prompted: int
    written: int

    def usd(self, settings: Settings) -> float:
        each = (
            (self.embedded, settings[names.EMBEDDING_PRICE]),
            (self.prompted, settings[names.PROMPT_PRICE]),
            (self.written, settings[names.COMPLETION_PRICE]),
        )
        return sum(tokens * price for tokens, price in each) / 1_000_000


def of_suites(settings: Settings) -> Price:
    longest = settings[conf.ANSWERING_MAX_TOKENS]
    return Price(SUITE_EMBEDDED, SUITE_STREAMS * SUITE_PROMPT, SUITE_STREAMS * longest)


def of_question(settings: Settings) -> Price:
    """The sample book and a whole answer from it."""
    pages = sum(count_tokens(page.read_text("utf-8")) for page in BOOK.glob("*.md"))
    passages = settings[conf.RETRIEVAL_PASSAGES] * settings[conf.INGEST_CHARACTERS] // 2
    return Price(int(pages * HEADINGS), WHOLE_ANSWERS * passages, WHOLE_ANSWERS * settings[conf.ANSWERING_MAX_TOKENS])


def told() -> Iterator[str]:
    """Lines for whoever pays."""
    for needed in (OPENAI, QDRANT, NEON):
        if not is_set(needed):
            yield f"live: {needed} is not set: what needs it is skipped"
    if is_set(OPENAI):
        settings = configured("openai").settings
        parts = [of_suites(settings), *([of_question(settings)] if is_set(QDRANT) else [])]
        usd = sum(part.usd(settings) for part in parts)
        yield (
            f"live: {settings[names.EMBEDDING_MODEL]} and {settings[names.MODEL]} cost at most USD {usd:.4f}, by the "
            "prices of [default.openai]"
        )
    yield f"live: collections and databases are made under names that begin with {PREFIX}, and removed"
