"""Where results are kept, and when.

- In the cache that is written down: results of the book's own texts, the operator's, and whatever a reader wanted whose
  request names no account.
- In this process's memory alone: what was made for one account, and what came from a request that names one and may be
  its sender's own words.
- A reader has his answer before it is written down; until then it is found here.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Final, Self

from glossator.domain.errors import Unavailable
from glossator.domain.rewriting.cache.memory import MemoryRewritings
from glossator.domain.rewriting.cache.write_behind import WriteBehind, keep_in
from glossator.domain.rewriting.ports import BookMembership, Entry, Rewritings

log = logging.getLogger(__name__)

UNWRITTEN_BYTES: Final = 16 * 2**20
STOP_SECONDS: Final = 2.0
UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")


class ResultCache:
    """Everything kept for one process; `version` is of the entries that it makes."""

    def __init__(self, shared: Rewritings, version: str) -> None:
        self._shared = shared
        self._version = version
        self._unwritten = MemoryRewritings(UNWRITTEN_BYTES)
        self._writing = WriteBehind(shared)

    async def found(self, keys: Sequence[bytes], *, own: bool = False) -> Mapping[bytes, str]:
        """`own` is for an account's keys. A cache that does not answer has nothing."""
        here = await self._here(keys)
        missing = [key for key in keys if key not in here]
        return here if own else {**here, **await stored_in(self._shared, missing)}

    async def written(self, keys: Sequence[bytes]) -> Mapping[bytes, str]:
        return await stored_in(self._shared, keys)

    async def found_pinned(self, keys: Sequence[bytes]) -> Mapping[bytes, str]:
        """What is kept, and from now on written down and the operator's."""
        here = await self._here(keys)
        for key, text in here.items():
            await self.keep_pinned(key, text)
        stored = await self.written(keys)
        if stored:
            await self._shared.pin(list(stored), self._version)
        return {**here, **stored}

    async def _here(self, keys: Sequence[bytes]) -> Mapping[bytes, str]:
        return {**await self._unwritten.get(keys), **self._writing.waiting(keys)}

    async def keep(self, key: bytes, text: str, *, written: bool, owner: str | None = None) -> None:
        """For readers; it is quick. `written` False, or an owner: only in memory. What no database takes, half a pair
        of surrogates, is kept nowhere."""
        if not is_storable(text):
            return
        if written and owner is None:
            self._writing.add(Entry(key, text, version=self._version))
        else:
            await self._unwritten.put(Entry(key, text, owner=owner))

    async def write(self, keys: Sequence[bytes]) -> None:
        """What is in memory alone of these keys, which are nobody's own, is written down from now on."""
        for key, text in (await self._unwritten.get(keys)).items():
            self._unwritten.remove(key)
            await self.keep(key, text, written=True)

    async def keep_pinned(self, key: bytes, text: str) -> None:
        """For the operator, who waits until it is written."""
        if is_storable(text):
            await keep_in(self._shared, Entry(key, text, pinned=True, version=self._version))

    async def unpin_former(self) -> int:
        return await self._shared.unpin_others(self._version)

    async def standing(self, text: str, alone: BookMembership) -> BookMembership:
        """`alone` is the text's own; a result of ours is let through: nobody knows what it was made of."""
        if alone is not BookMembership.OUTSIDE:
            return alone
        known = await self._unwritten.has_result(text) or await self._is_written(text)
        return BookMembership.ALLOWED if known else alone

    async def _is_written(self, text: str) -> bool:
        try:
            return self._writing.has_result(text) or await self._shared.has_result(text)
        except Unavailable as fault:
            log.warning("rewriting_cache_not_read: %s", fault)
            return False

    def forget(self, account_id: str) -> None:
        self._unwritten.forget(account_id)

    async def settled(self) -> None:
        """Returns when all is written."""
        await self._writing.settled()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._writing.stop(STOP_SECONDS)


async def stored_in(cache: Rewritings, keys: Sequence[bytes]) -> Mapping[bytes, str]:
    try:
        return await cache.get(keys) if keys else {}
    except Unavailable as fault:
        log.warning("rewriting_cache_not_read: %s", fault)
        return {}


def is_storable(text: str) -> bool:
    return not UNSTORABLE.search(text)
