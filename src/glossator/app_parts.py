"""Starts only a part of the house, for commands that do one thing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from glossator.app_accounts import closing_accounts, join_accounts
from glossator.app_book import join_book
from glossator.app_rewriting import join_rewriting
from glossator.configuration import Configuration
from glossator.domain.accounts.services import AccountServices
from glossator.domain.errors import Unavailable
from glossator.domain.ports import ChatModel, Database, Embedder, PassageIndex
from glossator.kernel.discovery import discover
from glossator.kernel.errors import ExitCode, ServiceFault, StartupFailed
from glossator.kernel.periodic import repeating
from glossator.kernel.registry import Registry
from glossator.kernel.services import Services
from glossator.storage.migrations import migrate
from glossator.storage.sweeping import Sweeper

FIRST_SWEEP: Final = 60.0  # seconds after the start, when the database is awake anyway
SWEEP_EVERY: Final = 6 * 3600.0  # each round wakes a database that sleeps when nobody asks


def registry_of_part(configuration: Configuration, *needed: type) -> Registry:
    """The listed plugins that provide one of these. Raises SettingsInvalid when they do not provide them all."""
    plugins = [plugin for plugin in discover(configuration.plugins) if set(needed) & set(plugin.provides)]
    return Registry(plugins, configuration.settings, configuration.provides, needed)


@asynccontextmanager
async def started_for_book(configuration: Configuration) -> AsyncIterator[Services]:
    """Only what filling and searching the book need: no database, no account, no server."""
    async with registry_of_part(configuration, Embedder, PassageIndex).running() as services:
        join_book(services, configuration)
        yield services


@asynccontextmanager
async def started_for_accounts(configuration: Configuration) -> AsyncIterator[Services]:
    """Only what accounts need: the database, which another process may be using, and the services over it."""
    async with started_with_database(configuration) as services:
        await join_accounts(services, configuration)
        if AccountServices not in services:
            raise StartupFailed(ExitCode.SETTINGS, ["BETTER_AUTH_SECRET: is not set, and accounts need it - set it"])
        async with closing_accounts(services):
            yield services


@asynccontextmanager
async def started_for_rewriting(configuration: Configuration) -> AsyncIterator[Services]:
    """Only the model that writes and the database with its results."""
    async with registry_of_part(configuration, ChatModel, Database).running() as services:
        await prepare_database(services)
        join_rewriting(services, configuration)
        yield services


@asynccontextmanager
async def started_with_database(configuration: Configuration) -> AsyncIterator[Services]:
    async with registry_of_part(configuration, Database).running() as services:
        await prepare_database(services)
        yield services


async def prepare_database(services: Services) -> None:
    """Brings our schema up to date. Raises StartupFailed."""
    if Database not in services:
        return
    try:
        await migrate(services.get(Database))
    except (ServiceFault, Unavailable) as fault:
        raise StartupFailed(ExitCode.UNAVAILABLE, [f"database: {fault}"]) from fault


@asynccontextmanager
async def sweeping(
    services: Services, *, first: float = FIRST_SWEEP, every: float = SWEEP_EVERY
) -> AsyncIterator[None]:
    """Removes rows whose time has passed, for as long as the server serves. Without a database there are none."""
    if Database not in services:
        yield
        return
    async with repeating(Sweeper(services.get(Database)).sweep, first=first, every=every):
        yield
