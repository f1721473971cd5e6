"""CPU time of the report on as many questions as it reads, with vectors, and of masking one question."""

import random
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from time import process_time
from typing import Final

import numpy as np

from bench.figures import Figure
from glossator.domain.report.grouping import stored_vector
from glossator.domain.report.masking import mask
from glossator.domain.report.questions import OpenQuestion
from glossator.domain.report.report import MAX_QUESTIONS, groups_of

DIMENSION: Final = 1536
SUBJECTS: Final = 100
RUNS: Final = 5
REPORT_LIMIT: Final = 3.0
MASK_LIMIT: Final = 5.0
LONGEST: Final = ("call +49 30 1234567 or mail ada@example.com about order AB-1234-X, " * 40)[:2000]


async def figures() -> AsyncIterator[Figure]:
    questions = asked()
    groups_of(questions)
    name = f"report on {MAX_QUESTIONS:,} questions of {SUBJECTS} subjects, CPU"
    yield Figure(name, measured(lambda: groups_of(questions)), "s", REPORT_LIMIT)
    spent = tuple(1000 * seconds for seconds in measured(lambda: mask(LONGEST)))
    yield Figure("masking the longest question, CPU", spent, "ms", MASK_LIMIT)


def asked() -> list[OpenQuestion]:
    """Around one vector for each subject, with words of their own."""
    numbers, words = np.random.default_rng(1), random.Random(1)
    subjects = numbers.normal(size=(SUBJECTS, DIMENSION))
    return [
        OpenQuestion(
            " ".join(f"word{words.randrange(3000)}" for _ in range(12)),
            "Words",
            datetime.now(UTC),
            "declined",
            vector=stored_vector("m", (subjects[at % SUBJECTS] + 0.7 * numbers.normal(size=DIMENSION)).astype("f4")),
        )
        for at in range(MAX_QUESTIONS)
    ]


def measured(work: Callable[[], object]) -> tuple[float, ...]:
    seconds = []
    for _ in range(RUNS):
        began = process_time()
        work()
        seconds.append(process_time() - began)
    return tuple(seconds)
