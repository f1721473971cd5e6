"""A circuit breaker: it stops calls to an upstream that fails, and finds out when the upstream works again.

closed:     calls run. Several failures in a row, or one rejected key, open it.
open:       calls are refused at once.
half_open:  after a pause one call runs, the probe; the others are still refused. Its outcome closes or
            opens the breaker.
"""

import logging
from collections.abc import Callable
from typing import Final, Literal

from glossator.kernel.errors import CircuitOpen

log = logging.getLogger(__name__)

CircuitState = Literal["closed", "open", "half_open"]

FAILURES: Final = 5
OPEN_SECONDS: Final = 1.0
"""Short, because it delays the recovery; a probe costs one call."""


class Breaker:
    """`clock` is in seconds. Logs one line for each change of its state."""

    def __init__(self, name: str, clock: Callable[[], float]) -> None:
        self.state: CircuitState = "closed"
        self.failure_count = 0
        """Failures since the last complete success."""
        self._name = name
        self._clock = clock
        self._opened_at = 0.0
        self._failing_from = 0.0
        self._reason = ""

    @property
    def failing_seconds(self) -> float | None:
        """Seconds since the first failure after the last success; None without a failure."""
        return self._clock() - self._failing_from if self.failure_count else None

    @property
    def is_refusing(self) -> bool:
        return self.state == "half_open" or (self.state == "open" and self._clock() < self._opened_at + OPEN_SECONDS)

    def refuse_if_open(self) -> None:
        """Raises CircuitOpen."""
        if self.is_refusing:
            raise self.refusal()

    def admit(self) -> bool:
        """Whether the call is the probe. Raises CircuitOpen."""
        self.refuse_if_open()
        if self.state == "closed":
            return False
        self._change("half_open", logging.INFO)
        return True

    def allow_probe(self) -> None:
        """The next call runs although the pause is not over."""
        self._opened_at = self._clock() - OPEN_SECONDS

    def works(self, *, probe: bool) -> None:
        """The upstream has answered; the call goes on. One more failure opens the breaker again."""
        if probe and self.state == "half_open":
            self._change("closed", logging.WARNING)

    def succeeded(self, *, probe: bool) -> None:
        self.works(probe=probe)
        if self.state == "closed":
            self.failure_count = 0

    def failed(self, reason: str, *, probe: bool, at_once: bool) -> None:
        """`at_once`: no further call can succeed before an operator acts."""
        if not self.failure_count:
            self._failing_from = self._clock()
        self.failure_count += 1
        if (self.state == "closed" and (at_once or self.failure_count >= FAILURES)) or self._is_probing(probe):
            self._reason = reason
            self._opened_at = self._clock()
            self._change("open", logging.WARNING)

    def close(self) -> None:
        """The upstream was found to work in another way than by a call."""
        self.failure_count = 0
        if self.state != "closed":
            self._change("closed", logging.WARNING)

    def released(self, *, probe: bool) -> None:
        """The call ended without an outcome: the next one may be the probe."""
        if self._is_probing(probe):
            self.allow_probe()
            self._change("open", logging.INFO)

    def refusal(self) -> CircuitOpen:
        return CircuitOpen(self._reason)

    def _is_probing(self, probe: bool) -> bool:
        return probe and self.state == "half_open"

    def _change(self, state: CircuitState, level: int) -> None:
        self.state = state
        log.log(level, "circuit_%s: %s%s", state, self._name, f": {self._reason}" if state == "open" else "")
