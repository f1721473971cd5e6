"""Loads settings in two steps: `plugins` names the plugins, then the settings of all plugins are loaded and validated.

- Precedence: settings.toml < `.env` < environment < command-line options.
- All errors of all settings are reported at once; an unreadable file or a variable for dynaconf stops at once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from glossator.kernel.errors import SettingsInvalid
from glossator.kernel.settings.dynaconf_reader import read_values
from glossator.kernel.settings.environment import FORBIDDEN_SUFFIX, Environment
from glossator.kernel.settings.file import SettingsFile, open_settings_file
from glossator.kernel.settings.setting import Setting, Settings, Value
from glossator.kernel.settings.types import TEXT_LIST, warning

PLUGINS: Final = Setting("PLUGINS", TEXT_LIST, "Services to start, in this order; others are off", required=True)
PRODUCTION: Final = "production"
WRONG: Final = " (wrong)"
"""Follows the origin of an invalid value."""

Declare = Callable[[tuple[str, ...], str], Sequence[Setting[Any]]]


@dataclass(frozen=True)
class LoadedSettings:
    """`environment` is the name of the active table of settings.toml, such as `production`."""

    settings: Settings
    environment: str
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """Where values come from."""

    file: SettingsFile
    table: str
    environment: Environment

    def read(self, declared: Sequence[Setting[Any]]) -> tuple[dict[str, Value], list[str]]:
        """Return the valid values and one line for each error."""
        misplaced = self.file.misplaced(declared, self.table)
        if misplaced:
            return {}, misplaced
        values, errors = read_values(declared, self.file, self.table, self.environment)
        by_name = {setting.name: setting for setting in declared}
        return values, [f"{name}: {error} - {self._fix(by_name[name])}" for name, error in sorted(errors.items())]

    def partial(self, declared: Sequence[Setting[Any]], values: Mapping[str, Value]) -> Settings:
        """Settings in which invalid and missing values are None."""
        absent = [setting for setting in declared if setting.name not in values]
        return Settings({**values, **{s.name: Value(s, None, self._origin(s.name)) for s in absent}})

    def _origin(self, name: str) -> str:
        variable = self.environment.get(name)
        origin = variable.origin if variable else self.file.origin(name, self.table)
        return f"{origin}{WRONG}" if origin else "default"

    def _fix(self, setting: Setting[Any]) -> str:
        variable = self.environment.get(setting.name)
        in_file = self.file.origin(setting.name, self.table)
        if variable and variable.origin == "command line":
            return "correct the command's option"
        if in_file and not variable and not setting.type.secret:
            return f"correct it in {in_file}"
        if self.environment.on_space:
            return f"set it in the Space's settings, under {'Secrets' if setting.type.secret else 'Variables'}"
        return "set it in the environment or in .env"


def load(declare: Declare, environment: Environment, *, table: str | None = None) -> LoadedSettings:
    """Load the settings that `declare(plugins, table)` returns, and `PLUGINS`; of two with one name the first wins.

    `declare` may raise SettingsInvalid for unknown plugins: its lines are reported with those of the other plugins'
    settings. `table` is for commands that fix the environment; it overrides GLOSSATOR_ENV.
    """
    source = _source(environment, table)
    values, errors = source.read([PLUGINS])
    if errors:
        raise SettingsInvalid(errors)
    plugins = Settings(values)[PLUGINS]
    declared, lines = _declared(declare, plugins, source.table)
    values, errors = source.read(declared)
    if lines or errors:
        raise SettingsInvalid([*lines, *errors], source.partial(declared, values))
    warnings = [*_warnings(values), *environment.ignored(declared)]
    return LoadedSettings(Settings(values), source.table, tuple(warnings))


def _source(environment: Environment, table: str | None) -> Source:
    forbidden = environment.forbidden()
    if forbidden:
        reason = f"names that end in {FORBIDDEN_SUFFIX} would change how settings are loaded - remove it"
        raise SettingsInvalid([f"{name}: {reason}" for name in forbidden])
    file = open_settings_file(environment.text("GLOSSATOR_SETTINGS"))
    chosen = table or environment.text("GLOSSATOR_ENV") or PRODUCTION
    if chosen not in file.environments:
        known = ", ".join(file.environments) or "none"
        raise SettingsInvalid([f"GLOSSATOR_ENV: must be a table of {file.path.name} - it has: {known}"])
    return Source(file, chosen, environment)


def _declared(declare: Declare, plugins: tuple[str, ...], table: str) -> tuple[Sequence[Setting[Any]], tuple[str, ...]]:
    lines: tuple[str, ...] = ()
    try:
        declared = declare(plugins, table)
    except SettingsInvalid as error:
        known = tuple(name for name in plugins if _is_known(declare, name, table))
        declared, lines = declare(known, table), error.lines
    by_name = {setting.name: setting for setting in reversed([PLUGINS, *declared])}
    return tuple(reversed(by_name.values())), lines


def _is_known(declare: Declare, plugin: str, table: str) -> bool:
    try:
        declare((plugin,), table)
    except SettingsInvalid:
        return False
    return True


def _warnings(values: Mapping[str, Value]) -> list[str]:
    warned = [(name, warning(value.setting.type, value.value)) for name, value in values.items()]
    return [f"{name}: {text}" for name, text in warned if text]
