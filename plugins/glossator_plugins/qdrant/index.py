"""Implements PassageIndex with a Qdrant server; `builds.py` manages its collections."""

import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial
from typing import Final

from qdrant_client import models

from glossator.domain.book.index import (
    Build,
    Hit,
    PassagePoint,
    Query,
    Suggestion,
)
from glossator.domain.book.passages import Page, Passage
from glossator.domain.errors import Unavailable
from glossator.domain.ports.embedder import Embedder, Vectors
from glossator.kernel.errors import ServiceError
from glossator_plugins.passage_points import points
from glossator_plugins.passage_points.generations import COUNTED_FIELDS, FIELDS, page_slots, seen_in
from glossator_plugins.passage_points.reader import PointReader
from glossator_plugins.qdrant import changes, requests
from glossator_plugins.qdrant.builds import QdrantBuilds, SearchedBuild
from glossator_plugins.qdrant.client import GuardedQdrantClient, QdrantCall, QdrantNotFound
from glossator_plugins.qdrant.existing import NUMBER as EXISTING
from glossator_plugins.qdrant.existing import ExistingCollection, search_request

log = logging.getLogger(__name__)

BATCH: Final = 64
PARALLEL: Final = 4
KEYWORD: Final = models.PayloadSchemaType.KEYWORD
INTEGER: Final = models.PayloadSchemaType.INTEGER


