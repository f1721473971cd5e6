"""PassageIndex over a Qdrant server.

Collection N has its builds in the collections `N--1`, `N--2`, ...; the alias `N--live` names the one that is served.
The alias is read at most every 30 s; a build that vanished meanwhile makes it be read again at once.
"""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from qdrant_client import AsyncQdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException, UnexpectedResponse

from glossator.domain.book.fusion import EQUAL, Weights
from glossator.domain.book.passages import Page, Passage
from glossator.domain.errors import Unavailable
from glossator.domain.ports import Build, Embedder, Hit, PageEntry, PassageEntry, PassagePoint, Query
from glossator.kernel.errors import ServiceFault
from glossator.kernel.resilience import Guard
from glossator_plugins import qdrant_points as points
from glossator_plugins import qdrant_requests as requests

BATCH: Final = 128
SCROLL: Final = 500
NOTICE_SECONDS: Final = 30.0
NOT_FOUND: Final = 404


class BuildGone(Unavailable):
    """The collection does not exist any more."""


class QdrantIndex:
    """Borrows the client. With an `embedder`, `check` demands a book made with it."""

    def __init__(
        self,
        client: AsyncQdrantClient,
        name: str,
        guard: Guard,
        *,
        embedder: Embedder | None = None,
        weights: Weights = EQUAL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._name = name
        self._guard = guard
        self._embedder = embedder
        self._weights = weights
        self._clock = clock
        self._live: Build | None = None
        self._read_at: float | None = None

    async def check(self) -> None:
        self._forget()
        try:
            live = await self.live()
        except Unavailable as error:
            raise ServiceFault(
                f"{error.reason} - check QDRANT_URL, QDRANT_API_KEY and that the cluster is awake"
            ) from None
        if self._embedder is not None:
            points.require_fit(live, self._embedder)

    async def live(self) -> Build | None:
        if self._read_at is None or self._clock() - self._read_at >= NOTICE_SECONDS:
            number = await self._live_number()
            self._live = None if number is None else await self._build(number)
            self._read_at = self._clock()
        return self._live

    async def search(self, query: Query) -> list[Hit]:
        try:
            return await self._search(query)
        except BuildGone:
            self._forget()
            return await self._search(query)

    async def page(self, url: str) -> Page | None:
        live = await self.live()
        if live is None:
            return None
        wanted = requests.where(kind=points.PAGE, url=url)
        async with self._upstream():
            records, _ = await self._client.scroll(self._collection(live.number), wanted, limit=1)
        return points.page_of(records[0].payload or {}) if records else None

    async def builds(self) -> list[Build]:
        async with self._upstream():
            names = [collection.name for collection in (await self._client.get_collections()).collections]
        found = [await self._build(number) for number in sorted(filter(None, map(self._number, names)))]
        return [build for build in found if build is not None]

    async def create(self, build: Build) -> None:
        collection = self._collection(build.number)
        await self.drop(build.number)
        dense = models.VectorParams(size=build.dimension, distance=models.Distance.COSINE) if build.dimension else None
        async with self._upstream():
            await self._client.create_collection(
                collection,
                vectors_config={points.DENSE: dense} if dense else {},
                sparse_vectors_config={points.BM25: models.SparseVectorParams(modifier=models.Modifier.IDF)},
            )
            for field in points.FILTERED_FIELDS:
                await self._client.create_payload_index(collection, field, models.PayloadSchemaType.KEYWORD)
        await self.save(build)

    async def save(self, build: Build) -> None:
        """The last step of creating, too: a build without its own point is none."""
        await self._upsert(build.number, [requests.plain_point(points.BUILD_ID, points.build_payload(build))])
        self._forget()

    async def passages(self, number: int) -> AsyncIterator[PassageEntry]:
        async for record in self._scroll(number, points.PASSAGE, points.PASSAGE_ENTRY_FIELDS):
            yield points.passage_entry_of(str(record.id), record.payload or {})

    async def pages(self, number: int) -> AsyncIterator[PageEntry]:
        async for record in self._scroll(number, points.PAGE, points.PAGE_ENTRY_FIELDS):
            yield points.page_entry_of(record.payload or {})

    async def put_passages(self, number: int, passages: Sequence[PassagePoint]) -> None:
        build = await self._build(number)
        if build is None:
            raise BuildGone(self._guard.name, f"there is no build {number}")
        await self._upsert(number, [requests.passage_point(passage, build.splitter) for passage in passages])

    async def move_passages(self, number: int, passages: Sequence[tuple[Passage, str]]) -> None:
        for batch in points.batches(passages, BATCH):
            changes: list[models.UpdateOperation] = [
                models.SetPayloadOperation(
                    set_payload=models.SetPayload(payload=points.passage_payload(*moved), points=[moved[0].id])
                )
                for moved in batch
            ]
            async with self._upstream():
                await self._client.batch_update_points(self._collection(number), changes, wait=True)

    async def put_pages(self, number: int, pages: Sequence[Page]) -> None:
        await self._upsert(
            number, [requests.plain_point(points.page_id(page.path), points.page_payload(page)) for page in pages]
        )

    async def delete(self, number: int, *, passages: Sequence[str] = (), pages: Sequence[str] = ()) -> None:
        # Pages first: while a page is listed, all of its passages are there.
        for batch in points.batches([*map(points.page_id, pages), *passages], SCROLL):
            async with self._upstream():
                await self._client.delete(self._collection(number), models.PointIdsList(points=list(batch)), wait=True)

    async def activate(self, number: int) -> None:
        alias, collection = self._collection("live"), self._collection(number)
        create = models.CreateAliasOperation(
            create_alias=models.CreateAlias(alias_name=alias, collection_name=collection)
        )
        delete = models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=alias))
        changes: list[models.AliasOperations] = [create] if await self._live_number() is None else [delete, create]
        async with self._upstream():
            await self._client.update_collection_aliases(changes)
        self._forget()

    async def drop(self, number: int) -> None:
        if number == await self._live_number():
            raise points.BuildIsLive(number)
        async with self._upstream():
            await self._client.delete_collection(self._collection(number))

    async def _search(self, query: Query) -> list[Hit]:
        live = await self.live()
        if live is None:
            return []
        dense, keyword = requests.search_requests(query, live)
        asked = [request for request in (dense, keyword) if request is not None]
        if not asked:
            return []
        async with self._upstream():
            answers = await self._client.query_batch_points(self._collection(live.number), asked)
        found = iter([answer.points for answer in answers])
        by_vector = None if dense is None else next(found)
        by_words = None if keyword is None else next(found)
        stored = {str(point.id): point.payload or {} for point in [*(by_vector or []), *(by_words or [])]}
        return points.fused_hits(
            requests.scores(by_vector), requests.scores(by_words), query, self._weights, partial(requests.pick, stored)
        )

    async def _live_number(self) -> int | None:
        async with self._upstream():
            aliases = (await self._client.get_aliases()).aliases
        wanted = self._collection("live")
        return next((self._number(alias.collection_name) for alias in aliases if alias.alias_name == wanted), None)

    async def _build(self, number: int) -> Build | None:
        async with self._upstream():
            records = await self._client.retrieve(self._collection(number), [points.BUILD_ID])
        return points.build_of(records[0].payload or {}) if records else None

    async def _upsert(self, number: int, new: Sequence[models.PointStruct]) -> None:
        for batch in points.batches(new, BATCH):
            async with self._upstream():
                await self._client.upsert(self._collection(number), list(batch), wait=True)

    async def _scroll(self, number: int, kind: str, fields: Sequence[str]) -> AsyncIterator[models.Record]:
        offset: models.ExtendedPointId | None = None
        while True:
            async with self._upstream():
                records, offset = await self._client.scroll(
                    self._collection(number),
                    requests.where(kind=kind),
                    SCROLL,
                    offset=offset,
                    with_payload=list(fields),
                )
            for record in records:
                yield record
            if offset is None:
                return

    def _collection(self, suffix: int | str) -> str:
        return f"{self._name}--{suffix}"

    def _number(self, collection: str) -> int | None:
        """None when it is not one of this book's numbered builds."""
        prefix, number = self._collection(""), collection.removeprefix(self._collection(""))
        return int(number) if collection.startswith(prefix) and number.isdecimal() else None

    def _forget(self) -> None:
        self._read_at = None

    @asynccontextmanager
    async def _upstream(self) -> AsyncIterator[None]:
        """One call to the server; what it raises is told in our own words."""
        try:
            async with self._guard.call():
                yield
        except UnexpectedResponse as error:
            if error.status_code == NOT_FOUND:
                raise BuildGone(self._guard.name, "the build does not exist") from error
            raise Unavailable(self._guard.name, f"the server answered {error.status_code}") from error
        except ValueError as error:  # how the client's own in-process mode says not found
            raise BuildGone(self._guard.name, "the build does not exist") from error
        except (ApiException, QdrantException, TimeoutError) as error:
            raise Unavailable(self._guard.name, "the server cannot be reached") from error
