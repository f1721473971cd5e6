"""What `glossator check` knows before it asks a service: settings, the Space, origins, endpoints."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import httpx

from glossator.app import build_registry
from glossator.commands.check.report import Endpoints, EnvironmentReport, Finding, finding_of
from glossator.commands.context import command_environment
from glossator.commands.routes import served_routes
from glossator.configuration import core as conf
from glossator.configuration.core import Configuration
from glossator.configuration.session_secret import load_secret
from glossator.configuration.space import Space, Status, space_of
from glossator.kernel.errors import SettingsInvalid
from glossator.kernel.settings.environment import read_environment
from glossator.kernel.settings.loading import PLUGINS, PRODUCTION, WRONG
from glossator.kernel.settings.setting import Settings, Value

SELF_SECONDS: Final = 1.0
PLAIN_TEXT: Final = (
    "DATA_ENCRYPTION_KEY: is not set, so names and e-mails are stored as plain text - set it before the first account"
)


async def environment_report() -> tuple[EnvironmentReport, Configuration | None]:
    """No configuration when there are faults."""
    try:
        configuration = conf.load(environment=command_environment(), session_secret=load_secret)
        build_registry(configuration)
    except SettingsInvalid as invalid:
        return faulty(invalid), None
    return await sound(configuration), configuration


def faulty(invalid: SettingsInvalid) -> EnvironmentReport:
    """As much as can be known of settings with faults."""
    settings = invalid.settings
    space = space_of(settings) if settings else None
    return EnvironmentReport(
        environment=wanted_environment(),
        settings=tuple(settings or ()),
        faults=tuple(fault_of(line) for line in invalid.lines),
        space=with_given_secrets(space, settings).with_status("error") if space and settings else None,
    )


def wanted_environment() -> str:
    """Blank when what names it cannot be read."""
    try:
        return command_environment() or read_environment(Path(".env")).text("GLOSSATOR_ENV") or PRODUCTION
    except SettingsInvalid:
        return ""


def fault_of(line: str) -> Finding:
    """Of `NAME: what is wrong - what to do`."""
    name, separator, sentence = line.partition(": ")
    return finding_of(name, sentence) if separator else finding_of("", line)


def with_given_secrets(space: Space, settings: Settings) -> Space:
    """A secret that breaks a rule has no value here, and is set all the same."""
    given = {value.setting.name for value in settings if value.origin.endswith(WRONG)}
    return replace(space, secrets={n: "set" if n in given else presence for n, presence in space.secrets.items()})


async def sound(configuration: Configuration) -> EnvironmentReport:
    space, settings = configuration.space, configuration.settings
    plain = configuration.accounts and settings[conf.DATA_ENCRYPTION_KEY] is None
    return EnvironmentReport(
        environment=configuration.environment,
        settings=tuple(settings),
        warnings=(*configuration.warnings, *([PLAIN_TEXT] if plain else [])),
        space=space.with_status(await status_of(settings)) if space else None,
        origins=configuration.origins,
        endpoints=Endpoints(base_url(configuration), served_routes()),
    )


def base_url(configuration: Configuration) -> str:
    own = configuration.space.space_url if configuration.space else None
    return own or f"http://localhost:{configuration.settings[conf.PORT]}"


async def status_of(settings: Settings) -> Status:
    """Whether this Space's server answers in its own container."""
    try:
        async with httpx.AsyncClient(timeout=SELF_SECONDS, trust_env=False) as client:
            answer = await client.get(f"http://127.0.0.1:{settings[conf.PORT]}/health")
    except httpx.HTTPError:
        return "stopped"
    return "running" if answer.is_success else "error"


def plugin_names(settings: Iterable[Value]) -> list[str]:
    names = next((value.value for value in settings if value.setting is PLUGINS), None)
    return [str(name) for name in names] if isinstance(names, tuple) else []
