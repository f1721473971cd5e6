"""Real accounts from the environment or `.env`, with temporary collections and databases for the tests."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import asyncpg
import pytest
from qdrant_client import AsyncQdrantClient, models

from glossator.configuration import core as conf
from glossator.configuration.core import Configuration
from glossator.kernel.discovery import discover
from glossator.kernel.plugin import Service
from glossator.kernel.services import Services
from glossator.kernel.settings.environment import Environment, read_environment
from glossator_plugins.postgres.dsn import clean_dsn, system_tls
from glossator_plugins.qdrant.client import create_client
from glossator_plugins.qdrant.plugin import API_KEY, TIMEOUT, cluster_of

OPENAI: Final = "OPENAI_API_KEY or OPENAI_BASE_URL"
QDRANT: Final = "QDRANT_URL"
NEON: Final = "NEON_API_KEY"
SECONDS: Final = 180
PREFIX: Final = "glossator-live"
"""Prefix of all temporary names, to find leftovers of a killed run."""


def environment() -> Environment:
    return read_environment(Path(".env"))


def is_configured(names: str) -> bool:
    """Whether one of the names in `A or B` is set."""
    return any(environment().text(name) for name in names.split(" or "))


def live(*needed: str) -> list[pytest.MarkDecorator]:
    """Marks for a module that needs these settings; it is skipped with a message when one is missing."""
    missing = [names for names in needed if not is_configured(names)]
    skipped = pytest.mark.skipif(bool(missing), reason=f"not set: {', '.join(missing)}")
    return [pytest.mark.live, pytest.mark.timeout(SECONDS), skipped]


def configured(plugins: str, options: Mapping[str, str] | None = None) -> Configuration:
    """The production configuration for these plugins, overridden by `options`."""
    own = {"PLUGINS": plugins, "BETTER_AUTH_SECRET": secrets.token_urlsafe(32)}
    return conf.load(own | dict(options or {}), environment="production")


@asynccontextmanager
async def open_plugin(
    name: str, services: Services, options: Mapping[str, str] | None = None
) -> AsyncIterator[Service]:
    """Opens and checks one plugin like the registry."""
    (plugin,) = discover([name])
    async with plugin.open(configured(name, options).settings, services) as service:
        await service.check()
        yield service


@asynccontextmanager
async def throwaway_collection() -> AsyncIterator[str]:
    """An unused collection name; all collections with this prefix are deleted afterwards."""
    name = f"{PREFIX}-{secrets.token_hex(6)}"
    settings = configured("qdrant").settings
    client = create_client(cluster_of(settings), settings[API_KEY], settings[TIMEOUT])
    try:
        yield name
    finally:
        await remove(client, f"{name}--")
        await client.close()


async def remove(client: AsyncQdrantClient, prefix: str) -> None:
    for alias in (await client.get_aliases()).aliases:
        if alias.alias_name.startswith(prefix):
            gone = models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=alias.alias_name))
            await client.update_collection_aliases([gone])
    for collection in (await client.get_collections()).collections:
        if collection.name.startswith(prefix):
            await client.delete_collection(collection.name)


@asynccontextmanager
async def throwaway_database() -> AsyncIterator[str]:
    """Connection string of a new, empty database; the operator's own database is not changed."""
    given = environment().text(NEON)
    name = f"{PREFIX}-{secrets.token_hex(6)}"
    try:
        await administer(given, f'CREATE DATABASE "{name}"')
    except asyncpg.InsufficientPrivilegeError:
        pytest.skip(f"the role of {NEON} may not create a database: ALTER ROLE ... CREATEDB")
    try:
        yield urlsplit(clean_dsn(given))._replace(path=f"/{name}").geturl()
    finally:
        await administer(given, f'DROP DATABASE "{name}" WITH (FORCE)')


async def administer(dsn: str, sql: str) -> None:
    """Waits longer, since a suspended compute needs time to start."""
    connection = await asyncpg.connect(clean_dsn(dsn), ssl=system_tls(dsn), timeout=30, statement_cache_size=0)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
