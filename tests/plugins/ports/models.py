"""The implementations of Embedder and ChatModel; add a new one to IMPLEMENTATIONS, and to GENERATING when it writes
answers."""

import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from typing import Final, Protocol

from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.ports.embedder import Embedder
from glossator.kernel.guards.guard import Guard, GuardOptions
from glossator.kernel.plugin import Service
from glossator.kernel.services import Services
from glossator.kernel.settings.setting import Settings
from glossator_plugins.local_models.embeddings import LocalModel
from glossator_plugins.local_models.model_files import use_one_blas_thread
from glossator_plugins.local_models.models import load_models
from glossator_plugins.local_models.plugin import THREADS, LocalModels, LocalModelsPlugin
from tests.plugins.openai.services import open_openai
from tests.servers.openai_server import openai_server


class Models(Embedder, ChatModel, Service, Protocol):
    """A service that implements both ports."""


@asynccontextmanager
async def local_models(search_path: Sequence[str] = ()) -> AsyncIterator[LocalModels]:
    """Opened as the registry does."""
    async with LocalModelsPlugin(search_path).open(Settings.of({THREADS: 2}), Services()) as models:
        yield models


@cache
def installed_models() -> list[LocalModel]:
    """Loaded once: it takes half a second, and they keep nothing of a text but its pieces."""
    use_one_blas_thread()
    return load_models(sys.path)[0]


@asynccontextmanager
async def shared_models() -> AsyncIterator[LocalModels]:
    yield LocalModels(installed_models(), Guard("local_models", GuardOptions(2, 500, 30.0)))


@asynccontextmanager
async def openai() -> AsyncIterator[Models]:
    async with openai_server() as server, open_openai(server.url) as models:
        yield models


IMPLEMENTATIONS: Final[dict[str, Callable[[], AbstractAsyncContextManager[Models]]]] = {
    "local_models": shared_models,
    "openai": openai,
}
GENERATING: Final[dict[str, Callable[[], AbstractAsyncContextManager[Models]]]] = {"openai": openai}
