"""Starts only a part of the house, for commands that do one thing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from glossator.configuration.core import Configuration
from glossator.domain.accounts.services import AccountServices
from glossator.domain.book.index import PassageIndex
from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.ports.database import Database
from glossator.domain.ports.embedder import Embedder
from glossator.kernel.discovery import discover
from glossator.kernel.errors import ExitCode, StartupFailed
from glossator.kernel.registry import Registry
from glossator.kernel.services import Services
from glossator.wiring.accounts import close_accounts, wire_accounts
from glossator.wiring.book import wire_book
from glossator.wiring.database import prepare_database
from glossator.wiring.rewriting import wire_rewriting


def registry_of_part(configuration: Configuration, *needed: type) -> Registry:
    """The listed plugins that provide one of these. Raises SettingsInvalid when they do not provide them all."""
    plugins = [plugin for plugin in discover(configuration.plugins) if set(needed) & set(plugin.provides)]
    return Registry(plugins, configuration.settings, configuration.provides, needed)


@asynccontextmanager
async def started_for_book(configuration: Configuration) -> AsyncIterator[Services]:
    """Only what filling and searching the book need: no database, no account, no server."""
    async with registry_of_part(configuration, Embedder, PassageIndex).running() as services:
        wire_book(services, configuration)
        yield services


@asynccontextmanager
async def started_for_accounts(configuration: Configuration) -> AsyncIterator[Services]:
    """Only what accounts need: the database, which another process may be using, and the services over it."""
    async with started_with_database(configuration) as services:
        await wire_accounts(services, configuration)
        if AccountServices not in services:
            raise StartupFailed(ExitCode.SETTINGS, ["BETTER_AUTH_SECRET: is not set, and accounts need it - set it"])
        async with close_accounts(services):
            yield services


@asynccontextmanager
async def started_for_rewriting(configuration: Configuration) -> AsyncIterator[Services]:
    """Only the model that writes and the database with its results."""
    async with registry_of_part(configuration, ChatModel, Database).running() as services:
        await prepare_database(services)
        wire_rewriting(services, configuration)
        yield services


@asynccontextmanager
async def started_with_database(configuration: Configuration) -> AsyncIterator[Services]:
    async with registry_of_part(configuration, Database).running() as services:
        await prepare_database(services)
        yield services
