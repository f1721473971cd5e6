"""Opens the threads for work on texts: masking, comparing with the book, proof and rendering."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from glossator.domain.errors import Overloaded
from glossator.domain.ports.workers import Workers
from glossator.kernel.guards.fair_queue import FairQueue
from glossator.kernel.guards.worker_pool import WorkerPool
from glossator.kernel.services import Services

THREADS: Final = 2
"""More would only wait for each other: this work holds the GIL."""
MAX_WAITING: Final = 500
MAX_WAIT: Final = 20.0


def wire_workers(services: Services) -> None:
    """`close_workers` closes them."""
    queue = FairQueue(THREADS, max_waiting=MAX_WAITING, max_wait=MAX_WAIT, refusal=Overloaded)
    services.provide(Workers, WorkerPool("text", queue))


@asynccontextmanager
async def close_workers(services: Services) -> AsyncIterator[None]:
    try:
        yield
    finally:
        services.get(Workers).close()
