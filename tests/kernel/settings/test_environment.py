import os

import pytest

from glossator.kernel.settings.environment import Environment, Variable, environment_hook
from glossator.kernel.settings.secret import Secret
from glossator.kernel.settings.setting import Setting
from glossator.kernel.settings.types import SECRET, TEXT, TEXT_LIST, integer, optional
from tests.operators import Operator

KEY = Setting("SOME_KEY", optional(SECRET), "")
NAME = Setting("SOME_NAME", optional(TEXT), "")
PORT = Setting("PORT", integer(1024, 65535), "", default=8080)
LIMIT = Setting("LIMITS__CHAT", integer(1, 100), "", default=10)
USED_UNCHANGED = [
    "123456",
    "true",
    "[1,2]",
    '"q"',
    "2024-01-01",
    "none",
    "{a=1}",
    "dynaconf_merge",
    "$HOME ${HOME}",
    "a b",
]
EXECUTED_BY_DYNACONF = ["@format {env[HOME]}", "@jinja {{1}}", "@read_file /etc/hostname", "@get PORT", "@none", "@del"]


@pytest.mark.parametrize("text", [*USED_UNCHANGED, *EXECUTED_BY_DYNACONF])
def test_a_secret_is_used_unchanged(operator: Operator, text: str) -> None:
    operator.set_env({"SOME_KEY": text})

    assert operator.load(KEY).settings[KEY] == Secret(text)


@pytest.mark.parametrize("text", USED_UNCHANGED)
def test_a_text_is_used_unchanged(operator: Operator, text: str) -> None:
    operator.set_env({"SOME_NAME": text})

    assert operator.load(NAME).settings[NAME] == text


@pytest.mark.parametrize("text", EXECUTED_BY_DYNACONF)
def test_a_text_that_begins_with_at_is_an_error(operator: Operator, text: str) -> None:
    operator.set_env({"SOME_NAME": text})

    assert operator.load_errors(NAME) == ("SOME_NAME: must not begin with @ - set it in the environment or in .env",)


@pytest.mark.parametrize("text", ["value\n", " value", "\tvalue \r\n"])
def test_white_space_around_a_value_is_removed(operator: Operator, text: str) -> None:
    operator.set_env({"SOME_NAME": text, "SOME_KEY": text})

    settings = operator.load(NAME, KEY).settings

    assert settings[NAME] == "value"
    assert settings[KEY] == Secret("value")


@pytest.mark.parametrize("text", ["0123", "80", "65536", "true", "8080.5", "", "[1,2]", "@int 8080"])
def test_an_invalid_port_is_an_error(operator: Operator, text: str) -> None:
    operator.set_env({"PORT": text})

    assert operator.load_errors(PORT) == (
        "PORT: must be a whole number from 1024 to 65535, in decimal digits only - "
        "set it in the environment or in .env",
    )


def test_environment_variables_override_the_env_file(operator: Operator) -> None:
    operator.write_file(".env", "SOME_NAME=from the file\nPORT=9000\n")
    operator.set_env({"SOME_NAME": "from the environment"})

    settings = operator.load(NAME, PORT).settings

    assert (settings[NAME], settings.origin(NAME)) == ("from the environment", "environment")
    assert (settings[PORT], settings.origin(PORT)) == (9000, ".env")


def test_command_line_options_override_the_environment(operator: Operator) -> None:
    operator.set_env({"PORT": "9000"})

    settings = operator.load(PORT, options={"PORT": "9001"}).settings

    assert (settings[PORT], settings.origin(PORT)) == (9001, "command line")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("SOME_NAME=${HOME}", "${HOME}"),
        ("export SOME_NAME=a", "a"),
        ("SOME_NAME='a b' # why", "a b"),
        ("SOME_NAME=", None),
    ],
)
def test_the_env_file_is_read_without_interpolation(operator: Operator, line: str, value: str | None) -> None:
    operator.write_file(".env", f"{line}\n")

    assert operator.load(NAME).settings[NAME] == value


