"""`glossator dev`: runs everything on this machine and reloads the book when it changes."""

import asyncio
import logging
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
from quart import Quart

from glossator.app import configure_logging, register, running_services
from glossator.commands.ingest.follow import FolderWatcher
from glossator.commands.runner import run_to_exit
from glossator.commands.server.local_server import LocalServer, find_server, write_server_file
from glossator.commands.server.process import run
from glossator.configuration import core as conf
from glossator.configuration.core import Configuration
from glossator.configuration.server import SERVER_HOST
from glossator.domain.ports.chat_model import ChatModel
from glossator.kernel.draining import Draining
from glossator.kernel.errors import ExitCode
from glossator.kernel.services import Services
from glossator.kernel.settings.environment import Environment, read_environment
from glossator.kernel.settings.secret import Secret
from glossator.web.http.context import WebApp

log = logging.getLogger(__name__)

DATA_FOLDERS: Final = ("index", "postgres")
GENERATING_MODEL: Final = {
    "PLUGINS": "local_models,openai,qdrant_edge,local_postgres,tracing",
    "PROVIDES__LOCAL_MODELS": "Embedder",
    "PROVIDES__OPENAI": "ChatModel",
}


@dataclass(frozen=True)
class DevFlags:
    docs: Path | None
    port: int | None
    data: Path | None
    reset: bool
    new_book: bool


@click.command()
@click.option(
    "--docs",
    type=click.Path(exists=True, path_type=Path),
    help="Folder with the book (default: DOCS_PATH). Replaces another book in the data folder.",
)
@click.option("--port", type=click.IntRange(1024, 65535), help="Port to listen on (default: PORT).")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Data folder (default: DATA_PATH).")
@click.option("--reset", is_flag=True, help="Delete the index and the database first.")
@click.option("--new-book", is_flag=True, help="Allow the book in DOCS_PATH to replace another one.")
def dev(docs: Path | None, port: int | None, data: Path | None, reset: bool, new_book: bool) -> None:
    """Run everything on this machine: load the book, reload it when it changes, and serve it.

    Needs no account and no key. With OPENAI_API_KEY or OPENAI_BASE_URL set, that model generates the answers.

    After an upgrade the book is built again while the old build is served. A replaced book can be restored with
    `glossator ingest --rollback`.
    """
    flags = DevFlags(docs, port, data, reset, new_book)
    run_to_exit(lambda: _dev(flags))


async def _dev(flags: DevFlags) -> ExitCode:
    configuration = conf.load(option_overrides(flags), environment=conf.EMBEDDED)
    settings = configuration.settings
    running = await find_server(settings[conf.DATA_PATH])
    if running:
        click.echo(f"Glossator is already running at {running.url} (process {running.pid}).")
        return ExitCode.OK
    configure_logging(configuration)
    return await run(
        lambda draining: _app(configuration, draining, flags),
        host=settings[SERVER_HOST],
        port=settings[conf.PORT],
    )


def option_overrides(flags: DevFlags) -> dict[str, str]:
    """Settings that the command overrides."""
    environment = read_environment(Path(".env"))
    chosen = generating_model(environment) | {"INGEST_ON_START": "0"}  # the folder is followed instead
    if not environment.text("ADMIN_API_KEY"):
        chosen["ADMIN_API_KEY"] = secrets.token_urlsafe(32)
    by_flag = {"DOCS_PATH": flags.docs, "PORT": flags.port, "DATA_PATH": flags.data}
    return chosen | {name: str(value) for name, value in by_flag.items() if value is not None}


def generating_model(environment: Environment) -> dict[str, str]:
    """Selects the OpenAI plugin for answers when a key or base URL is set and PLUGINS is not."""
    named = environment.text("OPENAI_API_KEY") or environment.text("OPENAI_BASE_URL")
    return dict(GENERATING_MODEL) if named and not environment.text("PLUGINS") else {}


def _reset(data: Path) -> None:
    for name in DATA_FOLDERS:
        shutil.rmtree(data / name, ignore_errors=True)
    click.echo(f"Deleted the index and the database in {data}.")


@asynccontextmanager
async def _app(configuration: Configuration, draining: Draining, flags: DevFlags) -> AsyncIterator[Quart]:
    settings = configuration.settings
    if flags.reset:
        await asyncio.to_thread(_reset, settings[conf.DATA_PATH])
    async with running_services(configuration, draining) as services:
        app = WebApp()
        register(app, services)
        server = LocalServer.current_process(settings[conf.PORT], settings[conf.ADMIN_API_KEY] or Secret(""))
        with write_server_file(settings[conf.DATA_PATH], server):
            watcher = FolderWatcher.from_services(services, new_book=flags.new_book or flags.docs is not None)
            task = asyncio.create_task(_follow(watcher, server, services))
            try:
                yield app
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)


async def _follow(watcher: FolderWatcher, server: LocalServer, services: Services) -> None:
    try:
        await watcher.load()
        click.echo(await _banner(watcher, server, services.get(ChatModel)), err=True)
        async with asyncio.TaskGroup() as group:
            filling = group.create_task(watcher.fill())
            await watcher.watch()
            filling.cancel()
    except Exception:
        log.exception("following_stopped: changes to the book are no longer loaded")


async def _banner(watcher: FolderWatcher, server: LocalServer, model: ChatModel) -> str:
    answers = (
        f"generated by {model.chat_model}"
        if model.generates
        else "quoted from the book (set OPENAI_API_KEY or OPENAI_BASE_URL for generated answers)"
    )
    return "\n".join(
        [
            "",
            f"  Glossator is running at {server.url}",
            f"    book     {await watcher.describe()}",
            f"    answers  {answers}",
            "    stop     Ctrl-C",
            "",
        ]
    )
