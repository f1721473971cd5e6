"""The implementations of Embedder and ChatModel, opened as the registry does; add a new one to IMPLEMENTATIONS,
and to GENERATING when it writes answers."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, Protocol

from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.ports.embedder import Embedder
from glossator.kernel.plugin import Service
from glossator.kernel.services import Services
from glossator.kernel.settings.setting import Settings
from glossator_plugins.local_models.plugin import THREADS, LocalModels, LocalModelsPlugin
from tests.plugins.openai.services import open_openai
from tests.servers.openai_server import openai_server


class Models(Embedder, ChatModel, Service, Protocol):
    """A service that implements both ports."""


@asynccontextmanager
async def local_models(search_path: Sequence[str] = ()) -> AsyncIterator[LocalModels]:
    async with LocalModelsPlugin(search_path).open(Settings.of({THREADS: 2}), Services()) as models:
        yield models


@asynccontextmanager
async def openai() -> AsyncIterator[Models]:
    async with openai_server() as server, open_openai(server.url) as models:
        yield models


IMPLEMENTATIONS: Final[dict[str, Callable[[], AbstractAsyncContextManager[Models]]]] = {
    "local_models": local_models,
    "openai": openai,
}
GENERATING: Final[dict[str, Callable[[], AbstractAsyncContextManager[Models]]]] = {"openai": openai}
