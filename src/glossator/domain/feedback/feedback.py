"""What readers say about answers, which answers they can rate, and the port that keeps it.

It is kept with the answer's mode and sections, so that answers which failed can be grouped, and never with the text of
the question or of the answer; `report` has the questions.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from sys import intern
from time import monotonic
from typing import Final, Literal, Protocol

from glossator.domain.answering.question import Answer

Rating = Literal["up", "down"]
RatingReason = Literal["incorrect", "not_what_i_asked", "slow_or_buggy", "style_or_tone", "safety_or_legal", "other"]

MAX_ANSWERS: Final = 50_000
"""About 25 MB: the labels of sections are shared."""
MAX_SECONDS: Final = 24 * 3600.0
MAX_SECTIONS: Final = 8


@dataclass(frozen=True)
class Feedback:
    """`citation` is the number of a citation that does not prove the answer."""

    rating: Rating
    reason: RatingReason | None = None
    citation: int | None = None
    comment: str | None = None


@dataclass(frozen=True)
class RatedSection:
    """`n` is the number of the citation; None for a section that was only offered as the nearest."""

    label: str
    n: int | None = None


@dataclass(frozen=True)
class RatedAnswer:
    """`id` is the request's, or the message's if that is not known: each has one vote. `mode` is None when the answer
    was not completed. Only its account may rate the answer of an account."""

    id: str
    account_id: str | None = None
    message_id: str | None = None
    mode: str | None = None
    mode_reason: str | None = None
    sections: tuple[RatedSection, ...] = ()

    def has_citation(self, number: int) -> bool:
        """Always true for an answer that was not completed: what it had cited is not known."""
        return self.mode is None or any(section.n == number for section in self.sections)


def completed(begun: RatedAnswer, answer: Answer) -> RatedAnswer:
    """With the sections that it cites, or the nearest ones."""
    cited = tuple(RatedSection(citation.label, citation.n) for citation in answer.citations)
    nearest = tuple(RatedSection(section.label or section.title) for section in answer.nearest)
    return replace(begun, mode=answer.mode, mode_reason=answer.reason, sections=cited or nearest)


class FeedbackStore(Protocol):
    """One vote for each answer. Every method raises Unavailable."""

    async def answer(self, message_id: str, account_id: str) -> RatedAnswer | None:
        """The stored answer of this account, or None."""
        ...

    async def put(self, answer: RatedAnswer, feedback: Feedback) -> bool:
        """Replaces the vote that there is. False, and nothing is written, when the account no longer exists."""
        ...

    async def withdraw(self, answer: RatedAnswer) -> None:
        """Deletes the vote, if there is one, and what is kept of the question for the report."""
        ...


class RecentAnswers:
    """The answers that this process gave recently: only these can be rated by their request's id.

    Forgets an answer after a day, and the oldest ones beyond `most`. Another process and a restart know none.
    """

    def __init__(self, *, most: int = MAX_ANSWERS, clock: Callable[[], float] = monotonic) -> None:
        self._most = most
        self._clock = clock
        self._answers: OrderedDict[str, tuple[float, RatedAnswer]] = OrderedDict()

    def put(self, answer: RatedAnswer) -> None:
        """Replaces what was known of this answer."""
        sections = tuple(replace(section, label=intern(section.label)) for section in answer.sections[:MAX_SECTIONS])
        self._answers[answer.id] = self._clock(), replace(answer, sections=sections)
        self._answers.move_to_end(answer.id)
        while len(self._answers) > self._most or self._is_old(next(iter(self._answers.values()))[0]):
            self._answers.popitem(last=False)

    def get(self, request_id: str) -> RatedAnswer | None:
        at, answer = self._answers.get(request_id, (0.0, None))
        return None if answer is None or self._is_old(at) else answer

    def __len__(self) -> int:
        return len(self._answers)

    def _is_old(self, at: float) -> bool:
        return self._clock() - at > MAX_SECONDS
