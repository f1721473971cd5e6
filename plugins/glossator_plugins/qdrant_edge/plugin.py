"""The book's index on this machine: Qdrant's engine in this process, with its data under DATA_PATH."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from glossator.domain.book.index import PassageIndex
from glossator.domain.ports.embedder import Embedder
from glossator.kernel.guards.guard import GuardOptions
from glossator.kernel.plugin import Description
from glossator.kernel.services import Services
from glossator.kernel.settings.setting import Setting, Settings
from glossator.kernel.settings.types import PATH
from glossator.kernel.spans import TracedOperation
from glossator_plugins.passage_points.points import COLLECTION, REBUILD

if TYPE_CHECKING:
    from glossator_plugins.qdrant_edge.index import EdgeIndex

DATA_PATH = Setting("DATA_PATH", PATH, "Folder for the data of the embedded services")
CLOSE_SECONDS: Final = 1.5


OPERATION: Final = TracedOperation("qdrant_edge", {"db.system.name": "qdrant"})
GUARD: Final = GuardOptions(concurrency=1, queue=500, wait=30.0, operation=OPERATION)
"""The engine has one thread."""


class QdrantEdgePlugin:
    name = "qdrant_edge"
    provides = (PassageIndex,)
    requires = (Embedder,)
    settings = (DATA_PATH, COLLECTION, REBUILD)

    def describe(self, settings: Settings) -> Description:
        return Description(folder=settings[DATA_PATH] / "index" / settings[COLLECTION], name=settings[COLLECTION])

    @asynccontextmanager
    async def open(self, settings: Settings, services: Services) -> AsyncIterator["EdgeIndex"]:
        from glossator_plugins.qdrant_edge.folder import EdgeFolder  # noqa: PLC0415 - loads the SDK
        from glossator_plugins.qdrant_edge.index import EdgeIndex  # noqa: PLC0415 - the same

        folder = await asyncio.to_thread(EdgeFolder, settings[DATA_PATH] / "index" / settings[COLLECTION])
        embedder = None if settings[REBUILD] else services.get(Embedder)
        index = EdgeIndex(folder, services.guard(self.name, GUARD), embedder=embedder)
        try:
            yield index
        finally:
            async with asyncio.timeout(CLOSE_SECONDS):
                await index.close()
