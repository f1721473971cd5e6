"""Loading in two steps: the file gives the plugins' names, the plugins give their settings, then all is validated.

- Precedence: settings.toml < `.env` < environment < options of the command line.
- Every fault of every setting is reported at once; what makes a file unreadable, or dynaconf not ours, stops at once.
- dynaconf's object and texts stay in here: its messages repeat values, secret or not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from glossator.kernel.errors import SettingsInvalid
from glossator.kernel.settings.dynaconf_reader import read_values
from glossator.kernel.settings.environment import FORBIDDEN, Environment
from glossator.kernel.settings.file import SettingsFile, open_settings_file
from glossator.kernel.settings.setting import Setting, Settings, Value
from glossator.kernel.settings.types import TEXT_LIST, warning

PLUGINS: Final = Setting("PLUGINS", TEXT_LIST, "Services to start, in this order; what is not listed is off", True)
PRODUCTION: Final = "production"
WRONG: Final = " (wrong)"
"""Stands behind the origin of a value that breaks its setting's rule."""

Declare = Callable[[tuple[str, ...], str], Sequence[Setting[Any]]]


@dataclass(frozen=True)
class Loaded:
    """`environment` is the table of settings.toml that holds, such as `production`."""

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
        """The values, and a line for each fault."""
        misplaced = self.file.misplaced(declared, self.table)
        if misplaced:
            return {}, misplaced
        values, faults = read_values(declared, self.file, self.table, self.environment)
        by_name = {setting.name: setting for setting in declared}
        return values, [f"{name}: {wrong} - {self._where(by_name[name])}" for name, wrong in sorted(faults.items())]

    def partial(self, declared: Sequence[Setting[Any]], values: Mapping[str, Value]) -> Settings:
        """What is wrong or missing is None."""
        lacking = [setting for setting in declared if setting.name not in values]
        return Settings({**values, **{s.name: Value(s, None, self._origin(s.name)) for s in lacking}})

    def _origin(self, name: str) -> str:
        given = self.environment.get(name)
        origin = given.origin if given else self.file.origin(name, self.table)
        return f"{origin}{WRONG}" if origin else "default"

    def _where(self, setting: Setting[Any]) -> str:
        given = self.environment.get(setting.name)
        in_file = self.file.origin(setting.name, self.table)
        if given and given.origin == "command line":
            return "correct the command's option"
        if in_file and not given and not setting.type.secret:
            return f"correct it in {in_file}"
        if self.environment.on_space:
            return f"set it in the Space's settings, under {'Secrets' if setting.type.secret else 'Variables'}"
        return "set it in the environment or in .env"


def load(declare: Declare, environment: Environment, *, table: str | None = None) -> Loaded:
    """`declare(plugins, table)` gives every setting to load, `PLUGINS` apart; of two with one name the first counts.

    It may raise SettingsInvalid for plugins that it does not know: its lines join those of the other plugins'
    settings. `table` is the environment's name, where the command decides it and not GLOSSATOR_ENV.
    """
    source = _source(environment, table)
    values, faults = source.read([PLUGINS])
    if faults:
        raise SettingsInvalid(faults)
    plugins = Settings(values)[PLUGINS]
    declared, lines = _declared(declare, plugins, source.table)
    values, faults = source.read(declared)
    if lines or faults:
        raise SettingsInvalid([*lines, *faults], source.partial(declared, values))
    warnings = [*_warnings(values), *environment.ignored(declared)]
    return Loaded(Settings(values), source.table, tuple(warnings))


def _source(environment: Environment, table: str | None) -> Source:
    forbidden = environment.forbidden()
    if forbidden:
        reason = f"names that end in {FORBIDDEN} would change how settings are loaded - remove it"
        raise SettingsInvalid([f"{name}: {reason}" for name in forbidden])
    file = open_settings_file(environment.text("GLOSSATOR_SETTINGS"))
    chosen = table or environment.text("GLOSSATOR_ENV") or PRODUCTION
    if chosen not in file.environments:
        known = ", ".join(file.environments) or "none yet"
        raise SettingsInvalid([f"GLOSSATOR_ENV: must be a table of {file.path.name} - it has: {known}"])
    return Source(file, chosen, environment)


def _declared(declare: Declare, plugins: tuple[str, ...], table: str) -> tuple[Sequence[Setting[Any]], tuple[str, ...]]:
    lines: tuple[str, ...] = ()
    try:
        declared = declare(plugins, table)
    except SettingsInvalid as fault:
        known = tuple(name for name in plugins if _is_known(declare, name, table))
        declared, lines = declare(known, table), fault.lines
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
