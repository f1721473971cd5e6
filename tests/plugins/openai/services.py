"""Opens the openai plugin as the registry does, with a test server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from glossator.kernel.services import Services
from glossator.kernel.settings.secret import Secret
from glossator.kernel.settings.setting import Setting, Settings
from glossator_plugins.openai import settings as names
from glossator_plugins.openai.plugin import OpenAIPlugin

if TYPE_CHECKING:
    from glossator_plugins.openai.service import OpenAIService

KEY: Final = "sk-proj-0123456789abcdef"
DEFAULTS: Final[dict[Setting[Any], object]] = {
    names.API_KEY: Secret(KEY),
    names.BASE_URL: None,
    names.MODEL: "gpt-4o-mini",
    names.EMBEDDING_MODEL: "text-embedding-3-small",
    names.EMBEDDING_DIMENSION: None,
    names.TIMEOUT: 5.0,
    names.MAX_RETRIES: 0,
    names.CONCURRENCY: 100,
    names.QUEUE: 200,
    names.STREAM_USAGE: True,
    names.LEGACY_MAX_TOKENS: False,
    names.SEND_TEMPERATURE: True,
    names.JSON_ANSWERS: False,
    names.PROMPT_PRICE: 0.15,
    names.COMPLETION_PRICE: 0.6,
    names.EMBEDDING_PRICE: 0.02,
    names.EVIDENCE_NONE: 0.15,
    names.EVIDENCE_WEAK: 0.25,
}

Changes = dict[Setting[Any], object]


@asynccontextmanager
async def open_openai(
    url: str | None, changes: Changes | None = None, services: Services | None = None
) -> "AsyncIterator[OpenAIService]":
    settings = Settings.of(DEFAULTS | {names.BASE_URL: url} | (changes or {}))
    async with OpenAIPlugin().open(settings, services or Services()) as service:
        yield service
