"""An event loop whose clock moves only while nothing can run: sleeps cost nothing, and no load makes them longer."""

import asyncio
import selectors
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Final, TypeVar, TypeVarTuple

import pytest

T = TypeVar("T")
Arguments = TypeVarTuple("Arguments")

MARK: Final = "virtual_time"


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """While a thread works for the loop, the clock runs as usual. Not for tests that wait for sockets or processes."""

    def __init__(self) -> None:
        self.now = 0.0
        self.threads = 0
        super().__init__(_VirtualSelector(self))

    def time(self) -> float:
        return self.now

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Arguments], T], *args: *Arguments
    ) -> "asyncio.Future[T]":
        future = super().run_in_executor(executor, func, *args)
        self.threads += 1
        future.add_done_callback(self._thread_is_done)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Without the timeout of Python 3.12, which would be over at once on this clock."""
        await super().shutdown_default_executor()

    def _thread_is_done(self, _: "asyncio.Future[T]") -> None:
        self.threads -= 1


class _VirtualSelector(selectors.DefaultSelector):
    """Where a loop waits: the next timer is due at once unless something else may come first."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        waits = timeout is None or self._loop.threads > 0
        found = super().select(timeout if waits else 0)
        if timeout and not found:
            self._loop.now += timeout
        return found


@pytest.hookimpl
def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    virtual = item.get_closest_marker(MARK) is not None
    return {MARK: VirtualTimeLoop} if virtual else {"asyncio": asyncio.new_event_loop}
