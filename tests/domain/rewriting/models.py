"""Fake models that rewrite well or badly, and the parts of a Rewriting service for tests."""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace

from glossator.domain.budget.budget import Budget
from glossator.domain.errors import Unavailable
from glossator.domain.ports.chat_model import Completed, Delta, Prompt
from glossator.domain.ports.workers import AnyThread, Workers
from glossator.domain.rewriting.allowance import DailyAllowance
from glossator.domain.rewriting.cache.memory import MemoryRewritings
from glossator.domain.rewriting.ports import BookMembership, CacheStats, Rewritings
from glossator.domain.rewriting.prompt import answer_fences
from glossator.domain.rewriting.rewriting import Rewriting, RewritingOptions
from tests.options import REWRITING_OPTIONS
from tests.servers.openai_answers import Messages

TEXT = re.compile(r"^(?P<fence>=== \w+) text\n(?P<text>.*)\n(?P=fence) end of text$", re.MULTILINE | re.DOTALL)
WORD = re.compile(r"(?<![<\w])[A-Za-z]+(?![\w/])")


def quoted_text(prompt: Prompt) -> str:
    """The text that the prompt quotes."""
    found = TEXT.search(prompt.user)
    assert found
    return found["text"]


def urdu(prompt: Prompt) -> str:
    """A correct translation: every word is replaced, and every mark keeps its place."""
    return WORD.sub("لفظ", quoted_text(prompt))


def plainer(prompt: Prompt) -> str:
    return f"{quoted_text(prompt)} Put simply."


def between_fences(prompt: Prompt, text: str) -> str:
    """An answer in the form that the prompt asks for."""
    found = TEXT.search(prompt.user)
    assert found
    opening, closing = answer_fences(found["fence"])
    return f"{opening}\n{text}\n{closing}"


def answering(rewrite: Callable[[Prompt], str]) -> Callable[[Messages], str]:
    """The same for the fake OpenAI server."""

    def answer(messages: Messages) -> str:
        prompt = Prompt(messages[0]["content"], messages[1]["content"])
        return between_fences(prompt, rewrite(prompt))

    return answer


@dataclass
class RewritingModel:
    """`rewrite` returns the text between the fences, or the whole answer if `fenced` is false; `calls` are the prompts
    that the model received."""

    rewrite: Callable[[Prompt], str] = urdu
    fenced: bool = True
    seconds: float = 0.0
    generates: bool = True
    structured: bool = False
    down: bool = False
    truncated: int = 0
    """The number of answers that are cut off."""
    chat_model: str = "rewriting"
    usd_per_million_chat_tokens: tuple[float, float] = (1.0, 2.0)
    calls: list[Prompt] = field(default_factory=list)
    running: int = 0
    max_running: int = 0
    finished: int = 0

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta | Completed, None]:
        self.calls.append(prompt)
        if self.down:
            raise Unavailable("rewriting", "down")
        self.running += 1
        self.max_running = max(self.running, self.max_running)
        try:
            await asyncio.sleep(self.seconds)
            text = between_fences(prompt, self.rewrite(prompt)) if self.fenced else self.rewrite(prompt)
            cut = self.truncated > 0
            self.truncated -= cut
            yield Delta(text[: len(text) // 2] if cut else text)
            yield Completed(truncated=cut, prompt_tokens=100, completion_tokens=50)
            self.finished += 1
        finally:
            self.running -= 1

    async def called(self) -> None:
        """Returns once it has been called: threads that prepare a call take as long as the machine is busy."""
        while not self.calls:
            await asyncio.sleep(0.01)


@dataclass
class Book:
    """Implements BookTexts; a book whose `texts` are None contains every text."""

    texts: set[str] | None = None
    allowed: frozenset[str] = frozenset()
    elsewhere: BookMembership = BookMembership.OUTSIDE

    async def membership(self, text: str) -> BookMembership:
        if text in self.allowed:
            return BookMembership.ALLOWED
        return BookMembership.IN_BOOK if self.texts is None or text in self.texts else self.elsewhere


def other_texts() -> Book:
    """Of each text it says that it is allowed, but may not be the book's own."""
    return Book(set(), elsewhere=BookMembership.ALLOWED)


@dataclass
class Setup:
    """A Rewriting service and its parts."""

    model: RewritingModel = field(default_factory=RewritingModel)
    cache: Rewritings = field(default_factory=MemoryRewritings)
    book: Book = field(default_factory=Book)
    daily: int = 500
    options: RewritingOptions = REWRITING_OPTIONS
    workers: Workers = field(default_factory=AnyThread)
    budget: Budget | None = None

    services: list[Rewriting] = field(default_factory=list)

    def rewriting(self) -> Rewriting:
        allowance, options = DailyAllowance(self.daily), replace(self.options, workers=self.workers)
        self.services.append(Rewriting(self.model, self.cache, self.book, allowance, options, self.budget))
        return self.services[-1]

    async def stats(self) -> CacheStats:
        """Statistics of the cache once everything is stored."""
        for rewriting in self.services:
            await rewriting.cache.flush()
        return await self.cache.stats()
