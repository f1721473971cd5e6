from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from glossator.kernel.settings.secret import Secret
from glossator.kernel.settings.setting import BadValue, SettingType
from glossator.kernel.settings.types import (
    FLAG,
    PATH,
    SECRET,
    TEXT,
    TEXT_LIST,
    URL,
    choice,
    integer,
    number,
    optional,
    secret,
    url,
    validated,
    warning,
)

PORT = integer(1024, 65535)


@pytest.mark.parametrize("text", ["1024", "8080", "65535"])
def test_an_integer_within_its_bounds_is_valid(text: str) -> None:
    assert PORT.parse(text) == int(text)


@pytest.mark.parametrize(
    "text",
    ["80", "65536", "0123", "08080", "8080.5", "8080.0", "true", "", "+8080", "8_080", "0x1f90", "8e3", "٨٠٨٠", "8 080",
     "-8080", "[8080]", "@int 8080", "9" * 5000],
)  # fmt: skip
def test_an_integer_has_decimal_digits_only_and_bounds(text: str) -> None:
    with pytest.raises(BadValue, match="must be a whole number from 1024 to 65535, in decimal digits only"):
        PORT.parse(text)


@pytest.mark.parametrize("value", [True, "8080", 8080.0, 80, None, [8080]])
def test_an_integer_in_a_file_is_a_toml_integer(value: object) -> None:
    with pytest.raises(BadValue):
        PORT.accept(value)


@pytest.mark.parametrize(("text", "value"), [("0.5", 0.5), ("30", 30.0), ("600", 600.0)])
def test_a_decimal_number_is_valid(text: str, value: float) -> None:
    assert number(0.1, 600).parse(text) == value


@pytest.mark.parametrize("text", ["nan", "inf", "1e2", "0,5", ".5", "5.", "00.5", "601", "0.05", "", "true"])
def test_other_number_formats_are_rejected(text: str) -> None:
    with pytest.raises(BadValue, match=r"must be a decimal number from 0\.1 to 600"):
        number(0.1, 600).parse(text)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, "5"])
def test_a_number_in_a_file_is_a_finite_number(value: object) -> None:
    with pytest.raises(BadValue):
        number(0.1, 600).accept(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("True", True), ("yes", True), ("ON", True), ("1", True),
     ("false", False), ("no", False), ("off", False), ("0", False)],
)  # fmt: skip
def test_a_flag_is_one_of_eight_words(text: str, value: bool) -> None:
    assert FLAG.parse(text) is value


@pytest.mark.parametrize("text", ["", "2", "t", "enabled", "@bool true", "none"])
def test_other_words_are_not_flags(text: str) -> None:
    with pytest.raises(BadValue, match="must be one of: true, yes, on, 1, false, no, off, 0"):
        FLAG.parse(text)


@pytest.mark.parametrize("value", ["true", 1, None])
def test_a_flag_in_a_file_is_true_or_false(value: object) -> None:
    with pytest.raises(BadValue):
        FLAG.accept(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("https://api.example.com", "https://api.example.com"),
        ("https://api.example.com/v1/", "https://api.example.com/v1"),
        ("http://localhost:11434/v1", "http://localhost:11434/v1"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_trailing_slash_of_a_url_is_removed(text: str, value: str) -> None:
    assert URL.parse(text) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("api.example.com", "must begin with https:// or http://"),
        ("ftp://example.com", "must begin with https:// or http://"),
        ("https:example.com", "must begin with https:// or http://"),
        ("https://", "must be a URL with a valid host and port"),
        ("https://example.com:", "must be a URL with a valid host and port"),
        ("https://example.com:0", "must be a URL with a valid host and port"),
        ("https://example.com:65536", "must be a URL with a valid host and port"),
        ("https://example.com:port", "must be a URL with a valid host and port"),
        ("https://[::1", "must be a URL with a valid host and port"),
        ("https://exa mple.com", "must be a URL in ASCII without spaces"),
        ("https://exa\nmple.com", "must be a URL in ASCII without spaces"),
        ("https://bücher.example", "must be a URL in ASCII without spaces"),
        ("https://user:hunter2@example.com", "must not contain a user name or password"),
        ("https://example.com/?key=hunter2", "must not contain a query or fragment"),
        ("https://example.com/#hunter2", "must not contain a query or fragment"),
        ("@format https://{env[HOME]}", "must not begin with @"),
        ("", "must not be blank"),
    ],
)
def test_the_error_of_an_invalid_url_does_not_contain_it(text: str, reason: str) -> None:
    with pytest.raises(BadValue) as caught:
        URL.parse(text)
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    "text",
    ["https://cluster.cloud.qdrant.io", "http://localhost:6333", "http://127.0.0.1", "http://[::1]:6333",
     "http://10.0.0.7:6333", "http://192.168.1.2", "http://qdrant:6333", "http://qdrant.internal"],
)  # fmt: skip
def test_plain_http_is_allowed_for_loopback_and_private_hosts(text: str) -> None:
    assert url(https=True).parse(text) == text


