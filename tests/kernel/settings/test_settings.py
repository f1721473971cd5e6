from collections.abc import Sequence
from typing import Any

import pytest

from glossator.kernel.errors import ExitCode, SettingsInvalid
from glossator.kernel.settings.environment import read_environment
from glossator.kernel.settings.loading import PLUGINS, load
from glossator.kernel.settings.setting import Setting, Settings
from glossator.kernel.settings.types import FLAG, SECRET, TEXT, TEXT_LIST, URL, integer, optional, secret
from tests.operators import Operator

PORT = Setting("PORT", integer(1024, 65535), "")
TIMEOUT = Setting("SEARCH__TIMEOUT", integer(1, 600), "")
RETRIES = Setting("SEARCH__RETRIES", integer(0, 10), "")
NAME = Setting("SOME_NAME", optional(TEXT), "")
URL_REQUIRED = Setting("SOME_URL", URL, "", required=True)
KEY_REQUIRED = Setting("SOME_KEY", optional(SECRET), "", required=True)
KEY_UNLESS = Setting("SOME_KEY", optional(SECRET), "", required=True, unless="SOME_NAME")


def with_file(operator: Operator, default: str, production: str = "") -> None:
    operator.write_file("settings.toml", f"[default]\nplugins = ['some']\n{default}\n[production]\n{production}\n")


def test_the_table_of_the_environment_overrides_the_default_table(operator: Operator) -> None:
    with_file(operator, "PORT = 8080\nSOME_NAME = 'a'", "PORT = 9090")

    settings = operator.load(PORT, NAME).settings

    assert (settings[PORT], settings.origin(PORT)) == (9090, "settings.toml [production]")
    assert (settings[NAME], settings.origin(NAME)) == ("a", "settings.toml [default]")


def test_a_section_of_an_environment_keeps_the_other_keys_of_the_default_section(operator: Operator) -> None:
    with_file(operator, "[default.search]\ntimeout = 5\nretries = 2", "[production.search]\ntimeout = 7")

    settings = operator.load(TIMEOUT, RETRIES).settings

    assert (settings[TIMEOUT], settings[RETRIES]) == (7, 2)
    assert settings.origin(RETRIES) == "settings.toml [default]"


def test_a_variable_sets_a_key_of_a_section(operator: Operator) -> None:
    with_file(operator, "[default.search]\ntimeout = 5\nretries = 2")
    operator.set_env({"SEARCH__TIMEOUT": "9"})

    settings = operator.load(TIMEOUT, RETRIES).settings

    assert (settings[TIMEOUT], settings[RETRIES]) == (9, 2)


def test_a_default_in_the_code_applies_when_the_file_has_none(operator: Operator) -> None:
    limit = Setting("LIMIT", integer(1, 9), "", default=3)
    off = Setting("OFF", FLAG, "", default=False)

    settings = operator.load(limit, off, NAME).settings

    assert (settings[limit], settings[off], settings[NAME]) == (3, False, None)
    assert settings.origin(limit) == "default"


def test_sections_are_merged_whatever_the_case_of_their_keys(operator: Operator) -> None:
    with_file(operator, "[default.SEARCH]\nTimeout = 5\nretries = 2", "[production.search]\ntimeout = 7")

    settings = operator.load(TIMEOUT, RETRIES).settings

    assert (settings[TIMEOUT], settings[RETRIES]) == (7, 2)


def test_a_default_in_the_code_is_never_executed(operator: Operator) -> None:
    template = Setting("TEMPLATE", TEXT, "", default="@format {env[HOME]}")
    nested = Setting("SEARCH__TEMPLATE", TEXT, "", default="@none")

    settings = operator.load(template, nested).settings

    assert (settings[template], settings[nested]) == ("@format {env[HOME]}", "@none")


def test_a_list_in_an_environment_replaces_the_default_list(operator: Operator) -> None:
    entries = Setting("ENTRIES", TEXT_LIST, "")
    with_file(operator, "entries = ['a', 'b']", "entries = ['c']")

    assert operator.load(entries).settings[entries] == ("c",)


def test_values_of_the_file_are_trusted_and_evaluated(operator: Operator) -> None:
    with_file(operator, "SOME_NAME = '@format {this.OTHER}'\nOTHER = 'x'")

    assert operator.load(NAME).settings[NAME] == "x"


