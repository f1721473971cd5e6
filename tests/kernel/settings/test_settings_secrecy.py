"""Secrets appear in no repr, error, traceback, log line or output of dynaconf."""

import io
import logging
import traceback

import pytest
from dynaconf import Dynaconf
from dynaconf.utils.inspect import inspect_settings

from glossator.kernel.errors import SettingsInvalid
from glossator.kernel.settings.environment import environment_hook, read_environment
from glossator.kernel.settings.setting import BadValue, Setting
from glossator.kernel.settings.types import SECRET, URL, integer, secret, validated
from tests.operators import Operator

SHORT = "hunter2"
KEY = Setting("SOME_KEY", SECRET, "", required=True)
LONG_KEY = Setting("SOME_KEY", secret(min_length=16), "", required=True)
SHORT_KEY = Setting("SOME_KEY", secret(warn_below=32), "", required=True)
SERVER = Setting("SOME_URL", URL, "", required=True)
PORT = Setting("PORT", integer(1024, 65535), "", default=8080)


def refuse(_: object) -> None:
    raise BadValue("must be a connection string")


VALIDATED_KEY = Setting("SOME_KEY", validated(SECRET, refuse), "", required=True)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def test_printed_settings_contain_no_secret(operator: Operator, log: pytest.LogCaptureFixture) -> None:
    operator.set_env({"SOME_KEY": SHORT})

    loaded = operator.load(SHORT_KEY)
    printed = f"{loaded} {loaded.settings!r} {list(loaded.settings)} {vars(loaded.settings)} {loaded.warnings}"

    assert loaded.warnings
    assert SHORT not in printed + log.text


@pytest.mark.parametrize(
    ("setting", "variables"),
    [
        (LONG_KEY, {"SOME_KEY": SHORT}),
        (VALIDATED_KEY, {"SOME_KEY": SHORT}),
        (SERVER, {"SOME_URL": f"https://user:{SHORT}@example.com"}),
        (SERVER, {"SOME_URL": f"@format {SHORT}"}),
        (PORT, {"PORT": SHORT, "SOME_KEY": SHORT}),
        (PORT, {"GLOSSATOR_ENV": SHORT}),
        (PORT, {"ANY_FOR_DYNACONF": SHORT}),
    ],
)
def test_an_error_contains_no_value(
    operator: Operator, log: pytest.LogCaptureFixture, setting: Setting[object], variables: dict[str, str]
) -> None:
    operator.set_env(variables)

    with pytest.raises(SettingsInvalid) as caught:
        operator.load(setting)
    report = traceback.TracebackException.from_exception(caught.value, capture_locals=False)
    printed = "".join([str(caught.value), repr(caught.value), *report.format(chain=True), log.text])

    assert SHORT not in printed
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_traceback_with_local_variables_contains_no_secret(operator: Operator) -> None:
    operator.set_env({"SOME_KEY": SHORT, "PORT": "0123"})

    with pytest.raises(SettingsInvalid) as caught:
        operator.load(KEY, PORT)
    report = traceback.TracebackException.from_exception(caught.value, capture_locals=True)

    assert SHORT not in "".join(report.format())


def test_an_error_about_a_secret_in_the_file_does_not_contain_it(operator: Operator) -> None:
    operator.write_file("settings.toml", f'[default]\nplugins = ["some"]\nSOME_KEY = "{SHORT}"\n[production]\n')

    assert SHORT not in "".join(operator.load_errors(KEY))


def test_dynaconf_prints_only_masks(operator: Operator) -> None:
    operator.set_env({"SOME_KEY": SHORT})
    hook = environment_hook([KEY], read_environment(operator.folder / ".env"), {})
    output = io.StringIO()

    loaded = Dynaconf(
        settings_files=[str(operator.folder / "settings.toml")],
        environments=True,
        env="production",
        core_loaders=["TOML"],
        loaders=[],
        post_hooks=[hook],
    )
    output.write(f"{loaded.as_dict()} {loaded.SOME_KEY} {inspect_settings(loaded)}")

    assert "**********" in output.getvalue()
    assert SHORT not in output.getvalue()
