"""Lets a model write the questions of a page."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import aclosing
from typing import Final

from glossator.domain.answering.prompt import template
from glossator.domain.answering.suggestions.heading_questions import MAX_LENGTH, MIN_WORDS
from glossator.domain.book.passages import Passage
from glossator.domain.budget.spending import TOKENS_PER_CHARACTER, Spending
from glossator.domain.fences import FENCE, fence_line, fenced
from glossator.domain.ports.chat_model import ChatModel, Delta, Prompt

WRITTEN: Final = 5
PAGE_CHARACTERS: Final = 3000
SECTION_CHARACTERS: Final = 400
MAX_TOKENS: Final = 250
INSTRUCTIONS: Final = 350
"""Tokens of our own words in a prompt, with the title and the fences."""
SECONDS: Final = 45.0
_LEAD: Final = re.compile(r"^\s*(?:[-*\u2022]|\d+[.)])?\s*")
_ENDS: Final = ("?", "\uff1f", "\u061f")


async def written_questions(model: ChatModel, title: str, passages: Sequence[Passage], spending: Spending) -> list[str]:
    """Raises Unavailable and TimeoutError."""
    async with asyncio.timeout(SECONDS), aclosing(spending.stream(model, suggest_prompt(title, passages))) as events:
        text = "".join([event.text async for event in events if isinstance(event, Delta)])
    lines = (_LEAD.sub("", line).strip() for line in text.splitlines())
    return [line for line in dict.fromkeys(lines) if _is_question(line)][:WRITTEN]


def suggest_prompt(title: str, passages: Sequence[Passage]) -> Prompt:
    fence = fence_line()
    system = template("suggest").substitute(title=title, number=WRITTEN, fence=fence)
    return Prompt(system, fenced(fence, "page", shown_text(passages)), MAX_TOKENS, step="suggest")


def shown_text(passages: Sequence[Passage]) -> str:
    """The heading and the beginning of each section, up to the limit."""
    sections: dict[tuple[str, ...], str] = {}
    for passage in passages:
        sections.setdefault(passage.headings, passage.text[:SECTION_CHARACTERS])
    text = "\n\n".join(f"# {' > '.join(headings)}\n{start}" for headings, start in sections.items())
    return text[:PAGE_CHARACTERS]


def most_written_usd(model: ChatModel) -> float:
    """The most that the questions of one page cost, in US dollars."""
    price_in, price_out = model.usd_per_million_chat_tokens
    return (most_read_tokens() * price_in + MAX_TOKENS * price_out) / 1_000_000


def most_read_tokens() -> int:
    return INSTRUCTIONS + TOKENS_PER_CHARACTER * PAGE_CHARACTERS


def _is_question(line: str) -> bool:
    long_enough = len(line.split()) >= MIN_WORDS or not line.isascii()
    return line.endswith(_ENDS) and long_enough and len(line) <= MAX_LENGTH and FENCE not in line and "://" not in line
