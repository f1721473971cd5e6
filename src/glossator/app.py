"""Joins things, as `app_accounts` does for its part: registry up, repositories, domain services, then blueprints."""

import logging
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import NoReturn

from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from quart import Quart

from glossator import account_settings as auth_conf
from glossator import configuration as conf
from glossator.app_accounts import cookie_rules, join_accounts
from glossator.app_rewriting import join_rewriting
from glossator.configuration import Configuration
from glossator.domain.accounts.services import AccountServices
from glossator.domain.answering.answer import Answering, AnsweringRules
from glossator.domain.answering.retrieve import RetrievalRules, Retriever
from glossator.domain.book.cut import Limits
from glossator.domain.book.filling import Filling
from glossator.domain.book.ingest import Ingest, Options
from glossator.domain.book.job_memory import MemoryJobs
from glossator.domain.book.job_ports import JobRecords
from glossator.domain.book.jobs import Jobs
from glossator.domain.book.rules import BookRules
from glossator.domain.book.split import Splitter
from glossator.domain.conversations.history import History
from glossator.domain.conversations.ports import Conversations
from glossator.domain.errors import DomainError, Unavailable
from glossator.domain.ports import ChatModel, Database, Embedder, PassageIndex
from glossator.kernel import logs
from glossator.kernel.discovery import discover
from glossator.kernel.draining import Draining
from glossator.kernel.errors import ExitCode, ServiceFault, StartupFailed
from glossator.kernel.readiness import Readiness
from glossator.kernel.registry import Registry
from glossator.kernel.services import Services
from glossator.storage.conversations import StoredConversations
from glossator.storage.jobs import StoredJobs
from glossator.storage.migrations import migrate
from glossator.web import (
    auth,
    auth_account,
    auth_sessions,
    chat,
    conversations,
    errors,
    health,
    home,
    ingest,
    read,
    rewriting,
    rules,
    search,
)
from glossator.web.context import WebRules, attach

log = logging.getLogger(__name__)

BLUEPRINTS = (
    home.bp, health.bp, chat.bp, conversations.bp, search.bp, read.bp, ingest.bp,
    rewriting.bp, auth.bp, auth_sessions.bp, auth_account.bp,
)  # fmt: skip


@asynccontextmanager
async def started(configuration: Configuration, draining: Draining) -> AsyncIterator[Services]:
    """Every service up and joined. Raises StartupFailed; nothing was served then."""
    registry = registry_of(configuration)
    async with registry.running() as services:
        await prepare_database(services)
        await join_accounts(services, configuration)
        services.provide(Draining, draining)
        services.provide(Readiness, Readiness(registry.started, services))
        services.provide(WebRules, web_rules(configuration))
        services.provide(MovingWindowRateLimiter, MovingWindowRateLimiter(MemoryStorage()))
        join_book(services, configuration)
        join_answering(services, configuration)
        join_rewriting(services, configuration)
        async with Jobs(job_records(services), alone=configuration.settings[conf.REPLICAS] == 1) as jobs:
            filling = Filling(jobs, services.get(Ingest), services.get(BookRules))
            services.provide(Jobs, jobs)
            services.provide(Filling, filling)
            if configuration.settings[conf.INGEST_ON_START]:
                await fill_at_start(filling)
            async with keeping_history(services):
                yield services


@asynccontextmanager
async def keeping_history(services: Services) -> AsyncIterator[None]:
    """Until the last exchange is stored. Without a database nothing is."""
    if Database not in services:
        yield
        return
    stored = StoredConversations(services.get(Database))
    services.provide(Conversations, stored)
    async with History(stored) as history:
        services.provide(History, history)
        yield


def job_records(services: Services) -> JobRecords:
    return StoredJobs(services.get(Database)) if Database in services else MemoryJobs()


async def fill_at_start(filling: Filling) -> None:
    """The book that is there is served meanwhile; a fault is told and does not stop the start."""
    try:
        job = await filling.start_folder()
    except DomainError as fault:
        log.warning("INGEST_ON_START: %s", fault)
    else:
        log.info("INGEST_ON_START: job %s brings DOCS_PATH into the book", job.id)


def registry_of(configuration: Configuration) -> Registry:
    """Raises SettingsInvalid when the listed plugins do not fit together."""
    needed = (Embedder, PassageIndex, ChatModel)
    return Registry(discover(configuration.plugins), configuration.settings, configuration.provides, needed)


async def prepare_database(services: Services) -> None:
    """Brings our schema up to date. Raises StartupFailed."""
    if Database not in services:
        return
    try:
        await migrate(services.get(Database))
    except (ServiceFault, Unavailable) as fault:
        raise StartupFailed(ExitCode.UNAVAILABLE, [f"database: {fault}"]) from fault


