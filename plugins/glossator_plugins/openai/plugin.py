"""Embeddings and answers from OpenAI, or from any server that speaks its protocol (OPENAI_BASE_URL)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.ports.embedder import Embedder
from glossator.kernel.errors import ServiceError
from glossator.kernel.guard import Guard
from glossator.kernel.plugin import Description, endpoint_of
from glossator.kernel.services import Services
from glossator.kernel.settings.setting import Settings
from glossator_plugins.openai.settings import API_KEY, BASE_URL, SETTINGS, VENDOR_URL

if TYPE_CHECKING:
    from glossator_plugins.openai.service import OpenAIService


class OpenAIPlugin:
    name = "openai"
    provides: tuple[type, ...] = (Embedder, ChatModel)
    requires: tuple[type, ...] = ()
    settings = SETTINGS

    def describe(self, settings: Settings) -> Description:
        own = settings[BASE_URL]
        return Description((endpoint_of(BASE_URL.name if own else "", own or VENDOR_URL),))

    @asynccontextmanager
    async def open(self, settings: Settings, services: Services) -> "AsyncIterator[OpenAIService]":
        if not settings[API_KEY] and not settings[BASE_URL]:
            raise ServiceError("no key - set OPENAI_API_KEY, or OPENAI_BASE_URL for a server that needs none")
        service = await asyncio.to_thread(connected, settings, services.guard(self.name))
        try:
            await service.learn_dimension()
            yield service
        finally:
            await service.close()


def connected(settings: Settings, guard: Guard) -> "OpenAIService":
    """Run in a thread: the import alone takes most of a second of CPU."""
    from glossator_plugins.openai.service import OpenAIService, connect  # noqa: PLC0415 - loads the SDK

    return OpenAIService(connect(settings), guard, settings)
