"""Finds plugins by the entry-point group `glossator.plugins`, in any installed distribution."""

from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from glossator.kernel.errors import SettingsInvalid
from glossator.kernel.plugin import ServicePlugin

GROUP: Final = "glossator.plugins"


def discover(names: Sequence[str]) -> tuple[ServicePlugin, ...]:
    """Return the named plugins, in order. Raises SettingsInvalid with a line for each plugin that cannot be loaded."""
    installed = {point.name: point for point in entry_points(group=GROUP)}
    plugins: list[ServicePlugin] = []
    errors: list[str] = []
    for name in names:
        try:
            plugins.append(_load(name, installed))
        except LookupError as error:
            errors.append(str(error.args[0]))
    if errors:
        raise SettingsInvalid(errors)
    return tuple(plugins)


def _load(name: str, installed: dict[str, EntryPoint]) -> ServicePlugin:
    if name not in installed:
        known = ", ".join(sorted(installed)) or "none"
        raise LookupError(f"PLUGINS: there is no plugin {name!r} - installed are: {known}")
    try:
        plugin = installed[name].load()()
    except Exception as error:
        raise LookupError(f"PLUGINS: plugin {name!r} cannot be loaded ({type(error).__name__})") from error
    if not isinstance(plugin, ServicePlugin) or plugin.name != name:
        raise LookupError(f"PLUGINS: {name!r} is not a service plugin of that name - see 'Add a plugin' in the README")
    return plugin


def version_of(name: str) -> str:
    """The version of the distribution that installs the plugin."""
    found = next((point.dist for point in entry_points(group=GROUP, name=name) if point.dist), None)
    return found.version if found else "of unknown version"
