"""What is promised about every setting of the house and of every installed plugin."""

import re
import tomllib
from importlib.metadata import entry_points
from typing import Any, Final

import pytest

from glossator.configuration.core import CORE_SETTINGS, ORIGINS
from glossator.configuration.core import load as load_configuration
from glossator.configuration.space import SPACE_SETTINGS
from glossator.kernel.discovery import GROUP, discover
from glossator.kernel.settings.loading import PLUGINS
from glossator.kernel.settings.setting import Setting
from tests.operators import Operator
from tests.places import ROOT
from tools.settings_table import written

DESIGNED: Final = (
    "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "OPENAI_EMBEDDING_MODEL", "QDRANT_URL", "QDRANT_API_KEY",
    "QDRANT_COLLECTION_NAME", "NEON_API_KEY", "BETTER_AUTH_SECRET", "BETTER_AUTH_URL", "CORS_ALLOWED_ORIGINS", "PORT",
    "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_CONSOLE_EXPORT", "DATA_ENCRYPTION_KEY", "ADMIN_API_KEY", "SITE_URL",
    "SITE_GENERATOR", "DOCS_PATH", "BOOK_TITLE", "GLOSSATOR_ENV", "GLOSSATOR_SETTINGS",
)  # fmt: skip
SET_BY_OTHERS: Final = {setting.name for setting in (ORIGINS, *SPACE_SETTINGS)}


def all_settings() -> dict[str, Setting[Any]]:
    installed = [point.name for point in entry_points(group=GROUP) if point.value.startswith("glossator_plugins.")]
    of_plugins = [setting for plugin in discover(installed) for setting in plugin.settings]
    return {setting.name: setting for setting in (PLUGINS, *CORE_SETTINGS, *of_plugins)}


ALL_SETTINGS: Final = all_settings()
VARIABLES: Final = sorted(name for name in ALL_SETTINGS if "__" not in name and name not in SET_BY_OTHERS)


def example_lines() -> list[str]:
    return (ROOT / ".env.example").read_text("utf-8").splitlines()


@pytest.mark.parametrize("name", sorted({*VARIABLES, *DESIGNED}))
def test_the_env_example_has_the_variable_and_a_line_about_it(name: str) -> None:
    lines = example_lines()
    place = next((number for number, line in enumerate(lines) if line.startswith(f"#{name}=")), None)

    assert place is not None, f"{name} is missing in .env.example"
    assert re.match(r"# \S", lines[place - 1])


def test_a_copy_of_the_env_example_sets_nothing() -> None:
    assert [line for line in example_lines() if line and not line.startswith("#")] == []


def test_the_readme_has_the_table_of_settings_that_the_code_declares() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")

    assert readme == written(readme), "run `make readme`"


@pytest.mark.parametrize("name", sorted(ALL_SETTINGS))
def test_the_setting_says_what_it_is_for(name: str) -> None:
    assert ALL_SETTINGS[name].help


def test_every_default_has_a_comment() -> None:
    text = (ROOT / "settings.toml").read_text("utf-8").partition("\n[production]")[0]
    assignments = [line for line in text.splitlines() if re.match(r"\w+ = ", line)]

    assert [line for line in assignments if not re.search(r"  ?# \S", line)] == []


def test_no_secret_stands_in_the_settings_file() -> None:
    tables = tomllib.loads((ROOT / "settings.toml").read_text("utf-8"))
    written = {key.upper() for table in tables.values() for key in table}

    assert written & {name for name, setting in ALL_SETTINGS.items() if setting.type.secret} == set()


def test_the_embedded_environment_needs_nothing_from_its_operator(operator: Operator) -> None:
    operator.use_bundled_file()
    operator.set_env({"GLOSSATOR_ENV": "embedded"})

    assert load_configuration().warnings == ()
