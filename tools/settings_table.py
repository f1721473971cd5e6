"""Writes the table of settings into README.md, from their declarations and settings.toml: `make readme`."""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

from glossator.configuration.core import CORE_SETTINGS, ORIGINS
from glossator.configuration.space import SPACE_SETTINGS
from glossator.kernel.discovery import GROUP, discover
from glossator.kernel.settings.loading import PLUGINS
from glossator.kernel.settings.setting import Setting

ROOT: Final = Path(__file__).parent.parent
SECTION: Final = re.compile(r"(?<=<!-- settings -->\n).*?(?=<!-- /settings -->)", re.DOTALL)
HEADER: Final = "| variable | default | description |\n|---|---|---|"
NOT_FOR_OPERATORS: Final = {setting.name for setting in (ORIGINS, *SPACE_SETTINGS)}


def all_settings() -> list[Setting[Any]]:
    """Return the settings of the application and its plugins by name: plain variables first, then those of sections."""
    names = [point.name for point in entry_points(group=GROUP) if point.value.startswith("glossator_plugins.")]
    declared = [PLUGINS, *CORE_SETTINGS, *(setting for plugin in discover(names) for setting in plugin.settings)]
    by_name = {setting.name: setting for setting in reversed(declared) if setting.name not in NOT_FOR_OPERATORS}
    return sorted(by_name.values(), key=lambda setting: ("__" in setting.name, setting.name))


def table() -> str:
    defaults = tomllib.loads((ROOT / "settings.toml").read_text("utf-8"))["default"]
    return "\n".join([HEADER, *rows(all_settings(), defaults)]) + "\n"


def rows(settings: Iterable[Setting[Any]], defaults: dict[str, Any]) -> Iterator[str]:
    for setting in settings:
        secret = " (secret)" if setting.type.secret else ""
        yield f"| `{setting.name}`{secret} | {format_default(setting, defaults)} | {setting.help} |"


def format_default(setting: Setting[Any], defaults: dict[str, Any]) -> str:
    section, _, key = setting.name.partition("__")
    value = defaults.get(section.lower(), {}).get(key.lower()) if key else defaults.get(setting.name)
    if value is None and not key:
        value = defaults.get(setting.name.lower())
    if value is None:
        value = setting.default
    if value in (None, "", []):
        unless = f" unless `{setting.unless}`" if setting.unless else ""
        return f"required{unless}" if setting.required else "-"
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(value) if isinstance(value, list) else str(value)


def replace_table(readme: str) -> str:
    return SECTION.sub(lambda _: table(), readme)


if __name__ == "__main__":
    path = ROOT / "README.md"
    path.write_text(replace_table(path.read_text("utf-8")), "utf-8")
    sys.stdout.write(f"{path.name}: {len(all_settings())} settings\n")
