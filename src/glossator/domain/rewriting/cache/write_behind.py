"""Results are written down after their readers have them."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Final

from glossator.domain.errors import Unavailable
from glossator.domain.rewriting.ports import Entry, Rewritings

log = logging.getLogger(__name__)

MOST_WAITING: Final = 2000


class WriteBehind:
    """Writes one entry after the other, so that readers' results borrow one connection at most."""

    def __init__(self, cache: Rewritings) -> None:
        self._cache = cache
        self._waiting: dict[bytes, Entry] = {}
        self._task: asyncio.Task[None] | None = None

    def waiting(self, keys: Sequence[bytes]) -> Mapping[bytes, str]:
        return {key: self._waiting[key].text for key in keys if key in self._waiting}

    def has_result(self, text: str) -> bool:
        return any(entry.text == text for entry in self._waiting.values())

    def add(self, entry: Entry) -> None:
        if len(self._waiting) >= MOST_WAITING:
            log.warning("rewriting_not_stored: %d results wait already", MOST_WAITING)
            return
        self._waiting.setdefault(entry.key, entry)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())

    async def _write(self) -> None:
        while self._waiting:
            key, entry = next(iter(self._waiting.items()))
            try:
                await keep_in(self._cache, entry)
            except Exception:
                log.exception("rewriting_not_stored: unexpected")
            finally:
                del self._waiting[key]

    async def settled(self) -> None:
        if self._task is not None:
            await self._task

    async def stop(self, seconds: float) -> None:
        """What takes longer is given up."""
        if self._task is None:
            return
        _, late = await asyncio.wait([self._task], timeout=seconds)
        for task in late:
            log.warning("rewriting_not_stored: %d at the end", len(self._waiting))
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


async def keep_in(cache: Rewritings, entry: Entry) -> None:
    try:
        await cache.put(entry)
    except Unavailable as fault:
        log.warning("rewriting_not_stored: %s", fault)
