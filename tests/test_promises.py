"""Rules for every setting of the application and of its plugins."""

import re
import tomllib
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

import pytest

from glossator.configuration.core import CORE_SETTINGS, ORIGINS
from glossator.configuration.core import load as load_configuration
from glossator.configuration.space import SPACE_SETTINGS
from glossator.kernel.discovery import GROUP, discover
from glossator.kernel.settings.file import SettingsFile
from glossator.kernel.settings.loading import PLUGINS
from glossator.kernel.settings.setting import Setting
from tests.operators import Operator
from tests.places import ROOT
from tools.route_list import PATH, lines
from tools.settings_table import replace_table

DOCUMENTED: Final = (
    "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "OPENAI_EMBEDDING_MODEL", "QDRANT_URL", "QDRANT_API_KEY",
    "QDRANT_COLLECTION_NAME", "NEON_API_KEY", "BETTER_AUTH_SECRET", "BETTER_AUTH_URL", "CORS_ALLOWED_ORIGINS", "PORT",
    "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_CONSOLE_EXPORT", "DATA_ENCRYPTION_KEY", "ADMIN_API_KEY", "SITE_URL",
    "SITE_GENERATOR", "DOCS_PATH", "BOOK_TITLE", "GLOSSATOR_ENV", "GLOSSATOR_SETTINGS",
)  # fmt: skip
NOT_FOR_OPERATORS: Final = {setting.name for setting in (ORIGINS, *SPACE_SETTINGS)}


def all_settings() -> dict[str, Setting[Any]]:
    installed = [point.name for point in entry_points(group=GROUP) if point.value.startswith("glossator_plugins.")]
    declared = [PLUGINS, *CORE_SETTINGS, *(setting for plugin in discover(installed) for setting in plugin.settings)]
    return {setting.name: setting for setting in reversed(declared)}


ALL_SETTINGS: Final = all_settings()
VARIABLES: Final = sorted(name for name in ALL_SETTINGS if "__" not in name and name not in NOT_FOR_OPERATORS)


def example_lines() -> list[str]:
    return (ROOT / ".env.example").read_text("utf-8").splitlines()


@pytest.mark.parametrize("name", sorted({*VARIABLES, *DOCUMENTED}))
def test_the_env_example_describes_the_variable(name: str) -> None:
    lines = example_lines()
    index = next((number for number, line in enumerate(lines) if line.startswith(f"#{name}=")), None)

    assert index is not None, f"{name} is missing in .env.example"
    assert re.match(r"# \S", lines[index - 1])


def test_a_copy_of_the_env_example_sets_nothing() -> None:
    assert [line for line in example_lines() if line and not line.startswith("#")] == []


def test_the_readme_has_the_current_table_of_settings() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")

    assert readme == replace_table(readme), "run `make readme`"


def test_the_list_of_routes_is_current() -> None:
    assert PATH.read_text("utf-8") == "".join(lines()), "run `make readme`"


@pytest.mark.parametrize("name", sorted(ALL_SETTINGS))
def test_the_setting_has_a_description(name: str) -> None:
    assert ALL_SETTINGS[name].help


def test_every_default_has_a_comment() -> None:
    text = (ROOT / "settings.toml").read_text("utf-8").partition("\n[production]")[0]
    assignments = [line for line in text.splitlines() if re.match(r"\w+ = ", line)]

    assert [line for line in assignments if not re.search(r"  ?# \S", line)] == []


@pytest.mark.parametrize("name", sorted(ALL_SETTINGS))
def test_the_default_is_defined_once(name: str) -> None:
    in_file = SettingsFile(Path("settings.toml"), tomllib.loads((ROOT / "settings.toml").read_text("utf-8")))

    assert ALL_SETTINGS[name].default is None or in_file.origin(name, "default") is None


def test_the_settings_file_contains_no_secret() -> None:
    tables = tomllib.loads((ROOT / "settings.toml").read_text("utf-8"))
    keys = {key.upper() for table in tables.values() for key in table}

    assert keys & {name for name, setting in ALL_SETTINGS.items() if setting.type.secret} == set()


def test_the_embedded_environment_needs_no_variables(operator: Operator) -> None:
    operator.use_bundled_file()
    operator.set_env({"GLOSSATOR_ENV": "embedded"})

    assert load_configuration().warnings == ()
