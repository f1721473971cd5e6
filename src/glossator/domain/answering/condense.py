"""Rewrites a follow-up question ("and why?") so that it can be searched without its conversation."""

from contextlib import aclosing
from typing import Final

from glossator.domain.answering.meter import Meter
from glossator.domain.answering.prompt import condense_prompt
from glossator.domain.answering.question import Question
from glossator.domain.book.words import LONG_STOP_LIST, words_of
from glossator.domain.errors import Unavailable
from glossator.domain.quotation import FENCE

CONDENSE_SECONDS: Final = 10.0
MAX_LENGTH: Final = 1000
MIN_CONTENT_WORDS: Final = 2
"""A question with this many words that are not stop words needs no conversation; "and why?" has none."""


async def condense(question: Question, meter: Meter) -> str:
    """If no model can rewrite it, a question with too few content words is prefixed with the previous question."""
    if not question.history:
        return question.text
    if meter.model.generates:
        try:
            async with aclosing(meter.stream(condense_prompt(question), deadline=CONDENSE_SECONDS)) as deltas:
                rewritten = "".join([delta async for delta in deltas]).strip()
        except (Unavailable, TimeoutError):
            rewritten = ""
        if is_question(rewritten):
            return rewritten
    earlier = [turn.content for turn in question.history if turn.role == "user"]
    if not earlier or len(set(words_of(question.text, LONG_STOP_LIST))) >= MIN_CONTENT_WORDS:
        return question.text
    return f"{earlier[-1]}\n{question.text}"


def is_question(text: str) -> bool:
    """The prompt asks for one line; a model that repeats the prompt or answers the question writes more."""
    return 0 < len(text) <= MAX_LENGTH and "\n" not in text and FENCE not in text
