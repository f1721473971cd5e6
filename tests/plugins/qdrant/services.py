"""Opens the qdrant plugin as the registry does, and builds its index with a client that needs no server."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from qdrant_client import AsyncQdrantClient

from glossator.domain.ports.embedder import Embedder
from glossator.kernel.guards.guard import Guard, GuardOptions
from glossator.kernel.services import Services
from glossator.kernel.settings.secret import Secret
from glossator.kernel.settings.setting import Setting, Settings
from glossator_plugins.passage_points.points import COLLECTION, REBUILD
from glossator_plugins.qdrant.client import GuardedQdrantClient
from glossator_plugins.qdrant.cluster import QdrantCluster
from glossator_plugins.qdrant.existing import ExistingCollection
from glossator_plugins.qdrant.failures import QdrantFailures
from glossator_plugins.qdrant.index import QdrantIndex
from glossator_plugins.qdrant.plugin import (
    API_KEY,
    CONCURRENCY,
    GENERATOR,
    QUEUE,
    SPACE_ID,
    TIMEOUT,
    TITLE,
    URL,
    QdrantPlugin,
)
from tests.indexes import CountingEmbedder

KEY: Final = "qd-0123456789abcdef"
DEFAULTS: Final[dict[Setting[Any], object]] = {
    API_KEY: Secret(KEY),
    COLLECTION: "book",
    TIMEOUT: 5.0,
    CONCURRENCY: 32,
    QUEUE: 500,
    REBUILD: False,
    GENERATOR: "docusaurus",
    TITLE: None,
    SPACE_ID: None,
}

Changes = dict[Setting[Any], object]


@asynccontextmanager
async def open_qdrant(
    url: str, changes: Changes | None = None, services: Services | None = None
) -> AsyncIterator[QdrantIndex]:
    services = services or Services()
    if Embedder not in services:
        services.provide(Embedder, CountingEmbedder())
    settings = Settings.of(DEFAULTS | {URL: url} | (changes or {}))
    async with QdrantPlugin().open(settings, services) as index:
        yield index


def index_over(client: AsyncQdrantClient, clock: Callable[[], float] = time.monotonic) -> QdrantIndex:
    failures = QdrantFailures(QdrantCluster("http://in.process"), 5.0)
    guard = Guard("qdrant", GuardOptions(judge=failures.judge))
    guarded = GuardedQdrantClient(client, guard, failures, 5.0)
    return QdrantIndex(guarded, "book", ExistingCollection("book"), clock=clock)
