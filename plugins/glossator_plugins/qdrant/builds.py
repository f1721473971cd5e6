"""The collections of one book, and which of them is live.

Collection N has its builds in `N--1`, `N--2`, ...; the alias `N--live` names the one that is served. Without the alias
an existing deployment's collection called N is served; without both the book is empty.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from qdrant_client.models import CollectionInfo

from glossator.domain.book.index import Build
from glossator_plugins.passage_points import points
from glossator_plugins.qdrant.client import Missing, Upstream
from glossator_plugins.qdrant.existing import Existing

NOTICE_SECONDS: Final = 30.0


@dataclass(frozen=True)
class Live:
    """What is searched now."""

    build: Build
    collection: str


class QdrantBuilds:
    """What is live is read at most every 30 s, and at once after `forget`."""

    def __init__(self, upstream: Upstream, name: str, existing: Existing, clock: Callable[[], float]) -> None:
        self.name = name
        self._upstream = upstream
        self._existing = existing
        self._clock = clock
        self._reading = asyncio.Lock()
        self._live: Live | None = None
        self._read_at: float | None = None
        self._forgotten = 0

    async def live(self) -> Live | None:
        async with self._reading:
            if self._read_at is None or self._clock() - self._read_at >= NOTICE_SECONDS:
                forgotten = self._forgotten
                self._live = await self._read_live()
                # What was forgotten while it was read may have been read before the change.
                self._read_at = self._clock() if forgotten == self._forgotten else None
            return self._live

    def forget(self) -> None:
        self._forgotten += 1
        self._read_at = None

    async def alias_target(self) -> str | None:
        """The collection that is served now, ours or not."""
        aliases = (await self._upstream.read(lambda client: client.get_aliases())).aliases
        return next((alias.collection_name for alias in aliases if alias.alias_name == self.alias), None)

    async def all(self) -> list[Build]:
        collections = (await self._upstream.read(lambda client: client.get_collections())).collections
        numbers = sorted(filter(None, (self._number(collection.name) for collection in collections)))
        found = [await self._stored(self.collection(number)) for number in numbers]
        return [build for build in found if build is not None]

    async def build(self, number: int) -> Build:
        """Raises Missing when there is none."""
        build = await self._stored(self.collection(number))
        if build is None:
            raise Missing("qdrant", f"there is no build {number}")
        return build

    async def another_kind(self) -> bool:
        """Whether the collection called N is there and cannot be served."""
        info = await self._info()
        return info is not None and self._existing.build(info) is None

    @property
    def alias(self) -> str:
        return f"{self.name}--live"

    def collection(self, number: int) -> str:
        return f"{self.name}--{number}"

    async def _read_live(self) -> Live | None:
        target = await self.alias_target()
        if target is None:
            info = await self._info()
            found, collection = (self._existing.build(info) if info else None), self.name
        else:
            found, collection = (await self._stored(target) if self._number(target) else None), target
        return Live(found, collection) if found else None

    async def _stored(self, collection: str) -> Build | None:
        """What a build says of itself. Raises Missing when there is no such collection."""
        records = await self._upstream.read(lambda client: client.retrieve(collection, [points.BUILD_ID]))
        return points.build_of(records[0].payload or {}) if records else None

    async def _info(self) -> CollectionInfo | None:
        try:
            return await self._upstream.read(lambda client: client.get_collection(self.name))
        except Missing:
            return None

    def _number(self, collection: str) -> int | None:
        """None when it is not one of this book's numbered builds."""
        prefix, number = f"{self.name}--", collection.removeprefix(f"{self.name}--")
        return int(number) if collection.startswith(prefix) and number.isdecimal() else None
