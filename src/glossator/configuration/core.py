"""The settings of the application, and the configuration that results. Plugins declare their own settings."""

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from glossator.configuration.accounts import ACCOUNT_SETTINGS, load_or_create_secret
from glossator.configuration.budget import BUDGET_SETTINGS
from glossator.configuration.limits import LIMIT_SETTINGS, proxy_warning, with_trusted_hops
from glossator.configuration.origin_types import ORIGIN_LIST, ORIGIN_TABLE
from glossator.configuration.origins import Origins, insecure_warning, origin_of
from glossator.configuration.rewriting import REWRITING_SETTINGS
from glossator.configuration.server import SERVER_HOST, SERVER_SETTINGS, with_server_names
from glossator.configuration.space import SPACE_SETTINGS, Space, space_of
from glossator.domain.book.pages.dialect.generators import GENERATOR_CHOICES, GENERATORS, GeneratorChoice
from glossator.domain.ports.database import Database
from glossator.domain.report.questions import ReportOptions
from glossator.kernel.discovery import discover
from glossator.kernel.logs import LogFormat
from glossator.kernel.plugin import ServicePlugin
from glossator.kernel.registry import declared_settings
from glossator.kernel.settings.environment import read_environment
from glossator.kernel.settings.loading import PLUGINS, PRODUCTION, LoadedSettings
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
from glossator.kernel.settings.url import split_url

EMBEDDED: Final = "embedded"
SUPPORT_FIELDS: Final = re.compile(r"\{(?:question|page)\}")
MAIL_ADDRESS: Final = re.compile(r"mailto:[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+(?:\?[!-~]*)?")


def _validate_support(text: str | None) -> None:
    """In the address of a site the fields may only follow the host, and readers' texts are never a part of it."""
    plain = SUPPORT_FIELDS.sub("field", text or "")
    if "{" in plain or "}" in plain:
        raise BadValue("must have no other fields in braces than {question} and {page}")
    if text and not (MAIL_ADDRESS.fullmatch(text) or text.startswith("https://")):
        raise BadValue("must begin with https:// or be mailto: with an address")
    if text and text.startswith("https://"):
        host = split_url(plain).netloc
        if "@" in host or not text.startswith(f"https://{host}"):
            raise BadValue("must be a URL with a host, which has no fields, user name or password")


