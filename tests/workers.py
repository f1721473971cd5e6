"""Workers that run at once and count."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from glossator.domain.errors import Overloaded

T = TypeVar("T")


@dataclass
class CountingWorkers:
    """Implements Workers. After `left` runs the queue is full; None is no limit."""

    left: int | None = None
    runs: int = 0

    async def run(self, work: Callable[[], T], on_start: Callable[[], object] = lambda: None) -> T:
        if self.runs == self.left:
            raise Overloaded(20)
        self.runs += 1
        on_start()
        return work()

    def close(self) -> None:
        pass
