"""`glossator serve`: starts the services of settings.toml, then the HTTP server."""

import click

from glossator.app import configure_logging, running_app
from glossator.commands.runner import run_to_exit
from glossator.commands.server.process import run
from glossator.configuration import core as conf
from glossator.kernel.errors import ExitCode


@click.command()
def serve() -> None:
    """Start all services and the HTTP server.

    Settings come from the environment, .env and settings.toml.
    """
    run_to_exit(_serve)


async def _serve() -> ExitCode:
    configuration = conf.load()
    configure_logging(configuration)
    settings = configuration.settings
    return await run(
        lambda draining: running_app(configuration, draining), host=settings[conf.SERVER_HOST], port=settings[conf.PORT]
    )
