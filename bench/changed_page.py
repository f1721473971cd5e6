"""One changed page of a large book: how many of the stored points change, in both engines.

The book of the embedded engine has 22,001 passages. Qdrant's client in its in-process mode would need minutes for that,
so there the book is a tenth; the number of points that change does not depend on the size of the book.
"""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from qdrant_client import AsyncQdrantClient
from qdrant_edge import ScrollRequest

from bench.figures import Figure
from bench.large_books import write_book
from glossator.domain.book.ingest.book_options import IngestOptions
from glossator.domain.book.ingest.ingest import Ingest
from glossator.domain.book.sources.folder import read_pages
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from glossator.kernel.guards.guard import Guard
from glossator_plugins.qdrant.index import QdrantIndex
from glossator_plugins.qdrant_edge.folder import EdgeFolder
from glossator_plugins.qdrant_edge.index import EdgeIndex
from tests.indexes import CountingEmbedder
from tests.plugins.qdrant.services import index_over

PAGES: Final = {"qdrant": 200, "qdrant_edge": 2000}
SECTIONS: Final = 10
ALL: Final = 1_000_000
Points = dict[str, str]
"""What is stored under each id."""


async def figures() -> AsyncIterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        client, edge = AsyncQdrantClient(":memory:"), EdgeFolder(Path(folder) / "data")
        async for figure in _change(folder, "qdrant", index_over(client), partial(_server_points, client)):
            yield figure
        edge_index = EdgeIndex(edge, Guard("bench"))
        async for figure in _change(folder, "qdrant_edge", edge_index, partial(_edge_points, edge)):
            yield figure


async def _change(
    folder: str, name: str, index: QdrantIndex | EdgeIndex, read: Callable[[], Awaitable[Points]]
) -> AsyncIterator[Figure]:
    docs = Path(folder) / name
    write_book(docs, PAGES[name], SECTIONS)
    ingest = Ingest(index, CountingEmbedder(), Splitter(Limits(1000)), batch=256)
    await ingest.run(read_pages(docs, "docusaurus"), IngestOptions())
    before = await read()
    page = docs / f"{PAGES[name] // 2:05}.md"
    page.write_text(page.read_text("utf-8").replace("word1", "changed", 1), "utf-8")
    summary = await ingest.run(read_pages(docs, "docusaurus"), IngestOptions())
    after = await read()
    await index.close()
    written = sum(before.get(key) != after.get(key) for key in before | after)
    size = sum(map(len, after.values())) / sum(map(len, before.values()))
    yield Figure(f"{name}: one changed page of {len(before):,} points: written", (100 * written / len(before),), "%", 1)
    yield Figure("  points", (written,), "")
    yield Figure("  passages embedded", (summary.passages.embedded,), "")
    yield Figure("  added to what is stored", (100 * (size - 1),), "%", 1)


async def _server_points(client: AsyncQdrantClient) -> Points:
    names = [one.name for one in (await client.get_collections()).collections]
    found: Points = {}
    for name in names:
        records, _ = await client.scroll(name, limit=ALL, with_payload=True, with_vectors=True)
        found |= {f"{name} {one.id}": _text(one.payload, one.vector) for one in records}
    return found


async def _edge_points(folder: EdgeFolder) -> Points:
    number = folder.live() or 0
    records, _ = folder.shard(number).scroll(ScrollRequest(limit=ALL, with_payload=True, with_vector=True))
    return {f"{number} {one.id}": _text(one.payload, one.vector) for one in records}


def _text(payload: Mapping[str, object] | None, vectors: object) -> str:
    """The embedded engine gives the names of the vectors in any order."""
    ordered = sorted(vectors.items()) if isinstance(vectors, dict) else vectors
    return repr((sorted((payload or {}).items()), ordered))
