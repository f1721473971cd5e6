"""The settings file: its tables, and where a setting is defined.

The file is parsed here, once. dynaconf would parse it again for every load, would report neither a missing file nor an
unknown environment, and would read more files beside it.
"""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from glossator.kernel.errors import SettingsInvalid
from glossator.kernel.settings.setting import Setting

DEFAULT: Final = "default"
Table = Mapping[str, object]


class SettingsFile:
    """Keys are case-insensitive, as in dynaconf."""

    def __init__(self, path: Path, tables: Mapping[str, Table]) -> None:
        self.path = path
        self._tables = tables

    @property
    def environments(self) -> tuple[str, ...]:
        return tuple(name for name in self._tables if name != DEFAULT)

    def layers(self, environment: str) -> tuple[Table, Table]:
        """The table `[default]` and the table of the environment, which overrides it."""
        return self._tables.get(DEFAULT, {}), self._tables.get(environment, {})

    def origin(self, name: str, environment: str) -> str | None:
        """`settings.toml [table]`; None when the file does not define the setting."""
        for table in (environment, DEFAULT):
            if _find(self._tables.get(table, {}), name) is not None:
                return f"{self.path.name} [{table}]"
        return None

    def misplaced(self, declared: Iterable[Setting[Any]], environment: str) -> list[str]:
        """Errors for sections of declared settings that are single values in the file."""
        heads = {setting.name.partition("__")[0] for setting in declared if "__" in setting.name}
        return [
            f"{self.path.name} [{table}]: {head.lower()} must be a table of its own - write [{table}.{head.lower()}]"
            for table in (DEFAULT, environment)
            for head in sorted(heads)
            if not isinstance(_find_key(self._tables.get(table, {}), head), dict | None)
        ]


def open_settings_file(text: str) -> SettingsFile:
    """Raises SettingsInvalid when the file does not exist or is not TOML."""
    path = Path(text or "settings.toml").absolute()
    if path.suffix != ".toml" or not path.is_file():
        fix = "set GLOSSATOR_SETTINGS to its path, or start in its folder"
        raise SettingsInvalid([f"GLOSSATOR_SETTINGS: {path} is not an existing .toml file - {fix}"])
    for other in (f"{path.stem}.local.toml", "dynaconf_hooks.py"):
        if (path.parent / other).exists():
            raise SettingsInvalid([f"{other}: is not supported beside {path.name} - move its values to .env"])
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "it is not UTF-8"
        raise SettingsInvalid([f"{path.name}: is not valid TOML: {reason}"]) from None
    except OSError as error:
        raise SettingsInvalid([f"{path.name}: cannot be read ({error.strerror})"]) from None
    return SettingsFile(path, {name: table for name, table in data.items() if isinstance(table, dict)})


def _find_key(table: Table, name: str) -> object:
    return next((value for key, value in table.items() if key.lower() == name.lower()), None)


def _find(table: Table, name: str) -> object:
    found: object = table
    for part in name.split("__"):
        found = _find_key(found, part) if isinstance(found, dict) else None
    return found
