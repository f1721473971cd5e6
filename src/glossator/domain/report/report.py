"""What the book lacks: for `glossator report` and `GET /report`. No call of a model, nothing that costs money."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from glossator.domain.budget.budget import Budget
from glossator.domain.budget.caps import usd
from glossator.domain.clock import Clock, now
from glossator.domain.ports.workers import Workers
from glossator.domain.report.grouping import grouped
from glossator.domain.report.masking import mask
from glossator.domain.report.questions import Count, OpenQuestion, Outcome, ReportLog, ReportOptions, Votes

MAX_QUESTIONS: Final = 2000
"""The newest ones; more would take longer than a request may."""
MAX_GROUPS: Final = 20
MAX_SECTIONS: Final = 20
EXAMPLES: Final = 3
ANSWERS: Final[tuple[Outcome, ...]] = ("generated", "extractive", "declined", "ungrounded")


@dataclass(frozen=True)
class QuestionGroup:
    """Questions that ask the same, of which `examples` are masked; `nearest` is the section that most come closest to.

    A question can be counted as declined or ungrounded, and as rated down too.
    """

    count: int
    declined: int
    ungrounded: int
    rated_down: int
    nearest: str
    last_asked: datetime
    examples: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        last = self.last_asked.isoformat(timespec="seconds").replace("+00:00", "Z")
        return vars(self) | {"examples": list(self.examples), "nearest": self.nearest or None, "last_asked": last}


@dataclass(frozen=True)
class BookReport:
    """`days` is what the report covers, at most the retention. `questions` were read to be grouped."""

    days: int
    options: ReportOptions
    counts: Sequence[Count]
    votes: Votes
    questions: int
    groups: Sequence[QuestionGroup]
    usd: float

    def to_json(self) -> dict[str, Any]:
        return {
            "days": self.days,
            "answers": {name: self._sections(name).get("", 0) for name in ANSWERS},
            "votes": {"up": self.votes.up, "down": self.votes.down, "reasons": dict(self.votes.reasons)},
            "usd": self.usd,
            "questions": self.questions,
            "groups": [group.to_json() for group in self.groups[:MAX_GROUPS]],
            "more_groups": max(0, len(self.groups) - MAX_GROUPS),
            "gaps": self._gaps(),
            "cited": self._listed("cited"),
            "kept": {"anonymous": self.options.anonymous, "retention_days": self.options.retention_days},
        }

    def _gaps(self) -> list[dict[str, Any]]:
        """The sections next to what the book lacks, of all readers, also of those whose questions are not kept."""
        declined, ungrounded, down = self._sections("declined"), self._sections("ungrounded"), self.votes.sections
        total = Counter(declined) + Counter(ungrounded) + Counter(down)
        del total[""]
        return [
            {
                "section": section,
                "declined": declined.get(section, 0),
                "ungrounded": ungrounded.get(section, 0),
                "rated_down": down.get(section, 0),
            }
            for section, _ in total.most_common(MAX_SECTIONS)
        ]

    def _listed(self, outcome: Outcome) -> list[dict[str, Any]]:
        most = Counter(self._sections(outcome)).most_common(MAX_SECTIONS)
        return [{"section": section, "count": count} for section, count in most]

    def _sections(self, outcome: Outcome) -> Mapping[str, int]:
        return {count.section: count.count for count in self.counts if count.outcome == outcome}


class BookReports:
    """Builds reports from the log, once `flush` has written what waits; groups and masks in a worker."""

    def __init__(
        self,
        log: ReportLog,
        budget: Budget,
        workers: Workers,
        options: ReportOptions,
        *,
        flush: Callable[[], Awaitable[None]] | None = None,
        clock: Clock = now,
    ) -> None:
        self._log = log
        self._budget = budget
        self._workers = workers
        self._options = options
        self._flush = flush
        self._clock = clock

    async def report(self, days: int) -> BookReport:
        """Days of UTC, with today. Raises Unavailable and Overloaded."""
        days = min(days, self._options.retention_days)
        midnight = self._clock().replace(hour=0, minute=0, second=0, microsecond=0)
        since = midnight - timedelta(days=days - 1)
        if self._flush is not None:
            await self._flush()
        questions = await self._log.questions(since, MAX_QUESTIONS)
        spent = await self._budget.report(days)
        return BookReport(
            days,
            self._options,
            await self._log.counted(since.date(), MAX_SECTIONS + 1),
            await self._log.votes(since, MAX_SECTIONS),
            len(questions),
            await self._workers.run(partial(groups_of, questions)),
            round(usd(sum(used.nanos for used in spent.used)), 6),
        )


def groups_of(questions: Sequence[OpenQuestion]) -> list[QuestionGroup]:
    """The largest first; of equal ones the one that was asked last. Only those that are shown have examples."""
    groups = sorted(grouped(questions), key=lambda group: (len(group), max(_times(group))), reverse=True)
    return [_summary(group, with_examples=at < MAX_GROUPS) for at, group in enumerate(groups)]


def _summary(group: Sequence[OpenQuestion], *, with_examples: bool) -> QuestionGroup:
    nearest = Counter(question.nearest for question in group if question.nearest).most_common(1)
    return QuestionGroup(
        count=len(group),
        declined=sum(question.problem == "declined" for question in group),
        ungrounded=sum(question.problem == "ungrounded" for question in group),
        rated_down=sum(question.rated_down for question in group),
        nearest=nearest[0][0] if nearest else "",
        last_asked=max(_times(group)),
        examples=_examples(group) if with_examples else (),
    )


def _examples(group: Sequence[OpenQuestion]) -> tuple[str, ...]:
    """The first ones that read differently."""
    different: dict[str, str] = {}
    for question in group:
        different.setdefault(" ".join(question.text.casefold().split()).rstrip("?!. "), question.text)
    return tuple(mask(text) for text in list(different.values())[:EXAMPLES])


def _times(group: Sequence[OpenQuestion]) -> list[datetime]:
    return [question.asked_at for question in group]
