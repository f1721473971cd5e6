"""The plugins that a process starts."""

from glossator.configuration.core import Configuration
from glossator.domain.book.index import PassageIndex
from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.ports.embedder import Embedder
from glossator.kernel.discovery import discover
from glossator.kernel.registry import Registry


def full_registry(configuration: Configuration) -> Registry:
    """Raises SettingsInvalid when the listed plugins do not provide what the app or another plugin requires."""
    needed = (Embedder, PassageIndex, ChatModel)
    plugins, narrowed = discover(configuration.plugins), configuration.provides
    return Registry(plugins, configuration.settings, narrowed, needed, vital=(PassageIndex,))


def partial_registry(configuration: Configuration, *needed: type) -> Registry:
    """The listed plugins that provide one of these types. Raises SettingsInvalid if a type has no provider."""
    plugins = [plugin for plugin in discover(configuration.plugins) if set(needed) & set(plugin.provides)]
    return Registry(plugins, configuration.settings, configuration.provides, needed)