def test_a_binary_env_file_is_an_error(operator: Operator) -> None:
    (operator.folder / ".env").write_bytes(b"SOME_KEY=hunter2\xff\n")

    assert operator.load_errors(KEY) == (".env: is not UTF-8 text - save it as UTF-8",)


def test_the_env_file_does_not_change_the_environment(operator: Operator) -> None:
    operator.write_file(".env", "SOME_NAME=value\n")

    operator.load(NAME)

    assert "SOME_NAME" not in os.environ


def test_only_declared_names_are_read(operator: Operator) -> None:
    operator.set_env(
        {
            "SOME_NAME": "@format {env[HOME]}",
            "DYNACONF_PORT": "1",
            "DYNACONF_SETTINGS": "@none",
            "SETTINGS_MODULE": "other.toml",
            "PROJECT_ROOT": "/",
        }
    )

    operator.write_file("other.toml", "[production]\nPORT = 9999\n")

    settings = operator.load(PORT).settings

    assert [(value.setting.name, value.origin) for value in settings] == [
        ("PLUGINS", "settings.toml [default]"),
        ("PORT", "default"),
    ]


@pytest.mark.parametrize(
    "name",
    ["LOADERS_FOR_DYNACONF", "ENV_FOR_DYNACONF", "SETTINGS_FILE_FOR_DYNACONF", "ANY_FOR_DYNACONF", "any_for_dynaconf"],
)
def test_a_variable_for_dynaconf_is_an_error(operator: Operator, name: str) -> None:
    operator.set_env({name: "['dynaconf.loaders.env_loader']"})

    reason = "names that end in _FOR_DYNACONF would change how settings are loaded - remove it"
    assert operator.load_errors(PORT) == (f"{name}: {reason}",)


def test_a_variable_for_dynaconf_in_the_env_file_is_an_error(operator: Operator) -> None:
    operator.write_file(".env", "LOADERS_FOR_DYNACONF=[]\n")

    assert operator.load_errors(PORT)[0].startswith("LOADERS_FOR_DYNACONF: ")


def test_a_key_of_a_single_value_is_ignored_with_a_warning(operator: Operator) -> None:
    operator.set_env({"PORT__SUB": "1"})

    loaded = operator.load(PORT)

    assert loaded.settings[PORT] == 8080
    assert loaded.warnings == ("PORT__SUB: ignored, it is a single value",)


def test_an_unknown_key_of_a_section_is_ignored_with_a_warning(operator: Operator) -> None:
    operator.set_env({"LIMITS__CHATT": "20", "LIMITS__CHAT": "30"})

    loaded = operator.load(LIMIT)

    assert loaded.settings[LIMIT] == 30
    assert loaded.warnings == ("LIMITS__CHATT: ignored, there is no such setting",)


@pytest.mark.parametrize(
    ("variables", "on_space"), [({}, False), ({"SPACE_ID": "a/b"}, True), ({"SPACE_HOST": "a"}, True)]
)
def test_a_space_is_detected_by_its_variables(variables: dict[str, str], on_space: bool) -> None:
    environment = Environment({name: Variable(text, "environment") for name, text in variables.items()})

    assert environment.on_space is on_space


def test_the_hook_records_errors_and_never_raises() -> None:
    errors: dict[str, str] = {}
    environment = Environment({"PORT": Variable("80", "environment"), "LIMITS__CHAT": Variable("5", ".env")})

    values = environment_hook([PORT, LIMIT], environment, errors)()

    assert list(values) == ["LIMITS__CHAT"]
    assert list(errors) == ["PORT"]


def test_a_list_may_contain_a_keyword_of_dynaconf(operator: Operator) -> None:
    entries = Setting("ENTRIES", TEXT_LIST, "")
    operator.write_file("settings.toml", '[default]\nplugins = ["some"]\nentries = ["x"]\n[production]\n')
    operator.set_env({"ENTRIES": "dynaconf_merge,a"})

    assert operator.load(entries).settings[entries] == ("dynaconf_merge", "a")
