"""The collections of one book, and which of them is live.

The builds of a book N are the collections `N--1`, `N--2`, ...; the alias `N--live` points to the served one. Without
the alias, an existing deployment's collection N is served. Without both, the book is empty.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from qdrant_client.models import CollectionInfo

from glossator.domain.book.index import Build
from glossator_plugins.passage_points import points
from glossator_plugins.qdrant.client import GuardedQdrantClient, QdrantNotFound
from glossator_plugins.qdrant.existing import ExistingCollection

LIVE_CACHE_SECONDS: Final = 30.0


@dataclass(frozen=True)
class SearchedBuild:
    """A build and the collection that holds it."""

    build: Build
    collection: str


class QdrantBuilds:
    """Caches the live build for 30 s, or until `invalidate` is called."""

    def __init__(
        self, client: GuardedQdrantClient, name: str, existing: ExistingCollection, clock: Callable[[], float]
    ) -> None:
        self.name = name
        self._client = client
        self._existing = existing
        self._clock = clock
        self._reading = asyncio.Lock()
        self._live: SearchedBuild | None = None
        self._read_at: float | None = None
        self._invalidations = 0

    async def live(self) -> SearchedBuild | None:
        async with self._reading:
            if self._read_at is None or self._clock() - self._read_at >= LIVE_CACHE_SECONDS:
                invalidations = self._invalidations
                self._live = await self._read_live()
                # A value that was invalidated during the read may be outdated.
                self._read_at = self._clock() if invalidations == self._invalidations else None
            return self._live

    def invalidate(self) -> None:
        self._invalidations += 1
        self._read_at = None

    async def alias_target(self) -> str | None:
        """The served collection, ours or not."""
        aliases = (await self._client.read(lambda client: client.get_aliases())).aliases
        return next((alias.collection_name for alias in aliases if alias.alias_name == self.alias), None)

    async def all(self) -> list[Build]:
        collections = (await self._client.read(lambda client: client.get_collections())).collections
        numbers = sorted(filter(None, (self._number(collection.name) for collection in collections)))
        builds = [await self._stored(self.collection(number)) for number in numbers]
        return [build for build in builds if build is not None]

    async def build(self, number: int) -> Build:
        """Raises QdrantNotFound when it does not exist."""
        build = await self._stored(self.collection(number))
        if build is None:
            raise QdrantNotFound("qdrant", f"build {number} does not exist")
        return build

    async def numbered(self, number: int) -> SearchedBuild:
        """Raises QdrantNotFound when it does not exist."""
        return SearchedBuild(await self.build(number), self.collection(number))

    async def has_incompatible_collection(self) -> bool:
        """Whether a collection N exists and cannot be served."""
        info = await self._info()
        return info is not None and self._existing.build(info) is None

    @property
    def alias(self) -> str:
        return f"{self.name}--live"

    def collection(self, number: int) -> str:
        return f"{self.name}--{number}"

    async def _read_live(self) -> SearchedBuild | None:
        target = await self.alias_target()
        if target is None:
            info = await self._info()
            build, collection = (self._existing.build(info) if info else None), self.name
        else:
            build, collection = (await self._stored(target) if self._number(target) else None), target
        return SearchedBuild(build, collection) if build else None

    async def _stored(self, collection: str) -> Build | None:
        """The build's stored description. Raises QdrantNotFound when the collection does not exist."""
        records = await self._client.read(lambda client: client.retrieve(collection, [points.BUILD_ID]))
        return points.build_of(records[0].payload or {}) if records else None

    async def _info(self) -> CollectionInfo | None:
        try:
            return await self._client.read(lambda client: client.get_collection(self.name))
        except QdrantNotFound:
            return None

    def _number(self, collection: str) -> int | None:
        """None for a collection that is not a build of this book."""
        prefix, number = f"{self.name}--", collection.removeprefix(f"{self.name}--")
        return int(number) if collection.startswith(prefix) and number.isdecimal() else None
