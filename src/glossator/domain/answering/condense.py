"""Turns a follow-up ("and why?") into a question that can be searched for by itself."""

from contextlib import aclosing
from typing import Final

from glossator.domain.answering.meter import Meter
from glossator.domain.answering.prompt import condense_prompt
from glossator.domain.answering.question import Question
from glossator.domain.book.words import words_of
from glossator.domain.errors import Unavailable
from glossator.domain.quotation import FENCE

CONDENSE_SECONDS: Final = 10.0
LONGEST: Final = 1000
NAMES_ITS_SUBJECT: Final = 2
"""Words besides stop words from which on a question is taken to stand alone: "and why?" has none."""


async def condense(question: Question, meter: Meter) -> str:
    """Without a generating model, or when it fails, the previous question goes in front of one that names nothing."""
    if not question.history:
        return question.text
    if meter.model.generates:
        try:
            async with aclosing(meter.stream(condense_prompt(question), deadline=CONDENSE_SECONDS)) as deltas:
                alone = "".join([delta async for delta in deltas]).strip()
        except (Unavailable, TimeoutError):
            alone = ""
        if is_question(alone):
            return alone
    earlier = [turn.content for turn in question.history if turn.role == "user"]
    if not earlier or len(set(words_of(question.text))) >= NAMES_ITS_SUBJECT:
        return question.text
    return f"{earlier[-1]}\n{question.text}"


def is_question(said: str) -> bool:
    """One line, as was asked for: a model that repeats its prompt or answers says more."""
    return 0 < len(said) <= LONGEST and "\n" not in said and FENCE not in said
