"""What is kept for the report on what the book lacks, and the port that keeps it.

- The text of a reader's question without an account is kept only where the operator allows it, masked and without any
  address. That of an account is read from its conversation, so that it is deleted with it.
- Otherwise answers are only counted, by day and section.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal, Protocol

from glossator.domain.answering.question import Answer

AnswerProblem = Literal["declined", "ungrounded"]
Outcome = Literal["generated", "extractive", "declined", "ungrounded", "cited"]
"""`cited` counts a section; the others count answers, and the nearest section of those with a problem."""

SUPPORTED_SHARE: Final = 0.5
"""A generated answer with a smaller share of supported sentences counts as ungrounded."""


@dataclass(frozen=True)
class ReportOptions:
    """`anonymous`: keep the text of questions without an account. `retention_days` is for everything kept here."""

    anonymous: bool = False
    retention_days: int = 30


@dataclass(frozen=True)
class StoredVector:
    """A question's embedding, as one signed byte for each dimension; only vectors of one model can be compared."""

    model: str
    values: bytes = field(repr=False)


@dataclass(frozen=True)
class KeptQuestion:
    """A question to be written. Either `question_id` names a stored message of an account, or `text` is masked.

    `answer_id` is the request's, under which it can be rated; `nearest` is empty where nothing was found.
    """

    answer_id: str
    asked_at: datetime
    problem: AnswerProblem | None
    nearest: str
    question_id: str | None = None
    text: str | None = field(default=None, repr=False)
    vector: StoredVector | None = None


@dataclass(frozen=True)
class OpenQuestion:
    """A question whose answer had a problem or was rated down, as the report reads it."""

    text: str = field(repr=False)
    nearest: str
    asked_at: datetime
    problem: AnswerProblem | None = None
    rated_down: bool = False
    vector: StoredVector | None = None


@dataclass(frozen=True)
class Count:
    """How often an outcome occurred; an empty `section` stands for the whole book."""

    outcome: Outcome
    section: str
    count: int


@dataclass(frozen=True)
class Votes:
    """`reasons` are those of votes down; `sections` has the votes down on answers that cite a section or offer it."""

    up: int = 0
    down: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    sections: Mapping[str, int] = field(default_factory=dict)


class ReportLog(Protocol):
    """Every method raises Unavailable."""

    async def count(self, day: date, counts: Sequence[Count]) -> None:
        """Adds to the counts of the day."""
        ...

    async def keep(self, questions: Sequence[KeptQuestion]) -> None:
        """Leaves out a question whose message is not stored, or no longer."""
        ...

    async def questions(self, since: datetime, limit: int) -> Sequence[OpenQuestion]:
        """Those with a problem or a vote down, newest first."""
        ...

    async def counted(self, since: date, limit: int) -> Sequence[Count]:
        """Of each outcome the sections with the highest counts, at most `limit`."""
        ...

    async def votes(self, since: datetime, limit: int) -> Votes:
        """With at most `limit` sections."""
        ...


def problem_of(answer: Answer) -> AnswerProblem | None:
    if answer.mode == "declined":
        return "declined"
    score = answer.grounding.score
    weak = answer.mode == "generated" and score is not None and score < SUPPORTED_SHARE
    return "ungrounded" if weak or answer.reason == "unsupported" else None
