"""An operator for tests: an empty environment and folder, to which a test adds variables and files."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from glossator.configuration.core import Configuration, FindPlugins
from glossator.configuration.core import load as load_configuration
from glossator.kernel.errors import SettingsInvalid
from glossator.kernel.plugin import ServicePlugin
from glossator.kernel.settings.environment import read_environment
from glossator.kernel.settings.loading import LoadedSettings
from glossator.kernel.settings.loading import load as load_settings
from glossator.kernel.settings.setting import Setting
from tests.places import ROOT

INHERITED = {"PATH", "HOME"}
SETTINGS_FILE = ROOT / "settings.toml"
FILE = '[default]\nplugins = ["some"]\n[production]\n[embedded]\nplugins = ["local"]\n[testing]\n'


def no_plugins(_: Sequence[str]) -> tuple[ServicePlugin, ...]:
    """Return no plugin, so that the listed names need not be installed."""
    return ()


class Operator:
    """Begins with a settings file of three environments."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        for name in set(os.environ) - INHERITED:
            monkeypatch.delenv(name)
        monkeypatch.chdir(folder)
        self.folder = folder
        self._monkeypatch = monkeypatch
        self.write_file("settings.toml", FILE)

    def set_env(self, variables: Mapping[str, str]) -> None:
        for name, text in variables.items():
            self._monkeypatch.setenv(name, text)

    def write_file(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, "utf-8")

    def load(self, *settings: Setting[Any], options: Mapping[str, str] | None = None) -> LoadedSettings:
        environment = read_environment(Path(".env")).with_options(options or {})
        return load_settings(lambda plugins, table: settings, environment)

    def load_errors(self, *settings: Setting[Any]) -> tuple[str, ...]:
        """Return the error lines."""
        with pytest.raises(SettingsInvalid) as caught:
            self.load(*settings)
        return caught.value.lines

    def use_bundled_file(self, testing: str = "") -> None:
        """Use the settings file of the repository, with additions to its table `[testing]`."""
        text = SETTINGS_FILE.read_text("utf-8")
        self.write_file("settings.toml", text.replace("[testing]\n", f"[testing]\n{testing}\n"))

    def configure(self, options: Mapping[str, str] | None = None, find: FindPlugins = no_plugins) -> Configuration:
        return load_configuration(options, find=find)

    def configuration_errors(self, find: FindPlugins = no_plugins) -> tuple[str, ...]:
        with pytest.raises(SettingsInvalid) as caught:
            load_configuration(find=find)
        return caught.value.lines


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Operator:
    return Operator(monkeypatch, tmp_path)
