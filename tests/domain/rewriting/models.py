"""Stand-in models that rewrite, well or badly, and what a Rewriting is made of in tests."""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

from glossator.domain.errors import Unavailable
from glossator.domain.ports.chat_model import Completed, Delta, Prompt
from glossator.domain.rewriting.allowance import DailyAllowance
from glossator.domain.rewriting.cache.memory import MemoryRewritings
from glossator.domain.rewriting.ports import BookMembership, CacheStats, Rewritings
from glossator.domain.rewriting.rewriting import Rewriting, RewritingOptions
from tests.options import REWRITING_OPTIONS

TEXT = re.compile(r"^(?P<fence>=== \w+) text\n(?P<text>.*)\n(?P=fence) end of text$", re.MULTILINE | re.DOTALL)
WORD = re.compile(r"(?<![<\w])[A-Za-z]+(?![\w/])")


def given(prompt: Prompt) -> str:
    """The text that the prompt quotes."""
    found = TEXT.search(prompt.user)
    assert found
    return found["text"]


def urdu(prompt: Prompt) -> str:
    """An honest translation: every word another one, every mark in its place."""
    return WORD.sub("لفظ", given(prompt))


def plainer(prompt: Prompt) -> str:
    return f"{given(prompt)} Put simply."


@dataclass
class RewritingModel:
    """`says` answers a prompt; `calls` are the prompts that it got."""

    says: Callable[[Prompt], str] = urdu
    seconds: float = 0.0
    generates: bool = True
    down: bool = False
    truncated: int = 0
    """How many answers are cut off."""
    chat_model: str = "rewriting"
    usd_per_million_chat_tokens: tuple[float, float] = (1.0, 2.0)
    calls: list[Prompt] = field(default_factory=list)
    running: int = 0
    most_running: int = 0
    finished: int = 0

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta | Completed, None]:
        self.calls.append(prompt)
        if self.down:
            raise Unavailable("rewriting", "told to fail")
        self.running += 1
        self.most_running = max(self.running, self.most_running)
        try:
            await asyncio.sleep(self.seconds)
            text = self.says(prompt)
            cut = self.truncated > 0
            self.truncated -= cut
            yield Delta(text[: len(text) // 2] if cut else text)
            yield Completed(truncated=cut, prompt_tokens=100, completion_tokens=50)
            self.finished += 1
        finally:
            self.running -= 1


@dataclass
class Book:
    """The port BookTexts; `texts` None is a book that has everything."""

    texts: set[str] | None = None
    let_through: frozenset[str] = frozenset()
    asked: int = 0

    async def standing(self, text: str) -> BookMembership:
        self.asked += 1
        if text in self.let_through:
            return BookMembership.ALLOWED
        return BookMembership.IN_BOOK if self.texts is None or text in self.texts else BookMembership.OUTSIDE


@dataclass
class Desk:
    """A Rewriting with its parts at hand."""

    model: RewritingModel = field(default_factory=RewritingModel)
    cache: Rewritings = field(default_factory=MemoryRewritings)
    book: Book = field(default_factory=Book)
    daily: int = 500
    options: RewritingOptions = REWRITING_OPTIONS

    made: list[Rewriting] = field(default_factory=list)

    def rewriting(self) -> Rewriting:
        self.made.append(Rewriting(self.model, self.cache, self.book, DailyAllowance(self.daily), self.options))
        return self.made[-1]

    async def stats(self) -> CacheStats:
        """Of the cache, once everything is written."""
        for rewriting in self.made:
            await rewriting.kept.settled()
        return await self.cache.stats()
