"""The settings file as it stands: which tables it has, and in which one a setting is given.

dynaconf reads the values; it tells neither a missing file nor an unknown environment, and it lets a section of an
environment (`[embedded.openai]`) replace the whole section of `[default]`, where we want the keys merged.
"""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from glossator.kernel.errors import SettingsInvalid
from glossator.kernel.settings.setting import Setting

DEFAULT: Final = "default"


class SettingsFile:
    """Keys are matched whatever their case, as dynaconf does."""

    def __init__(self, path: Path, tables: Mapping[str, Mapping[str, object]]) -> None:
        self.path = path
        self._tables = tables

    @property
    def environments(self) -> tuple[str, ...]:
        return tuple(name for name in self._tables if name != DEFAULT)

    def origin(self, name: str, environment: str) -> str | None:
        """`settings.toml [table]`; None when the file does not give this setting."""
        for table in (environment, DEFAULT):
            if _find(self._tables.get(table, {}), name) is not None:
                return f"{self.path.name} [{table}]"
        return None

    def lost_defaults(self, declared: Iterable[Setting[Any]], environment: str) -> dict[str, object]:
        """Keys of sections in `[default]` that a section of the environment would hide."""
        lost: dict[str, object] = {}
        for setting in declared:
            value = _find(self._tables.get(DEFAULT, {}), setting.name)
            hidden = _find(self._tables.get(environment, {}), setting.name) is None
            if "__" in setting.name and hidden and value is not None:
                lost[setting.name] = value
        return lost

    def misplaced(self, declared: Iterable[Setting[Any]], environment: str) -> list[str]:
        """Faults: sections of declared settings that are single values here."""
        heads = {setting.name.partition("__")[0] for setting in declared if "__" in setting.name}
        return [
            f"{self.path.name} [{table}]: {head.lower()} must be a table of its own - write [{table}.{head.lower()}]"
            for table in (DEFAULT, environment)
            for head in sorted(heads)
            if not isinstance(_key(self._tables.get(table, {}), head), dict | None)
        ]


def open_settings_file(text: str) -> SettingsFile:
    """Raises SettingsInvalid when the file is not there or not TOML."""
    path = Path(text or "settings.toml").absolute()
    where = "set GLOSSATOR_SETTINGS to its path, or start where it lies"
    if path.suffix != ".toml" or not path.is_file():
        raise SettingsInvalid(
            [f"GLOSSATOR_SETTINGS: there is no settings file {path} (its name ends in .toml) - {where}"]
        )
    for other in (f"{path.stem}.local.toml", "dynaconf_hooks.py"):
        if (path.parent / other).exists():
            raise SettingsInvalid([f"{other}: would be read behind {path.name} - move what it sets to .env, remove it"])
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "it is not UTF-8"
        raise SettingsInvalid([f"{path.name}: is not valid TOML: {reason}"]) from None
    except OSError as error:
        raise SettingsInvalid([f"{path.name}: cannot be read ({error.strerror})"]) from None
    return SettingsFile(path, {name: table for name, table in data.items() if isinstance(table, dict)})


def _key(table: Mapping[str, object], name: str) -> object:
    return next((value for key, value in table.items() if key.lower() == name.lower()), None)


def _find(table: Mapping[str, object], name: str) -> object:
    found: object = table
    for part in name.split("__"):
        found = _key(found, part) if isinstance(found, dict) else None
    return found
