"""Rewrites a question for the search: without its conversation ("and why?"), and in parts if it asks several things.

A generating model rewrites a follow-up question, and splits a long one that no rule splits. Rules do the rest.
"""

from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from glossator.domain.answering.meter import AnswerMeter
from glossator.domain.answering.prompt import CONDENSED_CHARACTERS, condense_prompt
from glossator.domain.answering.question import MAX_PARTS, Question, needs_condensing, parts_of
from glossator.domain.book.words import LONG_STOP_LIST, different_words
from glossator.domain.errors import Unavailable
from glossator.domain.fences import FENCE

CONDENSE_SECONDS: Final = 10.0
MIN_CONTENT_WORDS: Final = 2
"""A question with this many words that are not stop words needs no conversation; "and why?" has none."""


@dataclass(frozen=True)
class SearchQuestion:
    """`text` is the whole question; `parts` are searched beside it."""

    text: str
    parts: tuple[str, ...] = ()


async def condense(question: Question, meter: AnswerMeter) -> SearchQuestion:
    """If no model can rewrite it, a question with too few content words is prefixed with the previous question."""
    if meter.generates and needs_condensing(question):
        try:
            async with aclosing(meter.stream(condense_prompt(question), deadline=CONDENSE_SECONDS)) as deltas:
                lines = "".join([delta async for delta in deltas]).strip().splitlines()
        except (Unavailable, TimeoutError):
            lines = []
        if is_rewritten(lines, question):
            return SearchQuestion(lines[0], tuple(lines[1:]) or tuple(parts_of(lines[0])))
    text = _with_previous(question)
    return SearchQuestion(text, tuple(parts_of(question.text)))


def is_rewritten(lines: list[str], question: Question) -> bool:
    """The prompt asks for one line, or one more for each part; a model that answers the question writes more.

    A rewritten question has words of the conversation, not only its numbers. A search for anything else would find
    nothing in the book.
    """
    if not 0 < len(lines) <= 1 + MAX_PARTS or not all(
        0 < len(line) <= CONDENSED_CHARACTERS and FENCE not in line for line in lines
    ):
        return False
    said = " ".join((*(turn.content for turn in question.history), question.text))
    return any(not word.isdigit() for word in different_words(lines[0]) & different_words(said))


def _with_previous(question: Question) -> str:
    earlier = [turn.content for turn in question.history if turn.role == "user"]
    if not earlier or len(different_words(question.text, LONG_STOP_LIST)) >= MIN_CONTENT_WORDS:
        return question.text
    return f"{earlier[-1]}\n{question.text}"
