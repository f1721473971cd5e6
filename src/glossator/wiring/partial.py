"""Starts only the services that a command needs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from glossator.configuration.core import Configuration
from glossator.domain.accounts.services import AccountServices
from glossator.domain.book.index import PassageIndex
from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.ports.database import Database
from glossator.domain.ports.embedder import Embedder
from glossator.domain.ports.workers import AnyThread, Workers
from glossator.kernel.discovery import discover
from glossator.kernel.errors import ExitCode, StartupFailed
from glossator.kernel.registry import Registry
from glossator.kernel.services import Services
from glossator.wiring.accounts import close_accounts, wire_accounts
from glossator.wiring.answering import wire_answering
from glossator.wiring.book import wire_book
from glossator.wiring.budget import run_budget, wire_budget
from glossator.wiring.database import prepare_database
from glossator.wiring.rewriting import wire_rewriting


def partial_registry(configuration: Configuration, *needed: type) -> Registry:
    """The listed plugins that provide one of these types. Raises SettingsInvalid if a type has no provider."""
    plugins = [plugin for plugin in discover(configuration.plugins) if set(needed) & set(plugin.provides)]
    return Registry(plugins, configuration.settings, configuration.provides, needed)


@asynccontextmanager
async def open_book_services(configuration: Configuration) -> AsyncIterator[Services]:
    """Starts what ingesting and searching need: no database and no accounts."""
    async with partial_registry(configuration, Embedder, PassageIndex).running() as services:
        wire_budget(services, configuration)
        wire_book(services, configuration)
        yield services


@asynccontextmanager
async def open_answering_services(configuration: Configuration) -> AsyncIterator[Services]:
    """Starts what answering needs: no database and no accounts."""
    async with partial_registry(configuration, Embedder, PassageIndex, ChatModel).running() as services:
        wire_budget(services, configuration)
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