PORT: Final = Setting("PORT", integer(1024, 65535), "Port to listen on")
CORS_ALLOWED_ORIGINS: Final = Setting(
    "CORS_ALLOWED_ORIGINS", ORIGIN_LIST, "Comma-separated origins of frontends that may call the API"
)
ORIGINS: Final = Setting("ORIGINS", ORIGIN_TABLE, "Allowed origins as a table of settings.toml, which can disable some")
BETTER_AUTH_SECRET: Final = Setting(
    "BETTER_AUTH_SECRET",
    optional(secret(min_length=16, warn_below=32)),
    "Key that signs sessions: random text of at least 32 characters",
)
BETTER_AUTH_URL: Final = Setting("BETTER_AUTH_URL", optional(URL), "URL of the frontend")
SITE_URL: Final = Setting(
    "SITE_URL",
    optional(URL),
    "URL of the published book, for citation links; without a path, the base in the site's configuration is added; "
    "unset: the built-in reader at /read/",
)
SITE_GENERATOR: Final[Setting[GeneratorChoice]] = Setting(
    "SITE_GENERATOR",
    choice(*GENERATOR_CHOICES),
    f"Generator of the published site, for addresses and anchors: {', '.join(GENERATORS)}, or auto to detect it",
)
DOCS_PATH: Final = Setting("DOCS_PATH", optional(PATH), "Folder with the sources of the book")
BOOK_TITLE: Final = Setting(
    "BOOK_TITLE",
    optional(TEXT),
    "Title of the book; unset: the title of its root page, else of the site, else of its folder",
)
SUPPORT_URL: Final = Setting(
    "SUPPORT_URL",
    validated(optional(TEXT), _validate_support),
    "Where readers find people who help: an https or mailto address, in which {question} and {page} are filled in",
)
ADMIN_API_KEY: Final = Setting(
    "ADMIN_API_KEY", optional(secret(min_length=24)), "Key of the admin routes; unset: these routes return 404"
)
DATA_ENCRYPTION_KEY: Final = Setting(
    "DATA_ENCRYPTION_KEY",
    optional(secret(min_length=16)),
    "Key that encrypts names, e-mail addresses and profiles; unset: they are stored in plain text",
)
DATA_ENCRYPTION_KEY_PREVIOUS: Final = Setting(
    "DATA_ENCRYPTION_KEY_PREVIOUS",
    optional(secret(min_length=16)),
    "Previous encryption key, needed until `glossator encrypt --rotate` has finished",
)
DATA_PATH: Final = Setting("DATA_PATH", PATH, "Folder for the data of the embedded services")
READ_INDEX: Final = Setting(
    "READ__INDEX", FLAG, "Let search engines list the pages under /read, if the book is not published elsewhere"
)
LOG_FORMAT: Final[Setting[LogFormat]] = Setting("LOG__FORMAT", choice("text", "json"), "Log format: text or json")
LOG_LEVEL: Final = Setting("LOG__LEVEL", choice("DEBUG", "INFO", "WARNING", "ERROR"), "Minimum log level")
LOG_CONTENT: Final = Setting(
    "LOG__CONTENT", FLAG, "Log questions and answers at level DEBUG, which then holds what readers wrote"
)
RETRIEVAL_PASSAGES: Final = Setting("RETRIEVAL__PASSAGES", integer(1, 50), "Number of passages sent to the model")
RETRIEVAL_CHARACTERS: Final = Setting(
    "RETRIEVAL__CHARACTERS", integer(200, 100000), "Maximum number of characters of passages sent to the model"
)
RETRIEVAL_VECTORS_WEIGHT: Final = Setting(
    "RETRIEVAL__VECTORS_WEIGHT", number(0, 100), "Weight of each vector search in the fusion"
)
RETRIEVAL_WORDS_WEIGHT: Final = Setting(
    "RETRIEVAL__WORDS_WEIGHT", number(0, 100), "Weight of the keyword search in the fusion"
)
RETRIEVAL_CANDIDATES: Final = Setting(
    "RETRIEVAL__CANDIDATES", integer(1, 1000), "Number of passages from each search (vectors, keywords) before fusion"
)
ANSWERING_DEADLINE: Final = Setting("ANSWERING__DEADLINE", number(1, 600), "Timeout of a whole answer in seconds")
ANSWERING_MAX_TOKENS: Final = Setting("ANSWERING__MAX_TOKENS", integer(16, 100000), "Maximum answer length in tokens")
INGEST_BATCH: Final = Setting("INGEST__BATCH", integer(1, 2048), "Number of passages embedded and stored at a time")
INGEST_CHARACTERS: Final = Setting(
    "INGEST__CHARACTERS",
    integer(200, 8000),
    "Maximum passage length in characters; a change needs `glossator ingest --rebuild`",
)
INGEST_ON_START: Final = Setting("INGEST_ON_START", FLAG, "Ingest DOCS_PATH after the start")
SUGGESTIONS_MODEL: Final = Setting(
    "SUGGESTIONS__MODEL",
    FLAG,
    "Let the model write suggested questions during an ingest; false: they come from headings alone",
)
REPLICAS: Final = Setting("REPLICAS", integer(1, 1000), "Number of processes that serve the same book")

REPORT_ANONYMOUS: Final = Setting(
    "REPORT__ANONYMOUS", FLAG, "Keep the masked text of questions without an account for `glossator report`"
)
REPORT_RETENTION_DAYS: Final = Setting(
    "REPORT__RETENTION_DAYS", integer(1, 400), "Days after which what `glossator report` reads is deleted"
)

CORE_SETTINGS: Final[tuple[Setting[Any], ...]] = (
    PORT, CORS_ALLOWED_ORIGINS, ORIGINS, BETTER_AUTH_SECRET, BETTER_AUTH_URL, SITE_URL, SITE_GENERATOR,
    DOCS_PATH, BOOK_TITLE, SUPPORT_URL, ADMIN_API_KEY, DATA_ENCRYPTION_KEY, DATA_ENCRYPTION_KEY_PREVIOUS, DATA_PATH,
    READ_INDEX, LOG_FORMAT, LOG_LEVEL, LOG_CONTENT,
    RETRIEVAL_PASSAGES, RETRIEVAL_CHARACTERS, RETRIEVAL_CANDIDATES, RETRIEVAL_VECTORS_WEIGHT, RETRIEVAL_WORDS_WEIGHT,
    ANSWERING_DEADLINE, ANSWERING_MAX_TOKENS, INGEST_BATCH, INGEST_CHARACTERS,
    INGEST_ON_START, SUGGESTIONS_MODEL, REPLICAS, *ACCOUNT_SETTINGS, *REWRITING_SETTINGS, *LIMIT_SETTINGS,
    *BUDGET_SETTINGS, REPORT_ANONYMOUS, REPORT_RETENTION_DAYS, *SPACE_SETTINGS, *SERVER_SETTINGS,
)  # fmt: skip

FindPlugins = Callable[[Sequence[str]], Sequence[ServicePlugin]]


