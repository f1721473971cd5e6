"""Embeddings and answers from OpenAI or from any compatible server (OPENAI_BASE_URL)."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.ports.embedder import Embedder
from glossator.kernel.errors import ServiceError
from glossator.kernel.plugin import Description, endpoint_of
from glossator.kernel.services import Services
from glossator.kernel.settings.setting import Settings
from glossator_plugins.openai.prices import prices_of
from glossator_plugins.openai.settings import API_KEY, BASE_URL, DEFAULT_URL, SETTINGS

if TYPE_CHECKING:
    from glossator_plugins.openai.service import OpenAIService

log = logging.getLogger(__name__)


class OpenAIPlugin:
    name = "openai"
    provides: tuple[type, ...] = (Embedder, ChatModel)
    requires: tuple[type, ...] = ()
    settings = SETTINGS
    modules: tuple[str, ...] = (
        "glossator_plugins.openai.service", "openai.resources.chat", "openai.resources.embeddings",
        "openai.resources.models",
    )  # fmt: skip

    def describe(self, settings: Settings) -> Description:
        url = settings[BASE_URL]
        endpoint = endpoint_of(BASE_URL.name if url else "", url or DEFAULT_URL)
        return Description((endpoint,), warnings=prices_of(settings).warnings)

    @asynccontextmanager
    async def open(self, settings: Settings, services: Services) -> "AsyncIterator[OpenAIService]":
        if not settings[API_KEY] and not settings[BASE_URL]:
            raise ServiceError("no key - set OPENAI_API_KEY, or OPENAI_BASE_URL for a server without keys")
        for warning in prices_of(settings).warnings:
            log.warning("price_unknown: %s", warning)
        service = connect(settings, services)
        try:
            await service.detect_dimension()
            await service.try_json_answers()
            yield service
        finally:
            await service.close()


def connect(settings: Settings, services: Services) -> "OpenAIService":
    from glossator_plugins.openai.service import OpenAIService, create_client  # noqa: PLC0415 - loads the SDK

    return OpenAIService(create_client(settings), services, settings)
