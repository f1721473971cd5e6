"""Results in memory: for a service without a database, and for what is one reader's own."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from glossator.domain.rewriting.ports import CacheStats, Entry

DEFAULT_BYTES: Final = 32 * 2**20


class MemoryRewritings:
    """The port Rewritings; the order of the entries is that of their use."""

    def __init__(self, most_bytes: int = DEFAULT_BYTES) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._entries: OrderedDict[bytes, Entry] = OrderedDict()

    async def get(self, keys: Sequence[bytes]) -> Mapping[bytes, str]:
        found = {key: self._entries[key].text for key in keys if key in self._entries}
        for key in found:
            self._entries.move_to_end(key)
        return found

    async def put(self, entry: Entry) -> None:
        if entry.key in self._entries:
            if entry.pinned:
                await self.pin([entry.key])
            return
        self._entries[entry.key] = entry
        self._bytes += entry.size
        while self._bytes > self._most and (oldest := self._oldest()) is not None:
            self._bytes -= self._entries.pop(oldest).size

    async def pin(self, keys: Sequence[bytes]) -> None:
        for key in keys:
            if key in self._entries:
                self._entries[key] = replace(self._entries[key], pinned=True)

    async def stats(self) -> CacheStats:
        entries = self._entries.values()
        return CacheStats(len(entries), sum(entry.pinned for entry in entries), self._bytes)

    async def clear(self, *, pinned: bool) -> int:
        gone = [key for key, entry in self._entries.items() if pinned or not entry.pinned]
        for key in gone:
            self._bytes -= self._entries.pop(key).size
        return len(gone)

    def _oldest(self) -> bytes | None:
        return next((key for key, entry in self._entries.items() if not entry.pinned), None)
