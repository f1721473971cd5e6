"""The app wrapped by the tracing plugin, started as in production."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
from quart import Quart

from glossator.app import register
from glossator.domain.answering.answer import Answering, AnsweringOptions
from glossator.domain.answering.retrieval.retriever import Retriever
from glossator.domain.answering.suggestions.suggested_questions import SuggestedQuestions
from glossator.domain.book.index import PassageIndex
from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.ports.chat_model import ChatModel
from glossator.kernel.draining import Draining
from glossator.kernel.loop_lag import LoopLag
from glossator.kernel.readiness import Readiness
from glossator.kernel.registry import Registry, declared_settings
from glossator.kernel.services import Services
from glossator.kernel.settings.setting import Setting, Settings
from glossator.web.http.context import WebApp, WebOptions
from glossator.web.http.limits import RequestLimits
from glossator_plugins.tracing import settings as names
from glossator_plugins.tracing.plugin import TracingPlugin
from tests.servers.app_server import serving_app
from tests.web.apps import Parts

Values = Mapping[Setting[Any], object]

QUESTION: Final = "What does the inverted index map a word to?"
QUERY: Final = {"query": QUESTION}
SCOPE: Final[dict[str, Any]] = {
    "type": "http", "method": "GET", "path": "/", "scheme": "http", "http_version": "2", "headers": []
}  # fmt: skip
FROM_FILE: Final[Values] = {names.CONSOLE: False, names.TIMEOUT: 10.0, names.FLUSH_TIMEOUT: 1.0, names.CONTENT: False}
USED: Final[tuple[type, ...]] = (
    Answering,
    AnsweringOptions,
    BookOptions,
    ChatModel,
    Draining,
    LoopLag,
    RequestLimits,
    PassageIndex,
    Readiness,
    Retriever,
    SuggestedQuestions,
    WebOptions,
)


def exported_to(url: str) -> dict[Setting[Any], object]:
    return {names.ENDPOINT: url}


def settings(values: Values) -> Settings:
    defaults = {setting: setting.default for setting in declared_settings([TracingPlugin()])}
    return Settings.of({**defaults, **FROM_FILE, **values})


@asynccontextmanager
async def tracing_services(values: Values) -> AsyncIterator[Services]:
    async with Registry([TracingPlugin()], settings(values)).running() as services:
        yield services


def registered(services: Services, parts: Parts | None = None) -> Quart:
    """The app with these services and those of `parts`."""
    others: Services = (parts or Parts()).app().extensions["glossator"]
    for kind in USED:
        services.provide(kind, others.get(kind))
    app = WebApp()
    register(app, services)
    return app


@asynccontextmanager
async def served(values: Values, parts: Parts | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the served app; after the block everything has stopped and the last spans are exported."""
    async with (
        tracing_services(values) as services,
        serving_app(registered(services, parts)) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as client,
    ):
        yield client
