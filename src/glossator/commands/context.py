"""Chooses a command's environment and finds the running server that owns the data folder."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

from glossator.commands.ingest.command import CommandContext, IngestBackend, run_ingest
from glossator.commands.ingest.remote import RemoteIngest
from glossator.commands.server.local_server import LocalServer, find_server
from glossator.configuration import core as conf
from glossator.configuration.core import Configuration
from glossator.domain.book.ingest.ingest import Ingest
from glossator.kernel.settings.environment import read_environment
from glossator.wiring.book import book_options
from glossator.wiring.partial import open_ingest_services

DEFAULT_DATA: Path = Path(".glossator")
JOIN_DATABASE: Final = {"LOCAL_POSTGRES__JOIN": "true"}
"""For commands that only need the database: they connect to the one of a running server."""


def command_configuration(options: dict[str, str] | None = None) -> Configuration:
    return conf.load(options, environment=command_environment())


def command_environment() -> str | None:
    """GLOSSATOR_ENV if set; otherwise the embedded environment when its data folder exists and QDRANT_URL is unset."""
    environment = read_environment(Path(".env"))
    data = Path(environment.text("DATA_PATH") or DEFAULT_DATA)
    embedded = not environment.text("GLOSSATOR_ENV") and not environment.text("QDRANT_URL") and data.is_dir()
    return conf.EMBEDDED if embedded else None


async def find_data_owner(configuration: Configuration) -> LocalServer | None:
    """The running server that owns the data of the embedded services."""
    if configuration.environment != conf.EMBEDDED:
        return None
    return await find_server(configuration.settings[conf.DATA_PATH])


def ingest_context() -> CommandContext:
    """Sets REBUILD, because an ingest may replace a build that was made with another embedding model."""
    configuration = command_configuration({"REBUILD": "true"})
    options = book_options(configuration)

    @asynccontextmanager
    async def open_backend() -> AsyncIterator[IngestBackend]:
        server = await find_data_owner(configuration)
        if server:
            yield RemoteIngest(server)
            return
        async with open_ingest_services(configuration) as services:
            yield services.get(Ingest)

    return CommandContext(options.docs, options.ingest.title, options.ingest.site_url, options.generator, open_backend)


ingest: Final = partial(run_ingest, ingest_context)
