"""Checks everything that needs no service: settings, the Space, origins and endpoints."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import httpx

from glossator.commands.check.findings import Endpoints, EnvironmentReport, Finding, parse_finding
from glossator.commands.context import command_environment
from glossator.commands.routes import served_routes
from glossator.configuration import core as conf
from glossator.configuration.accounts import load_secret
from glossator.configuration.core import Configuration
from glossator.configuration.space import Space, SpaceStatus, space_of
from glossator.kernel.errors import SettingsInvalid
from glossator.kernel.settings.environment import read_environment
from glossator.kernel.settings.loading import PLUGINS, PRODUCTION, WRONG
from glossator.kernel.settings.setting import Settings, Value
from glossator.wiring.registry import full_registry

STATUS_SECONDS: Final = 1.0
UNENCRYPTED: Final = (
    "DATA_ENCRYPTION_KEY: is not set, so names and e-mails are stored unencrypted - set it before the first sign-up"
)


async def environment_report() -> tuple[EnvironmentReport, Configuration | None]:
    """The configuration is None when the settings are invalid."""
    try:
        configuration = conf.load(environment=command_environment(), session_secret=load_secret)
        full_registry(configuration)
    except SettingsInvalid as invalid:
        return invalid_report(invalid), None
    return await valid_report(configuration), configuration


def invalid_report(invalid: SettingsInvalid) -> EnvironmentReport:
    """Everything that is known despite invalid settings."""
    settings = invalid.settings
    space = space_of(settings) if settings else None
    return EnvironmentReport(
        environment=environment_name(),
        settings=tuple(settings or ()),
        errors=tuple(parse_error(line) for line in invalid.lines),
        space=with_invalid_secrets(space, settings).with_status("error") if space and settings else None,
    )


def environment_name() -> str:
    """Blank when `.env` cannot be read."""
    try:
        return command_environment() or read_environment(Path(".env")).text("GLOSSATOR_ENV") or PRODUCTION
    except SettingsInvalid:
        return ""


def parse_error(line: str) -> Finding:
    """Parses `NAME: what is wrong - how to fix it`."""
    name, separator, text = line.partition(": ")
    return parse_finding(name, text) if separator else parse_finding("", line)


def with_invalid_secrets(space: Space, settings: Settings) -> Space:
    """Marks invalid secrets as set: they have no value here, but the operator did set them."""
    invalid = {value.setting.name for value in settings if value.origin.endswith(WRONG)}
    return replace(space, secrets={n: "set" if n in invalid else presence for n, presence in space.secrets.items()})


async def valid_report(configuration: Configuration) -> EnvironmentReport:
    space, settings = configuration.space, configuration.settings
    unencrypted = configuration.accounts and settings[conf.DATA_ENCRYPTION_KEY] is None
    return EnvironmentReport(
        environment=configuration.environment,
        settings=tuple(settings),
        warnings=(*configuration.warnings, *([UNENCRYPTED] if unencrypted else [])),
        space=space.with_status(await fetch_status(settings)) if space else None,
        origins=configuration.origins,
        endpoints=Endpoints(base_url(configuration), served_routes()),
    )


def base_url(configuration: Configuration) -> str:
    own = configuration.space.space_url if configuration.space else None
    return own or f"http://localhost:{configuration.settings[conf.PORT]}"


async def fetch_status(settings: Settings) -> SpaceStatus:
    """Asks the server in this container for the status of the Space."""
    try:
        async with httpx.AsyncClient(timeout=STATUS_SECONDS, trust_env=False) as client:
            answer = await client.get(f"http://127.0.0.1:{settings[conf.PORT]}/health")
    except httpx.HTTPError:
        return "stopped"
    return "running" if answer.is_success else "error"


def plugin_names(settings: Iterable[Value]) -> list[str]:
    names = next((value.value for value in settings if value.setting is PLUGINS), None)
    return [str(name) for name in names] if isinstance(names, tuple) else []
