"""Which answers this process gave recently: only these can be rated by their request's id."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from sys import intern
from time import monotonic
from typing import Final

from glossator.domain.feedback.feedback import RatedAnswer

MAX_ANSWERS: Final = 50_000
"""About 25 MB: the labels of sections are shared."""
MAX_SECONDS: Final = 24 * 3600.0
MAX_SECTIONS: Final = 8


class RecentAnswers:
    """Forgets an answer after a day, and the oldest ones beyond `most`. Another process and a restart know none."""

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
