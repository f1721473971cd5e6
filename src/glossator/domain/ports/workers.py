"""Threads for blocking work; the kernel implements this port."""

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Workers(Protocol):
    """A bounded number of threads with a bounded queue, shared fairly by the networks of the callers."""

    async def run(self, work: Callable[[], T], on_start: Callable[[], object] = ...) -> T:
        """Raises Overloaded before the work starts. `on_start` is called when a worker is free.

        A caller that is cancelled after that occupies the worker until the work ends.
        """
        ...

    def close(self) -> None:
        """Accepts no more work and does not wait for running work."""
        ...


class AnyThread:
    """Implements Workers without a bound, for commands, which have no readers."""

    async def run(self, work: Callable[[], T], on_start: Callable[[], object] = lambda: None) -> T:
        on_start()
        return await asyncio.to_thread(work)

    def close(self) -> None:
        """The event loop closes its own threads."""
