"""The book's index on a Qdrant server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from glossator.domain.ports import Embedder, PassageIndex
from glossator.kernel.kinds import SECRET, integer, optional, url
from glossator.kernel.services import Services
from glossator.kernel.setting import Setting
from glossator.kernel.settings import Settings
from glossator_plugins.qdrant_points import COLLECTION, REBUILD

if TYPE_CHECKING:
    from qdrant_client import AsyncQdrantClient

    from glossator_plugins.qdrant_index import QdrantIndex

URL = Setting("QDRANT_URL", url(https=True), "The cluster's address, with https", required=True)
API_KEY = Setting("QDRANT_API_KEY", optional(SECRET), "The cluster's key")
TIMEOUT = Setting("QDRANT__TIMEOUT", integer(1, 600), "Seconds that one request may take", default=10)


class QdrantPlugin:
    name = "qdrant"
    provides = (PassageIndex,)
    requires = (Embedder,)
    settings = (URL, API_KEY, COLLECTION, TIMEOUT, REBUILD)

    @asynccontextmanager
    async def open(self, settings: Settings, services: Services) -> AsyncIterator["QdrantIndex"]:
        client = await asyncio.to_thread(connected, settings)
        try:
            from glossator_plugins.qdrant_index import QdrantIndex  # noqa: PLC0415 - loads the SDK

            embedder = None if settings[REBUILD] else services.get(Embedder)
            yield QdrantIndex(client, settings[COLLECTION], services.guard(self.name), embedder=embedder)
        finally:
            await client.close()


def connected(settings: Settings) -> "AsyncQdrantClient":
    """Run in a thread: the import alone takes more than a second of CPU."""
    from qdrant_client import AsyncQdrantClient  # noqa: PLC0415 - loads the SDK

    key = settings[API_KEY]
    address = settings[URL]
    return AsyncQdrantClient(
        address,
        port=443 if address.startswith("https:") else 6333,  # for an address without one; the client says 6333 always
        api_key=key.reveal() if key else None,
        timeout=settings[TIMEOUT],
        check_compatibility=False,
    )
