"""The accounts that the environment (or `.env`) names, and what is made in them for a test and taken away again."""

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
"""Of every name that is made here: what a killed run has left is found by it."""


def environment() -> Environment:
    return read_environment(Path(".env"))


def is_set(names: str) -> bool:
    """One of `A or B`."""
    return any(environment().text(name) for name in names.split(" or "))


def live(*needed: str) -> list[pytest.MarkDecorator]:
    """Marks of a module that works on these accounts; without one of them it is skipped, and says for want of which."""
    missing = [names for names in needed if not is_set(names)]
    skipped = pytest.mark.skipif(bool(missing), reason=f"not set: {', '.join(missing)}")
    return [pytest.mark.live, pytest.mark.timeout(SECONDS), skipped]


def configured(plugins: str, options: Mapping[str, str] | None = None) -> Configuration:
    """What the operator set, for these plugins in production; `options` win."""
    own = {"PLUGINS": plugins, "BETTER_AUTH_SECRET": secrets.token_urlsafe(32)}
    return conf.load(own | dict(options or {}), environment="production")


@asynccontextmanager
async def opened(name: str, services: Services, options: Mapping[str, str] | None = None) -> AsyncIterator[Service]:
    """One plugin as the registry opens it, checked."""
    (plugin,) = discover([name])
    async with plugin.open(configured(name, options).settings, services) as service:
        await service.check()
        yield service


@asynccontextmanager
async def throwaway_collection() -> AsyncIterator[str]:
    """A name that nothing bears; every collection that was made under it is removed."""
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
    """Connection string of an empty database beside the operator's own, which is not touched."""
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
    """A waking compute may take its time."""
    connection = await asyncpg.connect(clean_dsn(dsn), ssl=system_tls(dsn), timeout=30, statement_cache_size=0)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
