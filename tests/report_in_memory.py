"""The log of the report in lists."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from glossator.domain.errors import Unavailable
from glossator.domain.report.questions import Count, KeptQuestion, OpenQuestion, Outcome, Votes


@dataclass
class MemoryReportLog:
    """Implements ReportLog for questions with a text. While `failing`, every call fails."""

    counts: Counter[tuple[date, Outcome, str]] = field(default_factory=Counter)
    kept: dict[str, KeptQuestion] = field(default_factory=dict)
    failing: bool = False

    async def count(self, day: date, counts: Sequence[Count]) -> None:
        self._called()
        self.counts.update({(day, one.outcome, one.section): one.count for one in counts})

    async def keep(self, questions: Sequence[KeptQuestion]) -> None:
        self._called()
        self.kept |= {question.answer_id: question for question in questions}

    async def questions(self, since: datetime, limit: int) -> Sequence[OpenQuestion]:
        self._called()
        newest = sorted(self.kept.values(), key=lambda one: one.asked_at, reverse=True)
        return [
            OpenQuestion(one.text or "", one.nearest, one.asked_at, one.problem, vector=one.vector)
            for one in newest
            if one.asked_at >= since and one.problem
        ][:limit]

    async def counted(self, since: date, limit: int) -> Sequence[Count]:
        self._called()
        total: Counter[tuple[Outcome, str]] = Counter()
        for (day, outcome, section), count in self.counts.items():
            total[outcome, section] += count if day >= since else 0
        return [Count(outcome, section, count) for (outcome, section), count in total.most_common()]

    async def votes(self, since: datetime, limit: int) -> Votes:
        self._called()
        return Votes()

    def _called(self) -> None:
        if self.failing:
            raise Unavailable("database", "failed on demand")