@pytest.mark.parametrize("template", ["@jinja {{ broken", "@format {this.ABSENT}", "@read_file /no/such/file"])
def test_a_template_of_the_file_that_fails_is_an_error(operator: Operator, template: str) -> None:
    with_file(operator, f"SOME_NAME = '{template}'")

    assert "begins with @ cannot be evaluated" in operator.load_errors(NAME)[0]


@pytest.mark.parametrize(("variable", "environment"), [(None, "production"), ("embedded", "embedded")])
def test_the_environment_defaults_to_production(operator: Operator, variable: str | None, environment: str) -> None:
    operator.set_env({"GLOSSATOR_ENV": variable} if variable else {})

    assert operator.load().environment == environment


@pytest.mark.parametrize("name", ["staging", "Production", "default", "hunter2"])
def test_an_unknown_environment_is_an_error(operator: Operator, name: str) -> None:
    operator.set_env({"GLOSSATOR_ENV": name})

    assert operator.load_errors() == (
        "GLOSSATOR_ENV: must be a table of settings.toml - it has: production, embedded, testing",
    )


def test_the_env_file_can_set_the_environment(operator: Operator) -> None:
    operator.write_file(".env", "GLOSSATOR_ENV=testing\n")

    assert operator.load().environment == "testing"


def test_a_missing_file_is_an_error_with_its_path(operator: Operator) -> None:
    (operator.folder / "settings.toml").unlink()

    (line,) = operator.load_errors()

    assert line.startswith(f"GLOSSATOR_SETTINGS: {operator.folder / 'settings.toml'} is not an existing .toml file")


def test_glossator_settings_is_the_path_of_the_file(operator: Operator) -> None:
    folder = operator.folder / "[a]*"
    folder.mkdir()
    (folder / "mine.toml").write_text("[default]\nplugins = ['some']\nSOME_NAME = 'b'\n[production]\n")
    operator.set_env({"GLOSSATOR_SETTINGS": str(folder / "mine.toml")})

    settings = operator.load(NAME).settings

    assert (settings[NAME], settings.origin(NAME)) == ("b", "mine.toml [default]")


@pytest.mark.parametrize("name", ["settings.local.toml", "dynaconf_hooks.py"])
def test_other_files_that_dynaconf_supports_are_an_error(operator: Operator, name: str) -> None:
    operator.write_file(name, "")

    assert operator.load_errors()[0].startswith(f"{name}: is not supported beside settings.toml")


def test_invalid_toml_is_an_error(operator: Operator) -> None:
    operator.write_file("settings.toml", "[default\n")

    assert operator.load_errors()[0].startswith("settings.toml: is not valid TOML")


def test_a_section_that_is_a_single_value_is_an_error(operator: Operator) -> None:
    with_file(operator, "search = 5")

    assert operator.load_errors(TIMEOUT) == (
        "settings.toml [default]: search must be a table of its own - write [default.search]",
    )


def test_all_errors_are_reported_at_once_with_their_fixes(operator: Operator) -> None:
    with_file(operator, "SOME_NAME = 5\n[default.search]\ntimeout = 0")
    operator.set_env({"PORT": "0123", "SOME_SECRET": "short"})
    short = Setting("SOME_SECRET", secret(min_length=16), "")

    with pytest.raises(SettingsInvalid) as caught:
        operator.load(PORT, TIMEOUT, NAME, URL_REQUIRED, KEY_REQUIRED, short)

    assert caught.value.code is ExitCode.SETTINGS
    assert caught.value.lines == (
        "PORT: must be a whole number from 1024 to 65535, in decimal digits only - "
        "set it in the environment or in .env",
        "SEARCH__TIMEOUT: must be a whole number from 1 to 600, in decimal digits only - "
        "correct it in settings.toml [default]",
        "SOME_KEY: is required - set it in the environment or in .env",
        "SOME_NAME: must be a text in quotes - correct it in settings.toml [default]",
        "SOME_SECRET: must have at least 16 characters - set it in the environment or in .env",
        "SOME_URL: is required - set it in the environment or in .env",
    )


