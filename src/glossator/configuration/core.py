"""The product's own settings, and what they add up to. Plugins declare theirs themselves."""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from glossator.configuration.accounts import ACCOUNT_SETTINGS
from glossator.configuration.origin_types import ORIGIN_LIST, ORIGIN_TABLE
from glossator.configuration.origins import Origins, origin_of
from glossator.configuration.rewriting import REWRITING_SETTINGS
from glossator.configuration.session_secret import load_or_create_secret
from glossator.configuration.space import SPACE_SETTINGS, Space, space_of
from glossator.domain.book.pages.anchors import Generator
from glossator.domain.ports.database import Database
from glossator.kernel.discovery import discover
from glossator.kernel.logs import LogFormat
from glossator.kernel.plugin import ServicePlugin
from glossator.kernel.registry import declared_settings
from glossator.kernel.settings.environment import read_environment
from glossator.kernel.settings.loading import PLUGINS, LoadedSettings
from glossator.kernel.settings.loading import load as load_settings
from glossator.kernel.settings.secret import Secret
from glossator.kernel.settings.setting import BadValue, Setting, Settings
from glossator.kernel.settings.types import (
    FLAG,
    PATH,
    TEXT,
    TEXT_LIST,
    URL,
    choice,
    integer,
    number,
    optional,
    secret,
    validated,
)

EMBEDDED: Final = "embedded"


def _address(text: str) -> None:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        raise BadValue("must be an IP address to listen on, such as 127.0.0.1 or 0.0.0.0") from None


SERVER_HOST: Final = Setting("SERVER__HOST", validated(TEXT, _address), "Address to listen on; 0.0.0.0: all of them")
PORT: Final = Setting("PORT", integer(1024, 65535), "Port to listen on")
CORS_ALLOWED_ORIGINS: Final = Setting(
    "CORS_ALLOWED_ORIGINS", ORIGIN_LIST, "Sites whose pages may call us, with commas between"
)
ORIGINS: Final = Setting("ORIGINS", ORIGIN_TABLE, "The same as a table of settings.toml, where one can be disabled")
BETTER_AUTH_SECRET: Final = Setting(
    "BETTER_AUTH_SECRET", optional(secret(min_length=16, warn_below=32)), "Signs sessions; any long random text"
)
BETTER_AUTH_URL: Final = Setting("BETTER_AUTH_URL", optional(URL), "Where the frontend lives")
SITE_URL: Final = Setting("SITE_URL", optional(URL), "Where the book is published; unset: our own reader, /read/")
SITE_GENERATOR: Final[Setting[Generator]] = Setting(
    "SITE_GENERATOR", choice("docusaurus", "github"), "Anchor rules of the published site: docusaurus or github"
)
DOCS_PATH: Final = Setting("DOCS_PATH", optional(PATH), "Folder of the book's sources")
BOOK_TITLE: Final = Setting("BOOK_TITLE", optional(TEXT), "The book's title; unset: the first page's")
ADMIN_API_KEY: Final = Setting(
    "ADMIN_API_KEY", optional(secret(min_length=24)), "Opens the operator's routes; without it they answer 404"
)
DATA_ENCRYPTION_KEY: Final = Setting(
    "DATA_ENCRYPTION_KEY",
    optional(secret(min_length=16)),
    "Encrypts names, e-mails and profiles; without it they are stored plain",
)
DATA_ENCRYPTION_KEY_PREVIOUS: Final = Setting(
    "DATA_ENCRYPTION_KEY_PREVIOUS",
    optional(secret(min_length=16)),
    "The key before it, still read until `glossator encrypt --rotate` has replaced it",
)
DATA_PATH: Final = Setting("DATA_PATH", PATH, "Folder of what the embedded services keep")
SERVER_TRUSTED_HOPS: Final = Setting("SERVER__TRUSTED_HOPS", integer(0, 10), "Proxies in front whose headers are true")
LOG_FORMAT: Final[Setting[LogFormat]] = Setting("LOG__FORMAT", choice("text", "json"), "Form of log lines")
LOG_LEVEL: Final = Setting("LOG__LEVEL", choice("DEBUG", "INFO", "WARNING", "ERROR"), "Least level that is logged")
RETRIEVAL_PASSAGES: Final = Setting("RETRIEVAL__PASSAGES", integer(1, 50), "Passages that the model is given")
RETRIEVAL_CANDIDATES: Final = Setting("RETRIEVAL__CANDIDATES", integer(1, 1000), "Passages from each side of a search")
ANSWERING_DEADLINE: Final = Setting("ANSWERING__DEADLINE", number(1, 600), "Seconds for a whole answer")
ANSWERING_MAX_TOKENS: Final = Setting("ANSWERING__MAX_TOKENS", integer(16, 100000), "Longest answer, in tokens")
INGEST_BATCH: Final = Setting("INGEST__BATCH", integer(1, 2048), "Passages embedded and stored at a time")
INGEST_ON_START: Final = Setting("INGEST_ON_START", FLAG, "Brings DOCS_PATH into the book after the start")
REPLICAS: Final = Setting("REPLICAS", integer(1, 1000), "How many of this process serve the same book")
INGEST_CHARACTERS: Final = Setting("INGEST__CHARACTERS", integer(200, 8000), "Longest passage, in characters")