@dataclass(frozen=True)
class Configuration:
    """The validated configuration. `environment` is the active table of settings.toml.

    `provides` limits, by plugin name, the types that a plugin provides; a plugin without an entry provides all.
    `accounts`: whether readers can have accounts, which need a plugin that provides Database.
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
    find: FindPlugins = discover,
    session_secret: Callable[[Path], Secret | None] = load_or_create_secret,
) -> Configuration:
    """Raises SettingsInvalid with all errors. `options`, by setting name, override everything else.

    `environment` is for commands that fix it; otherwise it is GLOSSATOR_ENV or `production`. `session_secret` returns
    the generated secret in the data folder.
    """

    def declare(plugins: tuple[str, ...], table: str) -> tuple[Setting[Any], ...]:
        found = find(plugins)
        return (
            *core_settings(found, table),
            *declared_settings(found),
            *(provides_setting(plugin) for plugin in found),
        )

    given = read_environment(dotenv).with_options(options or {})
    loaded = load_settings(declare, given, table=environment)
    names = loaded.settings[PLUGINS]
    return _configuration(loaded, find(names), session_secret)


def has_accounts(plugins: Sequence[ServicePlugin], provides: Mapping[str, tuple[str, ...]]) -> bool:
    """`provides` is as in Configuration."""
    providers = [plugin.name for plugin in plugins if Database in plugin.provides]
    return any(Database.__name__ in provides.get(name, (Database.__name__,)) for name in providers)


def core_settings(plugins: Sequence[ServicePlugin], table: str) -> tuple[Setting[Any], ...]:
    """Accounts require the session secret; the embedded environment generates it."""
    required = table != EMBEDDED and has_accounts(plugins, {})
    return tuple(replace(s, required=True) if s is BETTER_AUTH_SECRET and required else s for s in CORE_SETTINGS)


def provides_setting(plugin: ServicePlugin) -> Setting[tuple[str, ...] | None]:
    """Return the setting that limits the types a plugin provides: a key of the table `provides`."""
    known = [provided.__name__ for provided in plugin.provides]

    def validate(names: tuple[str, ...] | None) -> None:
        if set(names or ()) - set(known):
            raise BadValue(f"must name types that {plugin.name} provides: {', '.join(known) or 'none'}")

    types = validated(optional(TEXT_LIST), validate)
    return Setting(f"PROVIDES__{plugin.name.upper()}", types, f"Types that {plugin.name} provides; unset: all")


def _configuration(
    loaded: LoadedSettings, listed: Sequence[ServicePlugin], session_secret: Callable[[Path], Secret | None]
) -> Configuration:
    settings = loaded.settings
    space = space_of(settings)
    space_url = space.space_url if space else None
    warnings = list(loaded.warnings)
    if settings[BETTER_AUTH_URL] is None and space_url:
        settings = settings.with_value(BETTER_AUTH_URL, space_url, "SPACE_HOST")
    elif settings[BETTER_AUTH_URL] is None:
        warnings.append(
            "BETTER_AUTH_URL: is not set, so the frontend's origin is not trusted - set it to the frontend's URL"
        )
    public = loaded.environment == PRODUCTION and not ipaddress.ip_address(settings[SERVER_HOST]).is_loopback
    if warning := proxy_warning(settings, space, public=public):
        warnings.append(warning)
    settings = with_trusted_hops(settings, space)
    settings = with_server_names(settings, space)
    plugins = settings[PLUGINS]
    provides = _provides(settings, plugins)
    accounts = has_accounts(listed, provides)
    if accounts and settings[BETTER_AUTH_SECRET] is None:
        generated = session_secret(settings[DATA_PATH])
        settings = settings.with_value(BETTER_AUTH_SECRET, generated, "DATA_PATH" if generated else "default")
    origins = _origins(settings, space_url)
    if (public or space) and (insecure := insecure_warning(origins)):
        warnings.append(insecure)
    return Configuration(
        settings=settings,
        environment=loaded.environment,
        plugins=plugins,
        provides=provides,
        origins=origins,
        space=space,
        warnings=tuple(warnings),
        accounts=accounts,
    )


def report_options(settings: Settings) -> ReportOptions:
    return ReportOptions(settings[REPORT_ANONYMOUS], settings[REPORT_RETENTION_DAYS])


def _origins(settings: Settings, space_url: str | None) -> Origins:
    listed = Origins().with_listed(settings[ORIGINS]).with_listed(settings[CORS_ALLOWED_ORIGINS])
    return listed.with_derived(space_url).with_derived(origin_of(settings[BETTER_AUTH_URL]))


def _provides(settings: Settings, plugins: Sequence[str]) -> dict[str, tuple[str, ...]]:
    by_name = {value.setting.name: value.value for value in settings}
    limits = {name: by_name.get(f"PROVIDES__{name.upper()}") for name in plugins}
    return {name: types for name, types in limits.items() if isinstance(types, tuple)}