@asynccontextmanager
async def started_for_book(configuration: Configuration) -> AsyncIterator[Services]:
    """Only what filling and searching the book need: no database, no account, no server."""
    needed = (Embedder, PassageIndex)
    plugins = [plugin for plugin in discover(configuration.plugins) if set(needed) & set(plugin.provides)]
    async with Registry(plugins, configuration.settings, configuration.provides, needed).running() as services:
        join_book(services, configuration)
        yield services


@asynccontextmanager
async def started_for_accounts(configuration: Configuration) -> AsyncIterator[Services]:
    """Only what accounts need: the database, which another process may be using, and the services over it."""
    async with started_with_database(configuration) as services:
        await join_accounts(services, configuration)
        if AccountServices not in services:
            raise StartupFailed(ExitCode.SETTINGS, ["BETTER_AUTH_SECRET: is not set, and accounts need it - set it"])
        yield services


@asynccontextmanager
async def started_for_rewriting(configuration: Configuration) -> AsyncIterator[Services]:
    """Only the model that writes and the database with its results."""
    needed = (ChatModel, Database)
    plugins = [plugin for plugin in discover(configuration.plugins) if set(needed) & set(plugin.provides)]
    async with Registry(plugins, configuration.settings, configuration.provides, needed).running() as services:
        await prepare_database(services)
        join_rewriting(services, configuration)
        yield services


@asynccontextmanager
async def started_with_database(configuration: Configuration) -> AsyncIterator[Services]:
    plugins = [plugin for plugin in discover(configuration.plugins) if Database in plugin.provides]
    async with Registry(plugins, configuration.settings, configuration.provides, (Database,)).running() as services:
        await prepare_database(services)
        yield services


def join_book(services: Services, configuration: Configuration) -> None:
    """What reads and writes the book."""
    settings, embedder, index = configuration.settings, services.get(Embedder), services.get(PassageIndex)
    limits = Limits(tokens=embedder.max_tokens, characters=settings[conf.INGEST_CHARACTERS])
    rules = book_rules(configuration)
    splitter = Splitter(rules.generator, limits, embedder.count_tokens)
    retrieval = RetrievalRules(settings[conf.RETRIEVAL_PASSAGES], settings[conf.RETRIEVAL_CANDIDATES])
    services.provide(BookRules, rules)
    services.provide(Ingest, Ingest(index, embedder, splitter, batch=settings[conf.INGEST_BATCH]))
    services.provide(Retriever, Retriever(embedder, index, retrieval))


def join_answering(services: Services, configuration: Configuration) -> None:
    settings = configuration.settings
    rules = AnsweringRules(
        evidence=services.get(Embedder).evidence,
        base_url=services.get(BookRules).base_url,
        deadline=settings[conf.ANSWERING_DEADLINE],
        max_tokens=settings[conf.ANSWERING_MAX_TOKENS],
    )
    services.provide(AnsweringRules, rules)
    services.provide(Answering, Answering(services.get(Retriever), services.get(ChatModel), rules))


def book_rules(configuration: Configuration) -> BookRules:
    settings = configuration.settings
    site = settings[conf.SITE_URL]
    return BookRules(
        docs=settings[conf.DOCS_PATH],
        generator=settings[conf.SITE_GENERATOR],
        base_url=f"{site.rstrip('/')}/" if site else "/read/",
        options=Options(title=settings[conf.BOOK_TITLE] or "", site_url=site or ""),
    )


def web_rules(configuration: Configuration) -> WebRules:
    settings = configuration.settings
    return WebRules(
        version=version("glossator"),
        origins=configuration.origins.allowed,
        trusted_origins=configuration.origins.trusted,
        trusted_hops=settings[conf.SERVER_TRUSTED_HOPS],
        admin_key=settings[conf.ADMIN_API_KEY],
        anonymous_chat=settings[auth_conf.AUTH_ANONYMOUS_CHAT],
        cookies=cookie_rules(configuration),
        forgotten_password=settings[auth_conf.AUTH_FORGOTTEN_PASSWORD],
    )


def register(app: Quart, services: Services) -> None:
    """Everything the app serves; called once every service is up."""
    attach(app, services)
    errors.register(app)
    rules.register(app, services.get(WebRules))
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for wrapper in services.wrappers:
        # Quart's own way to add middleware; assigned like this because a type checker lets no method be replaced
        vars(app)["asgi_app"] = wrapper.wrap(app.asgi_app)


@asynccontextmanager
async def running_app(configuration: Configuration, draining: Draining) -> AsyncIterator[Quart]:
    """The served app, for our own entries: services are up before it exists."""
    async with started(configuration, draining) as services:
        app = Quart(__name__, static_folder=None)
        register(app, services)
        yield app


def create_app() -> Quart:
    """For servers that we do not control, such as `quart run`: a failed start ends the process with our code."""
    try:
        configuration = conf.load()
    except StartupFailed as failure:
        _give_up(failure)
    logs.configure(configuration.settings[conf.LOG_FORMAT], configuration.settings[conf.LOG_LEVEL])
    app = Quart(__name__, static_folder=None)

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
