"""The book's index on a Qdrant server."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from glossator.domain.book.index import PassageIndex
from glossator.domain.book.pages.dialect.generators import (
    GENERATOR_CHOICES,
    GENERATORS,
    GeneratorChoice,
    dialect_by_name,
)
from glossator.domain.ports.embedder import Embedder
from glossator.kernel.guards.guard import GuardOptions
from glossator.kernel.plugin import Description, endpoint_of
from glossator.kernel.services import Services
from glossator.kernel.settings.setting import Setting, Settings
from glossator.kernel.settings.types import SECRET, TEXT, choice, integer, number, optional, url
from glossator_plugins.passage_points.points import COLLECTION, REBUILD
from glossator_plugins.qdrant.cluster import SUSPENDED, QdrantCluster

if TYPE_CHECKING:
    from glossator_plugins.qdrant.index import QdrantIndex

log = logging.getLogger(__name__)

URL: Final = Setting(
    "QDRANT_URL", url(https=True), "URL of the Qdrant cluster; the port of https defaults to 443", required=True
)
API_KEY: Final = Setting("QDRANT_API_KEY", optional(SECRET), "API key of the Qdrant cluster")
TIMEOUT: Final = Setting(
    "QDRANT__TIMEOUT", number(0.1, 600), "Timeout of a search in seconds; writes have six times as long"
)
CONCURRENCY: Final = Setting("QDRANT__CONCURRENCY", integer(1, 100), "Maximum number of requests at the same time")
QUEUE: Final = Setting(
    "QDRANT__QUEUE", integer(0, 10_000), "Maximum number of requests that wait; further ones are refused"
)
# For the collection of an existing deployment, which stores neither.
GENERATOR: Final[Setting[GeneratorChoice]] = Setting(
    "SITE_GENERATOR",
    choice(*GENERATOR_CHOICES),
    f"Generator of the published site, for addresses and anchors: {', '.join(GENERATORS)}, or auto to detect it",
)
TITLE: Final = Setting("BOOK_TITLE", optional(TEXT), "Title of the book; unset: the title of its first page")
SPACE_ID: Final = Setting("SPACE_ID", optional(TEXT), "owner/name, set by the platform")

CLOSE_SECONDS: Final = 1.0
RETRIES: Final = 1


class QdrantPlugin:
    name = "qdrant"
    provides: tuple[type, ...] = (PassageIndex,)
    requires: tuple[type, ...] = (Embedder,)
    settings: tuple[Setting[Any], ...] = (
        URL, API_KEY, COLLECTION, TIMEOUT, CONCURRENCY, QUEUE, REBUILD, GENERATOR, TITLE, SPACE_ID,
    )  # fmt: skip
    modules: tuple[str, ...] = ("glossator_plugins.qdrant.index", "glossator_plugins.qdrant.client")

    def describe(self, settings: Settings) -> Description:
        cluster = cluster_of(settings)
        endpoint = replace(
            endpoint_of(URL.name, cluster.url),
            port=cluster.port,
            not_found_hint=SUSPENDED,
            unreachable_hint=cluster.warning,
        )
        return Description((endpoint,), name=settings[COLLECTION])

    @asynccontextmanager
    async def open(self, settings: Settings, services: Services) -> "AsyncIterator[QdrantIndex]":
        cluster = cluster_of(settings)
        if cluster.warning:
            log.warning("qdrant_port: QDRANT_URL: %s", cluster.warning)
        embedder = None if settings[REBUILD] else services.get(Embedder)
        index = connect(cluster, settings, services, embedder)
        try:
            yield index
        finally:
            async with asyncio.timeout(CLOSE_SECONDS):
                await index.close()


def cluster_of(settings: Settings) -> QdrantCluster:
    return QdrantCluster(settings[URL], on_space=bool(settings[SPACE_ID]), has_key=bool(settings[API_KEY]))


def connect(cluster: QdrantCluster, settings: Settings, services: Services, embedder: Embedder | None) -> "QdrantIndex":
    """Sends nothing yet."""
    from glossator_plugins.qdrant.client import GuardedQdrantClient, create_client  # noqa: PLC0415 - the same
    from glossator_plugins.qdrant.existing import ExistingCollection  # noqa: PLC0415 - loads the SDK
    from glossator_plugins.qdrant.failures import QdrantFailures  # noqa: PLC0415 - the same
    from glossator_plugins.qdrant.index import QdrantIndex  # noqa: PLC0415 - the same

    sdk_client = create_client(cluster, settings[API_KEY], settings[TIMEOUT])
    failures = QdrantFailures(cluster, settings[TIMEOUT])
    options = GuardOptions(settings[CONCURRENCY], settings[QUEUE], retries=RETRIES, judge=failures.judge)
    guard = services.guard(QdrantPlugin.name, options)
    client = GuardedQdrantClient(sdk_client, guard, failures, settings[TIMEOUT])
    existing = ExistingCollection(settings[TITLE] or settings[COLLECTION], dialect_by_name(settings[GENERATOR]))
    return QdrantIndex(client, settings[COLLECTION], existing, embedder=embedder)
