"""Counts answers, and keeps questions for the report, without delaying an answer: they are written in batches."""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Final

from glossator.domain.answering.question import Answer
from glossator.domain.clock import Clock, now
from glossator.domain.conversations.thread import clean_text
from glossator.domain.errors import Overloaded, Unavailable
from glossator.domain.ports.workers import Workers
from glossator.domain.report.grouping import stored_vector
from glossator.domain.report.masking import mask
from glossator.domain.report.questions import (
    Count,
    KeptQuestion,
    Outcome,
    ReportLog,
    ReportOptions,
    problem_of,
)

log = logging.getLogger(__name__)

MAX_WAITING: Final = 1000
"""Questions, and different counts, that wait to be written; further ones are not recorded."""
CLOSE_SECONDS: Final = 2.0
MAX_SECTION_LENGTH: Final = 300


@dataclass(frozen=True)
class AskedQuestion:
    """`text` is None for a reader with an account; `question_id` is that of the message in its conversation, if any."""

    answer_id: str
    text: str | None = field(repr=False)
    question_id: str | None = None


class AnswerRecorder:
    """Call `flush` periodically, and `close` at the end."""

    def __init__(self, report_log: ReportLog, workers: Workers, options: ReportOptions, clock: Clock = now) -> None:
        self._log = report_log
        self._workers = workers
        self._options = options
        self._clock = clock
        self._counts: Counter[tuple[date, Outcome, str]] = Counter()
        self._questions: dict[str, KeptQuestion] = {}
        self._lost = 0
        self._writing = asyncio.Lock()

    def record(self, asked: AskedQuestion, answer: Answer) -> None:
        problem, nearest = problem_of(answer), nearest_section(answer)
        counts: list[tuple[Outcome, str]] = [(answer.mode, "")]
        if problem == "ungrounded":
            counts.append((problem, ""))
        if problem and nearest:
            counts.append((problem, nearest))
        counts += [("cited", section) for section in dict.fromkeys(map(_shortened, answer.sources))]
        self._count(counts)
        text = asked.text if self._options.anonymous else None
        if text is None and asked.question_id is None:
            return
        vector = None if answer.vector is None else stored_vector(answer.vector.model, answer.vector.values)
        self._wait(KeptQuestion(asked.answer_id, self._clock(), problem, nearest, asked.question_id, text, vector))

    async def forget(self, answer_id: str) -> None:
        """What waits is not written, and what is being written is there when this returns."""
        async with self._writing:
            self._questions.pop(answer_id, None)

    async def flush(self) -> None:
        """Writes what waits, if anything does; what could not be written waits for the next call."""
        async with self._writing:
            await self._flush()

    async def _flush(self) -> None:
        if self._lost:
            log.warning("answers_not_recorded: %d, because too many wait for the database", self._lost)
            self._lost = 0
        try:
            await self._write_counts()
            await self._write_questions()
        except (Unavailable, Overloaded) as error:
            log.warning("answers_not_recorded: %s; the next run tries again", error)

    async def close(self) -> None:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.flush()
        except TimeoutError:
            log.warning("answers_not_recorded: the database did not answer in time")

    def _count(self, counts: Sequence[tuple[Outcome, str]]) -> None:
        today = self._clock().date()
        for outcome, section in counts:
            key = (today, outcome, section)
            if key in self._counts or len(self._counts) < MAX_WAITING:
                self._counts[key] += 1
            else:
                self._lost += 1

    def _wait(self, question: KeptQuestion) -> None:
        if len(self._questions) < MAX_WAITING:
            self._questions[question.answer_id] = question
        else:
            self._lost += 1

    async def _write_counts(self) -> None:
        for day in sorted({day for day, _, _ in self._counts}):
            counts = {key: count for key, count in self._counts.items() if key[0] == day}
            await self._log.count(day, [Count(outcome, section, n) for (_, outcome, section), n in counts.items()])
            self._counts -= Counter(counts)

    async def _write_questions(self) -> None:
        waiting = list(self._questions.values())
        if not waiting:
            return
        masked = await self._workers.run(partial(_masked, waiting))
        await self._log.keep(masked)
        for question in waiting:
            self._questions.pop(question.answer_id, None)


def nearest_section(answer: Answer) -> str:
    """The first one offered, or the first one cited; empty if there is none."""
    labels = [section.label or section.title for section in answer.nearest] or list(answer.sources)
    return _shortened(labels[0]) if labels else ""


def _shortened(label: str) -> str:
    return clean_text(label[:MAX_SECTION_LENGTH])


def _masked(questions: Sequence[KeptQuestion]) -> list[KeptQuestion]:
    return [replace(one, text=None if one.text is None else clean_text(mask(one.text))) for one in questions]
