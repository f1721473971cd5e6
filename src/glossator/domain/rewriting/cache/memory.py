"""Results in memory: for a service without a database, and for results that must not be stored."""

from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from glossator.domain.rewriting.ports import CachedRewriting, CacheStats

DEFAULT_BYTES: Final = 32 * 2**20


class MemoryRewritings:
    """Implements Rewritings as an LRU cache."""

    def __init__(self, max_bytes: int = DEFAULT_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: OrderedDict[bytes, CachedRewriting] = OrderedDict()
        self._results: Counter[str] = Counter()

    async def get(self, keys: Sequence[bytes]) -> Mapping[bytes, str]:
        found = {key: self._entries[key].text for key in keys if key in self._entries}
        for key in found:
            self._entries.move_to_end(key)
        return found

    async def has_result(self, text: str) -> bool:
        return text in self._results

    async def put(self, entry: CachedRewriting) -> None:
        if entry.key in self._entries:
            if entry.pinned:
                await self.pin([entry.key], entry.version)
            return
        self._entries[entry.key] = entry
        self._results[entry.text] += 1
        self._bytes += entry.size
        while self._bytes > self._max_bytes and (oldest := self._oldest()) is not None:
            self.remove(oldest)

    async def pin(self, keys: Sequence[bytes], version: str) -> None:
        for key in keys:
            if key in self._entries:
                self._entries[key] = replace(self._entries[key], pinned=True, version=version)

    async def unpin_others(self, version: str) -> int:
        others = [key for key, entry in self._entries.items() if entry.pinned and entry.version != version]
        for key in others:
            self._entries[key] = replace(self._entries[key], pinned=False)
        return len(others)

    async def stats(self) -> CacheStats:
        entries = self._entries.values()
        return CacheStats(len(entries), sum(entry.pinned for entry in entries), self._bytes)

    async def clear(self, *, pinned: bool) -> int:
        removed = [key for key, entry in self._entries.items() if pinned or not entry.pinned]
        for key in removed:
            self.remove(key)
        return len(removed)

    def forget(self, owner: str) -> None:
        """Removes the results that only this account may see."""
        for key in [key for key, entry in self._entries.items() if entry.owner == owner]:
            self.remove(key)

    def _oldest(self) -> bytes | None:
        return next((key for key, entry in self._entries.items() if not entry.pinned), None)

    def remove(self, key: bytes) -> None:
        entry = self._entries.pop(key)
        self._bytes -= entry.size
        self._results[entry.text] -= 1
        if not self._results[entry.text]:
            del self._results[entry.text]
