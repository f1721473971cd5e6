"""Where a command works: in the environment it is told, next to the server that owns the data if there is one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from glossator.commands.ingest.command import CommandContext, IngestBackend
from glossator.commands.ingest.remote import RemoteIngest
from glossator.commands.server.local_server import LocalServer, find_server
from glossator.configuration import core as conf
from glossator.configuration.core import Configuration
from glossator.domain.book.ingest.ingest import Ingest
from glossator.kernel.settings.environment import read_environment
from glossator.wiring.book import book_options
from glossator.wiring.partial import open_book_services

DATA: Path = Path(".glossator")
JOINED: Final = {"LOCAL_POSTGRES__JOIN": "true"}
"""For a command that only needs the database: a running server lets others use its own."""


def command_configuration(options: dict[str, str] | None = None) -> Configuration:
    return conf.load(options, environment=command_environment())


def command_environment() -> str | None:
    """GLOSSATOR_ENV decides; without it this is the laptop when `dev` left its data here and QDRANT_URL is not set."""
    given = read_environment(Path(".env"))
    data = Path(given.text("DATA_PATH") or DATA)
    laptop = not given.text("GLOSSATOR_ENV") and not given.text("QDRANT_URL") and data.is_dir()
    return conf.EMBEDDED if laptop else None


async def owner_of_data(configuration: Configuration) -> LocalServer | None:
    """The running server that owns the embedded services' data."""
    if configuration.environment != conf.EMBEDDED:
        return None
    return await find_server(configuration.settings[conf.DATA_PATH])


def ingest_context() -> CommandContext:
    """A build of another model is no obstacle here: a rebuild is what mends it."""
    configuration = command_configuration({"REBUILD": "true"})
    rules = book_options(configuration)

    @asynccontextmanager
    async def opened() -> AsyncIterator[IngestBackend]:
        server = await owner_of_data(configuration)
        if server:
            yield RemoteIngest(server)
            return
        async with open_book_services(configuration) as services:
            yield services.get(Ingest)

    return CommandContext(rules.docs, rules.ingest.title, rules.ingest.site_url, rules.generator, opened)
