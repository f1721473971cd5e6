"""An event loop that measures the CPU time of its thread from one wait to the next."""

import asyncio
import selectors
import time
from dataclasses import dataclass


@dataclass
class Rounds:
    """Seconds of CPU time."""

    longest: float = 0.0
    began: float | None = None

    def wait(self) -> None:
        if self.began is not None:
            self.longest = max(self.longest, time.thread_time() - self.began)

    def resume(self) -> None:
        self.began = time.thread_time()


class _MeasuringSelector(selectors.DefaultSelector):
    """Where a loop waits between two rounds of callbacks."""

    def __init__(self, rounds: Rounds) -> None:
        super().__init__()
        self._rounds = rounds

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._rounds.wait()
        found = super().select(timeout)
        self._rounds.resume()
        return found


def measured_loop(rounds: Rounds) -> asyncio.SelectorEventLoop:
    return asyncio.SelectorEventLoop(_MeasuringSelector(rounds))