def test_on_a_space_the_fixes_name_its_secrets_and_variables(operator: Operator) -> None:
    operator.set_env({"SPACE_ID": "someone/book"})

    assert operator.load_errors(URL_REQUIRED, KEY_REQUIRED) == (
        "SOME_KEY: is required - set it in the Space's settings, under Secrets",
        "SOME_URL: is required - set it in the Space's settings, under Variables",
    )


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_a_required_setting_must_not_be_blank(operator: Operator, text: str) -> None:
    operator.set_env({"SOME_URL": text, "SOME_KEY": text})

    assert [line.partition(" - ")[0] for line in operator.load_errors(URL_REQUIRED, KEY_REQUIRED)] == [
        "SOME_KEY: is required",
        "SOME_URL: must not be blank",
    ]


@pytest.mark.parametrize("variables", [{}, {"SOME_NAME": ""}, {"SOME_NAME": "", "SOME_KEY": ""}])
def test_a_setting_is_required_unless_the_other_is_set(operator: Operator, variables: dict[str, str]) -> None:
    operator.set_env(variables)

    assert operator.load_errors(KEY_UNLESS, NAME)[0].startswith("SOME_KEY: is required unless SOME_NAME is set - ")


@pytest.mark.parametrize("in_file", [True, False])
def test_a_setting_is_optional_when_the_other_is_set(operator: Operator, in_file: bool) -> None:
    with_file(operator, "SOME_NAME = 'x'" if in_file else "")
    operator.set_env({} if in_file else {"SOME_NAME": "x"})

    assert operator.load(KEY_UNLESS, NAME).settings[KEY_UNLESS] is None


def test_each_setting_has_its_own_error_when_both_are_invalid(operator: Operator) -> None:
    with_file(operator, "SOME_NAME = 5")

    assert [line.partition(" - ")[0] for line in operator.load_errors(KEY_UNLESS, NAME)] == [
        "SOME_KEY: is required unless SOME_NAME is set",
        "SOME_NAME: must be a text in quotes",
    ]


def test_a_setting_without_default_is_an_error(operator: Operator) -> None:
    assert operator.load_errors(PORT)[0].startswith("PORT: has no default in the settings file and is not set")


def test_a_secret_in_the_file_is_an_error(operator: Operator) -> None:
    with_file(operator, "SOME_KEY = 'hunter2'")

    assert operator.load_errors(KEY_REQUIRED) == (
        "SOME_KEY: is a secret and must not be in a settings file - set it in the environment or in .env",
    )


def test_the_settings_of_the_listed_plugins_are_loaded(operator: Operator) -> None:
    calls: list[tuple[tuple[str, ...], str]] = []

    def declare(plugins: tuple[str, ...], table: str) -> Sequence[Setting[Any]]:
        calls.append((plugins, table))
        return [NAME]

    operator.set_env({"GLOSSATOR_ENV": "embedded"})
    load(declare, read_environment(operator.folder / ".env"))
    operator.set_env({"PLUGINS": " b, ,a "})
    loaded = load(declare, read_environment(operator.folder / ".env"))

    assert calls == [(("local",), "embedded"), (("b", "a"), "embedded")]
    assert loaded.settings[PLUGINS] == ("b", "a")


def test_unknown_plugins_are_reported_with_the_other_errors(operator: Operator) -> None:
    def declare(plugins: tuple[str, ...], _: str) -> Sequence[Setting[Any]]:
        if "x" in plugins:
            raise SettingsInvalid(["PLUGINS: there is no plugin 'x'"])
        return [URL_REQUIRED] if plugins == ("known",) else []

    operator.set_env({"PLUGINS": "x,known"})

    with pytest.raises(SettingsInvalid) as caught:
        load(declare, read_environment(operator.folder / ".env"))
    assert [line.partition(":")[0] for line in caught.value.lines] == ["PLUGINS", "SOME_URL"]


def test_the_first_of_two_settings_with_one_name_wins(operator: Operator) -> None:
    first, second = Setting("LIMIT", integer(1, 9), "", default=1), Setting("LIMIT", integer(1, 9), "", default=2)

    assert operator.load(first, second).settings[second] == 1


def test_settings_can_be_created_from_pairs() -> None:
    settings = Settings.of({PORT: 1234})

    assert settings[PORT] == 1234
    assert [value.origin for value in settings] == ["code"]


def test_with_value_does_not_change_the_original() -> None:
    settings = Settings.of({PORT: 1234})

    assert settings.with_value(PORT, 4321, "elsewhere")[PORT] == 4321
    assert settings[PORT] == 1234