class QdrantIndex(PointReader):
    """Owns the client: `close` closes it. With an `embedder`, `check` requires a book embedded with its model."""

    def __init__(
        self,
        client: GuardedQdrantClient,
        name: str,
        existing: ExistingCollection,
        *,
        embedder: Embedder | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._builds = QdrantBuilds(client, name, existing, clock)
        self._existing = existing
        self._embedder = embedder

    async def check(self) -> None:
        """Reads the alias and the live build, which needs a healthy server and a valid key."""
        self._builds.invalidate()
        try:
            live = await self.live()
            incompatible = (
                live is None and self._embedder is not None and await self._builds.has_incompatible_collection()
            )
        except Unavailable as error:
            raise ServiceError(error.reason) from None
        if incompatible:
            raise ServiceError(
                f"the collection {self._builds.name} cannot be served: it has no unnamed vector with cosine distance - "
                "run `glossator ingest --rebuild`, which creates a separate collection, or set another "
                "QDRANT_COLLECTION_NAME"
            )
        if self._embedder is not None:
            points.require_fit(live, self._embedder)

    async def close(self) -> None:
        await self._client.close()

    async def live(self) -> Build | None:
        live = await self._builds.live()
        return live.build if live else None

    async def search(self, query: Query) -> list[Hit]:
        try:
            return await self._search(query)
        except QdrantNotFound:
            self._builds.invalidate()
        try:
            return await self._search(query)
        except QdrantNotFound:
            hint = "has no such collection - check QDRANT_COLLECTION_NAME"
            log.error("collection_unknown: %s %s", self._builds.name, hint)  # noqa: TRY400 - the cause is known
            raise

    async def page(self, url: str) -> Page | None:
        live = await self._builds.live()
        if live is None or live.build.number == EXISTING:
            return None
        page_filter = requests.seen(live.build.generation, requests.where(kind=points.PAGE, url=url))
        records, _ = await self._client.read(lambda client: client.scroll(live.collection, page_filter, limit=1))
        return points.page_of(records[0].payload or {}) if records else None

    async def builds(self) -> list[Build]:
        return await self._builds.all()

    async def create(self, build: Build) -> None:
        collection = self._builds.collection(build.number)
        await self.drop(build.number)
        await self._client.write(partial(requests.create, collection, build))
        for field in points.FILTERED_FIELDS:
            await self._client.write(partial(requests.index_field, collection, field, kind=KEYWORD))
        for field in COUNTED_FIELDS:
            await self._client.write(partial(requests.index_field, collection, field, kind=INTEGER))
        await self.save(build)

    async def save(self, build: Build) -> None:
        """Also the last step of `create`: a collection without this point is not a build."""
        await self._upsert(build.number, [requests.plain_point(points.BUILD_ID, points.build_payload(build))])
        self._builds.invalidate()

    async def begin(self, number: int) -> bool:
        collection, build = self._builds.collection(number), await self._builds.build(number)
        return await self._client.write(partial(changes.begin, collection, build))

    async def put_passages(self, number: int, passages: Sequence[PassagePoint]) -> None:
        collection, build = self._builds.collection(number), await self._builds.build(number)
        await self._write(
            [partial(changes.put_passages, collection, build, batch) for batch in points.batches(passages, BATCH)]
        )

    async def move_passages(self, number: int, passages: Sequence[tuple[Passage, str]]) -> None:
        collection, build = self._builds.collection(number), await self._builds.build(number)
        for batch in points.batches(passages, BATCH):
            await self._client.write(partial(changes.move_passages, collection, build, batch))

    async def add_vectors(self, number: int, space: str, vectors: Mapping[str, Vectors]) -> None:
        collection = self._builds.collection(number)
        for batch in points.batches([*vectors.items()], BATCH):
            await self._client.write(partial(requests.add_vectors, collection, space, batch))

    async def put_pages(self, number: int, pages: Sequence[Page]) -> None:
        collection, build = self._builds.collection(number), await self._builds.build(number)
        await self._write(
            [partial(changes.put_pages, collection, build, batch) for batch in points.batches(pages, BATCH)]
        )

    async def put_suggestions(self, number: int, suggestions: Mapping[str, Sequence[Suggestion]]) -> None:
        collection, build = self._builds.collection(number), await self._builds.build(number)
        for batch in points.batches([*suggestions.items()], BATCH):
            await self._client.write(partial(changes.put_suggestions, collection, build, batch))

    async def delete(self, number: int, *, passages: Sequence[str] = (), pages: Sequence[str] = ()) -> None:
        # Pages first: all passages of a listed page exist.
        collection, build = self._builds.collection(number), await self._builds.build(number)
        slots = [slot for path in pages for slot in page_slots(path)]
        for batch in points.batches([*slots, *passages], requests.SCROLL_SIZE):
            await self._client.write(partial(changes.delete, collection, build, batch))

    async def activate(self, number: int) -> None:
        replaced = await self._builds.alias_target() is not None
        collection = self._builds.collection(number)
        await self._client.write(partial(requests.make_live, self._builds.alias, collection, replaced=replaced))
        self._builds.invalidate()

    async def drop(self, number: int) -> None:
        collection = self._builds.collection(number)
        if collection == await self._builds.alias_target():
            raise points.BuildIsLive(number)
        await self._client.write(lambda client: client.delete_collection(collection))

    async def _search(self, query: Query) -> list[Hit]:
        live = await (self._builds.live() if query.build is None else self._builds.numbered(query.build))
        if live is None:
            return []
        if live.build.number == EXISTING:
            return await self._search_existing(live, query)
        searched = requests.search_requests(query, live.build)
        results = await self._query(live, query, list(searched.values()))
        now = live.build.generation
        stored = {found.id: found.payload for result in results for found in result}
        scores = {
            name: {found.id: found.score for found in result} for name, result in zip(searched, results, strict=True)
        }
        words = scores.pop(points.BM25, None)
        return points.fused_hits(
            scores, words, query, payloads=lambda ids: {one: seen_in(stored[one], now) for one in ids}
        )

    async def _search_existing(self, live: SearchedBuild, query: Query) -> list[Hit]:
        points.searched_spaces(query, live.build)
        request = search_request(query)
        if request is None:
            return []
        (found,) = await self._query(live, query, [request])
        return self._existing.hits(found, query)

    async def _query(
        self, live: SearchedBuild, query: Query, queries: Sequence[models.QueryRequest]
    ) -> list[list[requests.Found]]:
        if not queries:
            return []
        return await self._client.read(
            partial(requests.search, live.collection, queries), points.search_operation(query)
        )

    async def _upsert(self, number: int, new: Sequence[models.PointStruct]) -> None:
        collection = self._builds.collection(number)
        await self._write([partial(requests.upsert, collection, batch) for batch in points.batches(new, BATCH)])

    async def _write(self, batches: Sequence[QdrantCall[None]]) -> None:
        for concurrent in points.batches(batches, PARALLEL):
            await self._client.write_all(concurrent)

    async def _generation(self, number: int, *, draft: bool) -> int:
        build = await self._builds.build(number)
        return build.draft if draft else build.generation

    async def _scroll(
        self,
        number: int,
        generation: int,
        kind: str,
        fields: Sequence[str],
        *,
        without: str | None = None,
        pages: Sequence[str] = (),
    ) -> AsyncIterator[models.Record]:
        collection, kind_filter = self._builds.collection(number), requests.where(kind=kind)
        if pages:
            kind_filter = models.Filter(must=[kind_filter, requests.one_of("page", pages)])
        if without is not None:
            kind_filter.must_not = requests.where(spaces=without).must
        condition = requests.seen(generation, kind_filter)
        offset: models.ExtendedPointId | None = None
        while True:
            records, offset = await self._client.read(
                partial(requests.scroll, collection, condition, [*fields, *FIELDS], offset=offset)
            )
            for record in records:
                yield record
            if offset is None:
                return
