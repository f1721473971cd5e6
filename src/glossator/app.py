"""Joins everything: registry up, repositories, domain services, then blueprints. `app_*` join one part each."""

import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import NoReturn

from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from quart import Quart

from glossator.configuration import accounts as auth_conf
from glossator.configuration import core as conf
from glossator.configuration.core import Configuration
from glossator.domain.book.index import PassageIndex
from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.ports.embedder import Embedder
from glossator.domain.rewriting.rewriting import Rewriting
from glossator.kernel import logs
from glossator.kernel.discovery import discover
from glossator.kernel.draining import Draining
from glossator.kernel.errors import StartupFailed
from glossator.kernel.readiness import Readiness
from glossator.kernel.registry import Registry
from glossator.kernel.services import Services
from glossator.web import chat, config, conversations, health, home, read, rewriting, search
from glossator.web import middleware as options
from glossator.web.auth import account as auth_account
from glossator.web.auth import sessions as auth_sessions
from glossator.web.auth import sign_in as auth
from glossator.web.http import errors
from glossator.web.http.app import WebApp
from glossator.web.http.context import WebOptions, attach
from glossator.web.ingest import ingest
from glossator.wiring.accounts import close_accounts, cookie_options, wire_accounts
from glossator.wiring.answering import wire_answering
from glossator.wiring.book import run_jobs, wire_book
from glossator.wiring.conversations import run_history
from glossator.wiring.database import prepare_database, run_expiry
from glossator.wiring.rewriting import wire_rewriting

BLUEPRINTS = (
    home.bp, health.bp, config.bp, chat.bp, conversations.bp, search.bp, read.bp, ingest.bp,
    rewriting.bp, auth.bp, auth_sessions.bp, auth_account.bp,
)  # fmt: skip


@asynccontextmanager
async def started(configuration: Configuration, draining: Draining) -> AsyncIterator[Services]:
    """Every service up and joined. Raises StartupFailed; nothing was served then."""
    registry = registry_of(configuration)
    async with registry.running() as services:
        await prepare_database(services)
        await wire_accounts(services, configuration)
        services.provide(Draining, draining)
        services.provide(Readiness, Readiness(registry.started, services))
        services.provide(WebOptions, web_options(configuration))
        services.provide(MovingWindowRateLimiter, MovingWindowRateLimiter(MemoryStorage()))
        wire_book(services, configuration)
        wire_answering(services, configuration)
        wire_rewriting(services, configuration)
        async with (
            close_accounts(services),
            run_jobs(services, configuration),
            run_history(services),
            services.get(Rewriting).kept,
            run_expiry(services),
        ):
            yield services


def registry_of(configuration: Configuration) -> Registry:
    """Raises SettingsInvalid when the listed plugins do not fit together."""
    needed = (Embedder, PassageIndex, ChatModel)
    return Registry(discover(configuration.plugins), configuration.settings, configuration.provides, needed)


def web_options(configuration: Configuration) -> WebOptions:
    settings = configuration.settings
    return WebOptions(
        version=version("glossator"),
        origins=configuration.origins.allowed,
        trusted_origins=configuration.origins.trusted,
        trusted_hops=settings[conf.SERVER_TRUSTED_HOPS],
        admin_key=settings[conf.ADMIN_API_KEY],
        anonymous_chat=settings[auth_conf.AUTH_ANONYMOUS_CHAT],
        cookies=cookie_options(configuration),
        forgotten_password=settings[auth_conf.AUTH_FORGOTTEN_PASSWORD],
    )


def register(app: Quart, services: Services) -> None:
    """Everything the app serves; called once every service is up."""
    attach(app, services)
    errors.register(app)
    options.register(app, services.get(WebOptions))
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for wrapper in services.wrappers:
        # Quart's own way to add middleware; assigned like this because a type checker lets no method be replaced
        vars(app)["asgi_app"] = wrapper.wrap(app.asgi_app)


@asynccontextmanager
async def running_app(configuration: Configuration, draining: Draining) -> AsyncIterator[Quart]:
    """The served app, for our own entries: services are up before it exists."""
    async with started(configuration, draining) as services:
        app = WebApp()
        register(app, services)
        yield app


def create_app() -> Quart:
    """For servers that we do not control, such as `quart run`: a failed start ends the process with our code."""
    try:
        configuration = conf.load()
    except StartupFailed as failure:
        _give_up(failure)
    logs.configure(configuration.settings[conf.LOG_FORMAT], configuration.settings[conf.LOG_LEVEL])
    app = WebApp()

    @app.while_serving
    async def serving() -> AsyncGenerator[None, None]:
        draining = Draining()
        try:
            async with started(configuration, draining) as services:
                register(app, services)
                yield
                draining.set()
        except StartupFailed as failure:
            _give_up(failure)

    return app


def _give_up(failure: StartupFailed) -> NoReturn:
    """These servers turn every error into a traceback and a code of their own, so nothing is left to them."""
    for line in failure.lines:
        sys.stderr.write(f"glossator: {line}\n")
    sys.stderr.flush()
    os._exit(failure.code)
