"""`glossator serve`: starts the services of settings.toml, then the HTTP server."""

import logging

import click

from glossator.app import running_app
from glossator.commands.runner import run_to_exit
from glossator.commands.server.process import run
from glossator.configuration import core as conf
from glossator.configuration.core import Configuration
from glossator.kernel import logs
from glossator.kernel.errors import ExitCode

log = logging.getLogger(__name__)


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


def configure_logging(configuration: Configuration) -> None:
    """Configures logging and logs the environment, the services and all warnings."""
    settings = configuration.settings
    logs.configure(settings[conf.LOG_FORMAT], settings[conf.LOG_LEVEL])
    log.info("environment %s, services %s", configuration.environment, ", ".join(configuration.plugins))
    if configuration.space:
        log.info("Space %s at %s", configuration.space.space_name, configuration.space.space_url)
    for warning in configuration.warnings:
        log.warning("%s", warning)