@pytest.mark.parametrize(
    "text", ["http://cluster.cloud.qdrant.io", "http://8.8.8.8:6333", "http://localhost.example.com"]
)
def test_public_hosts_require_https(text: str) -> None:
    with pytest.raises(BadValue, match="must begin with https://"):
        url(https=True).parse(text)


@pytest.mark.parametrize("setting_type", [TEXT, URL, PATH, TEXT_LIST, choice("a"), optional(TEXT)])
@pytest.mark.parametrize("text", ["@format {env[HOME]}", "@jinja {{1}}", "@read_file /etc/hostname", "@none", "@"])
def test_a_text_that_dynaconf_would_execute_is_rejected(setting_type: SettingType[object], text: str) -> None:
    with pytest.raises(BadValue):
        setting_type.parse(text)


@pytest.mark.parametrize(
    ("text", "entries"),
    [("", ()), (" , ,", ()), ("a", ("a",)), (" a ,, b,", ("a", "b")), ('["a"]', ('["a"]',))],
)
def test_a_list_ignores_white_space_and_empty_entries(text: str, entries: tuple[str, ...]) -> None:
    assert TEXT_LIST.parse(text) == entries


@pytest.mark.parametrize("read", [lambda: TEXT_LIST.parse("a,@none"), lambda: TEXT_LIST.accept(["a", "@none"])])
def test_an_entry_of_a_list_must_not_begin_with_at(read: Callable[[], Any]) -> None:
    with pytest.raises(BadValue, match="must not begin with @"):
        read()


@pytest.mark.parametrize("value", ["a,b", 1, [1], {"a": 1}])
def test_a_list_in_a_file_is_a_list_of_texts(value: object) -> None:
    with pytest.raises(BadValue):
        TEXT_LIST.accept(value)


def test_a_choice_accepts_only_its_words() -> None:
    generator = choice("docusaurus", "github")

    assert generator.parse("github") == "github"
    with pytest.raises(BadValue, match="must be one of: docusaurus, github"):
        generator.parse("GitHub")


def test_a_path_may_begin_with_the_home_folder() -> None:
    assert PATH.parse("~/book") == Path.home() / "book"


@pytest.mark.parametrize("text", ["a\0b", "~no-such-user-here/book"])
def test_an_impossible_path_is_rejected(text: str) -> None:
    with pytest.raises(BadValue):
        PATH.parse(text)


@pytest.mark.parametrize("setting_type", [TEXT, URL, PATH, SECRET, FLAG, PORT])
def test_blank_is_rejected_when_a_value_is_required(setting_type: SettingType[object]) -> None:
    with pytest.raises(BadValue):
        setting_type.parse("")


@pytest.mark.parametrize("setting_type", [optional(TEXT), optional(URL), optional(SECRET), optional(PORT)])
def test_blank_is_none_when_a_value_is_optional(setting_type: SettingType[object]) -> None:
    assert setting_type.parse("") is None
    assert setting_type.accept("") is None


def test_an_optional_type_keeps_its_rules() -> None:
    with pytest.raises(BadValue, match="at least 16"):
        optional(secret(min_length=16)).parse("short")


def test_a_secret_can_be_any_text() -> None:
    assert SECRET.parse("@format {env[HOME]}") == Secret("@format {env[HOME]}")


def test_a_secret_in_a_file_is_rejected() -> None:
    with pytest.raises(BadValue, match="must not be in a settings file"):
        SECRET.accept("hunter2")


@pytest.mark.parametrize(("length", "warned"), [(16, True), (31, True), (32, False)])
def test_a_short_secret_causes_a_warning(length: int, warned: bool) -> None:
    setting_type = optional(secret(min_length=16, warn_below=32))

    assert bool(warning(setting_type, setting_type.parse("x" * length))) is warned


def test_a_rule_of_a_plugin_is_added_to_the_type() -> None:
    def postgres(value: Secret) -> None:
        if not value.reveal().startswith("postgresql://"):
            raise BadValue("must be a connection string")

    setting_type = validated(SECRET, postgres)

    assert setting_type.secret
    assert setting_type.parse("postgresql://x") == Secret("postgresql://x")
    with pytest.raises(BadValue, match="must be a connection string"):
        setting_type.parse("napi_123")
