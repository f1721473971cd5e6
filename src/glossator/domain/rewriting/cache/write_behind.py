"""Stores results in the background, after readers have received them."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Final

from glossator.domain.errors import Unavailable
from glossator.domain.rewriting.ports import CachedRewriting, Rewritings

log = logging.getLogger(__name__)

MAX_PENDING: Final = 2000


class WriteBehind:
    """Stores one entry at a time, so that it borrows at most one database connection."""

    def __init__(self, cache: Rewritings) -> None:
        self._cache = cache
        self._pending: dict[bytes, CachedRewriting] = {}
        self._task: asyncio.Task[None] | None = None

    def pending(self, keys: Sequence[bytes]) -> Mapping[bytes, str]:
        return {key: self._pending[key].text for key in keys if key in self._pending}

    def has_result(self, text: str) -> bool:
        return any(entry.text == text for entry in self._pending.values())

    def add(self, entry: CachedRewriting) -> None:
        if len(self._pending) >= MAX_PENDING:
            log.warning("rewriting_not_stored: the queue of %d results is full", MAX_PENDING)
            return
        self._pending.setdefault(entry.key, entry)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())

    async def _write(self) -> None:
        while self._pending:
            key, entry = next(iter(self._pending.items()))
            try:
                await put_or_log(self._cache, entry)
            except Exception:
                log.exception("rewriting_not_stored: unexpected error")
            finally:
                del self._pending[key]

    async def flush(self) -> None:
        if self._task is not None:
            await self._task

    async def stop(self, seconds: float) -> None:
        """Drops what is not stored after `seconds`."""
        if self._task is None:
            return
        _, late = await asyncio.wait([self._task], timeout=seconds)
        for task in late:
            log.warning("rewriting_not_stored: %d results dropped at shutdown", len(self._pending))
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


async def put_or_log(cache: Rewritings, entry: CachedRewriting) -> None:
    try:
        await cache.put(entry)
    except Unavailable as error:
        log.warning("rewriting_not_stored: %s", error)
