"""Decides which results are stored and which stay in memory.

- Stored in the shared cache: results of the book's own texts, results of the operator's commands, and all results for
  requests without an account.
- In the memory of this process: results made with an account's notes, and results for signed-in requests whose text
  may be the sender's own words.
- A reader gets a result before it is stored; until then this process serves it from its queue.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Final, Self

from glossator.domain.errors import Unavailable
from glossator.domain.rewriting.cache.memory import MemoryRewritings
from glossator.domain.rewriting.cache.write_behind import WriteBehind, put_or_log
from glossator.domain.rewriting.ports import BookMembership, CachedRewriting, Rewritings

log = logging.getLogger(__name__)

MEMORY_BYTES: Final = 16 * 2**20
STOP_SECONDS: Final = 2.0
UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")


class ResultCache:
    """All cached results of one process; new entries get `version`."""

    def __init__(self, shared: Rewritings, version: str) -> None:
        self._shared = shared
        self._version = version
        self._memory = MemoryRewritings(MEMORY_BYTES)
        self._writer = WriteBehind(shared)

    async def get(self, keys: Sequence[bytes], *, own: bool = False) -> Mapping[bytes, str]:
        """`own` means that the keys belong to one account. Nothing is found in an unavailable cache."""
        local = await self._local(keys)
        missing = [key for key in keys if key not in local]
        return local if own else {**local, **await get_or_log(self._shared, missing)}

    async def get_stored(self, keys: Sequence[bytes]) -> Mapping[bytes, str]:
        return await get_or_log(self._shared, keys)

    async def get_and_pin(self, keys: Sequence[bytes]) -> Mapping[bytes, str]:
        """Also stores and pins what it finds."""
        local = await self._local(keys)
        for key, text in local.items():
            await self.put_pinned(key, text)
        stored = await self.get_stored(keys)
        if stored:
            await self._shared.pin(list(stored), self._version)
        return {**local, **stored}

    async def _local(self, keys: Sequence[bytes]) -> Mapping[bytes, str]:
        return {**await self._memory.get(keys), **self._writer.pending(keys)}

    async def put(self, key: bytes, text: str, *, stored: bool, owner: str | None = None) -> None:
        """Does not wait for the shared cache. A result stays in memory if `stored` is false or it has an owner; a text
        that no database can store, such as half a surrogate pair, is not cached at all."""
        if not is_storable(text):
            return
        if stored and owner is None:
            self._writer.add(CachedRewriting(key, text, version=self._version))
        else:
            await self._memory.put(CachedRewriting(key, text, owner=owner))

    async def store(self, keys: Sequence[bytes]) -> None:
        """Moves results from memory to the shared cache; the keys must not belong to an account."""
        for key, text in (await self._memory.get(keys)).items():
            self._memory.remove(key)
            await self.put(key, text, stored=True)

    async def put_pinned(self, key: bytes, text: str) -> None:
        """For the operator; returns once the result is stored."""
        if is_storable(text):
            await put_or_log(self._shared, CachedRewriting(key, text, pinned=True, version=self._version))

    async def unpin_outdated(self) -> int:
        return await self._shared.unpin_others(self._version)

    async def membership(self, text: str, in_book: BookMembership) -> BookMembership:
        """`in_book` is the text's own membership. A cached result is allowed, because its source is not known."""
        if in_book is not BookMembership.OUTSIDE:
            return in_book
        known = await self._memory.has_result(text) or await self._is_stored(text)
        return BookMembership.ALLOWED if known else in_book

    async def _is_stored(self, text: str) -> bool:
        try:
            return self._writer.has_result(text) or await self._shared.has_result(text)
        except Unavailable as error:
            log.warning("rewriting_cache_not_read: %s", error)
            return False

    def forget(self, account_id: str) -> None:
        self._memory.forget(account_id)

    async def flush(self) -> None:
        """Returns once all results are stored."""
        await self._writer.flush()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._writer.stop(STOP_SECONDS)


async def get_or_log(cache: Rewritings, keys: Sequence[bytes]) -> Mapping[bytes, str]:
    try:
        return await cache.get(keys) if keys else {}
    except Unavailable as error:
        log.warning("rewriting_cache_not_read: %s", error)
        return {}


def is_storable(text: str) -> bool:
    return not UNSTORABLE.search(text)