CORE_SETTINGS: Final[tuple[Setting[Any], ...]] = (
    SERVER_HOST, PORT, CORS_ALLOWED_ORIGINS, ORIGINS, BETTER_AUTH_SECRET, BETTER_AUTH_URL, SITE_URL, SITE_GENERATOR,
    DOCS_PATH, BOOK_TITLE, ADMIN_API_KEY, DATA_ENCRYPTION_KEY, DATA_ENCRYPTION_KEY_PREVIOUS, DATA_PATH,
    SERVER_TRUSTED_HOPS, LOG_FORMAT, LOG_LEVEL,
    RETRIEVAL_PASSAGES, RETRIEVAL_CANDIDATES, ANSWERING_DEADLINE, ANSWERING_MAX_TOKENS, INGEST_BATCH, INGEST_CHARACTERS,
    INGEST_ON_START, REPLICAS, *ACCOUNT_SETTINGS, *REWRITING_SETTINGS, *SPACE_SETTINGS,
)  # fmt: skip

Find = Callable[[Sequence[str]], Sequence[ServicePlugin]]


@dataclass(frozen=True)
class Configuration:
    """Everything that was decided before the start. `environment` is a table of settings.toml.

    `provides` narrows plugins: by name, the types that are taken from them; a plugin that is not in it gives all.
    `accounts`: whether there are reader accounts, which is when a listed plugin provides Database.
    """

    settings: Settings
    environment: str
    plugins: tuple[str, ...]
    provides: Mapping[str, tuple[str, ...]]
    origins: Origins
    space: Space | None
    warnings: tuple[str, ...]
    accounts: bool


def load(
    options: Mapping[str, str] | None = None,
    *,
    environment: str | None = None,
    dotenv: Path = Path(".env"),
    find: Find = discover,
    session_secret: Callable[[Path], Secret | None] = load_or_create_secret,
) -> Configuration:
    """Raises SettingsInvalid with every fault. `options`, by name of setting, win over everything else.

    `environment` is given by commands that decide it; without it GLOSSATOR_ENV counts, then `production`.
    `session_secret` finds the laptop's own secret in the data folder.
    """

    def declare(plugins: tuple[str, ...], table: str) -> tuple[Setting[Any], ...]:
        found = find(plugins)
        return (*core_settings(found, table), *declared_settings(found), *(narrowing(plugin) for plugin in found))

    given = read_environment(dotenv).with_options(options or {})
    loaded = load_settings(declare, given, table=environment)
    names = loaded.settings[PLUGINS]
    return _configuration(loaded, find(names), session_secret)


def has_accounts(plugins: Sequence[ServicePlugin], provides: Mapping[str, tuple[str, ...]]) -> bool:
    """`provides` is that of a Configuration."""
    providers = [plugin.name for plugin in plugins if Database in plugin.provides]
    return any(Database.__name__ in provides.get(name, (Database.__name__,)) for name in providers)


def core_settings(plugins: Sequence[ServicePlugin], table: str) -> tuple[Setting[Any], ...]:
    """Accounts need the secret that signs sessions; the embedded environment makes its own."""
    required = table != EMBEDDED and has_accounts(plugins, {})
    return tuple(replace(s, required=True) if s is BETTER_AUTH_SECRET and required else s for s in CORE_SETTINGS)


def narrowing(plugin: ServicePlugin) -> Setting[tuple[str, ...] | None]:
    """What is taken of a plugin that provides more than is wanted: key of the table `provides`."""
    known = [kind.__name__ for kind in plugin.provides]

    def rule(names: tuple[str, ...] | None) -> None:
        if set(names or ()) - set(known):
            raise BadValue(f"must name types that {plugin.name} provides: {', '.join(known) or 'none'}")

    kind = validated(optional(TEXT_LIST), rule)
    return Setting(f"PROVIDES__{plugin.name.upper()}", kind, f"Types that are taken from {plugin.name}; unset: all")


def _configuration(
    loaded: LoadedSettings, listed: Sequence[ServicePlugin], session_secret: Callable[[Path], Secret | None]
) -> Configuration:
    settings = loaded.settings
    space = space_of(settings)
    own = space.space_url if space else None
    warnings = list(loaded.warnings)
    if settings[BETTER_AUTH_URL] is None and own:
        settings = settings.with_value(BETTER_AUTH_URL, own, "SPACE_HOST")
    elif settings[BETTER_AUTH_URL] is None:
        warnings.append("BETTER_AUTH_URL: is not set, so the frontend's origin is not trusted - set it to its address")
    if space and settings[SERVER_TRUSTED_HOPS] == 0:
        warnings.append("SERVER__TRUSTED_HOPS: is 0 on a Space, so all readers count as one network - set it to 1")
    plugins = settings[PLUGINS]
    provides = _provides(settings, plugins)
    accounts = has_accounts(listed, provides)
    if accounts and settings[BETTER_AUTH_SECRET] is None:
        found = session_secret(settings[DATA_PATH])
        settings = settings.with_value(BETTER_AUTH_SECRET, found, "DATA_PATH" if found else "default")
    return Configuration(
        settings=settings,
        environment=loaded.environment,
        plugins=plugins,
        provides=provides,
        origins=_origins(settings, own),
        space=space,
        warnings=tuple(warnings),
        accounts=accounts,
    )


def _origins(settings: Settings, own: str | None) -> Origins:
    given = Origins().with_given(settings[ORIGINS]).with_given(settings[CORS_ALLOWED_ORIGINS])
    return given.with_known(own).with_known(origin_of(settings[BETTER_AUTH_URL]))


def _provides(settings: Settings, plugins: Sequence[str]) -> dict[str, tuple[str, ...]]:
    by_name = {value.setting.name: value.value for value in settings}
    narrowed = {name: by_name.get(f"PROVIDES__{name.upper()}") for name in plugins}
    return {name: types for name, types in narrowed.items() if isinstance(types, tuple)}
