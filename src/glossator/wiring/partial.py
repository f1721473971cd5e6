"""Starts only the services that a command needs."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from glossator.configuration.core import Configuration
from glossator.domain.accounts.services import AccountServices
from glossator.domain.book.index import PassageIndex
from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.ports.database import Database
from glossator.domain.ports.embedder import Embedder
from glossator.domain.ports.workers import AnyThread, Workers
from glossator.kernel.errors import ExitCode, StartupFailed
from glossator.kernel.services import Services
from glossator.wiring.accounts import close_accounts, wire_accounts
from glossator.wiring.answering import wire_answering
from glossator.wiring.book import wire_book
from glossator.wiring.budget import run_budget, wire_budget
from glossator.wiring.database import prepare_database
from glossator.wiring.registry import partial_registry
from glossator.wiring.rewriting import wire_rewriting

log = logging.getLogger(__name__)


@asynccontextmanager
async def open_book_services(configuration: Configuration) -> AsyncIterator[Services]:
    """Starts what searching needs: no database and no accounts. The operator's searches are not counted."""
    async with partial_registry(configuration, Embedder, PassageIndex).running() as services:
        wire_budget(services, configuration)
        services.provide(Workers, AnyThread())
        wire_book(services, configuration)
        yield services


@asynccontextmanager
async def open_ingest_services(configuration: Configuration) -> AsyncIterator[Services]:
    """Starts what ingesting needs: no accounts, and the database only for the budget."""
    registry = partial_registry(configuration, Embedder, PassageIndex, ChatModel)
    async with registry.running() as services, run_shared_budget(services, configuration):
        services.provide(Workers, AnyThread())
        wire_book(services, configuration)
        yield services


@asynccontextmanager
async def open_answering_services(configuration: Configuration) -> AsyncIterator[Services]:
    """Starts what answering needs: no accounts, and the database only for the budget."""
    registry = partial_registry(configuration, Embedder, PassageIndex, ChatModel)
    async with registry.running() as services, run_shared_budget(services, configuration):
        services.provide(Workers, AnyThread())
        wire_book(services, configuration)
        wire_answering(services, configuration)
        yield services


@asynccontextmanager
async def open_account_services(configuration: Configuration) -> AsyncIterator[Services]:
    """Starts the database, which another process may be using too, and the services of accounts."""
    async with open_database(configuration) as services:
        await wire_accounts(services, configuration)
        if AccountServices not in services:
            raise StartupFailed(ExitCode.SETTINGS, ["BETTER_AUTH_SECRET: is required for accounts - set it"])
        async with close_accounts(services):
            yield services


@asynccontextmanager
async def open_rewriting_services(configuration: Configuration) -> AsyncIterator[Services]:
    """Starts the chat model and the database with its results."""
    async with partial_registry(configuration, ChatModel, Database).running() as services:
        await prepare_database(services)
        wire_budget(services, configuration)
        services.provide(Workers, AnyThread())
        wire_rewriting(services, configuration)
        async with run_budget(services):
            yield services


@asynccontextmanager
async def open_database(configuration: Configuration) -> AsyncIterator[Services]:
    async with partial_registry(configuration, Database).running() as services:
        await prepare_database(services)
        yield services


@asynccontextmanager
async def run_shared_budget(services: Services, configuration: Configuration) -> AsyncIterator[None]:
    """Counts with all other processes, if a model costs money and the database starts; else alone."""
    async with AsyncExitStack() as stack:
        database = None
        if costs_money(services):
            try:
                opened = await stack.enter_async_context(open_database(configuration))
            except StartupFailed as failure:
                log.warning("budget_counts_alone: %s", "; ".join(failure.lines))
            else:
                database = opened.get(Database)
        wire_budget(services, configuration, database)
        await stack.enter_async_context(run_budget(services))
        yield


def costs_money(services: Services) -> bool:
    chat = services.get(ChatModel).usd_per_million_chat_tokens if ChatModel in services else ()
    return any((services.get(Embedder).usd_per_million_tokens, *chat))
