"""Allowed and trusted origins."""

import pytest

from glossator.configuration.origins import Origin, Origins, origin_of, parse_origin
from glossator.kernel.settings.setting import BadValue
from tests.operators import Operator

TABLE = """
origins = [
    { origin_url = "https://on.example.com" },
    { origin_url = "https://off.example.com", enabled = false },
    { origin_url = "https://book.hf.space", enabled = false },
]
BETTER_AUTH_URL = ""
"""


@pytest.fixture
def operator(operator: Operator) -> Operator:
    operator.use_bundled_file(TABLE)
    operator.set_env({"PLUGINS": "some"})
    return operator


def allowed(operator: Operator, variables: dict[str, str]) -> tuple[str, ...]:
    operator.set_env(variables)
    origins = operator.configure().origins
    assert origins.allowed == origins.trusted
    return origins.allowed


@pytest.mark.parametrize(
    "url",
    ["http://localhost:3000", "http://LOCALHOST", "http://book.localhost", "http://127.0.0.1:5173", "http://127.9.9.9",
     "http://[::1]:3000"],
)  # fmt: skip
def test_loopback_hosts_are_development(url: str) -> None:
    assert parse_origin(url) == Origin(url, enabled=True)
    assert parse_origin(url).environment == "development"


@pytest.mark.parametrize(
    "url", ["https://book.example.com", "http://192.168.0.2:3000", "https://localhost.example.com"]
)
def test_other_hosts_are_production(url: str) -> None:
    assert parse_origin(url).environment == "production"


def test_a_disabled_origin_is_neither_allowed_nor_trusted(operator: Operator) -> None:
    assert allowed(operator, {"GLOSSATOR_ENV": "testing"}) == ("https://on.example.com",)
    assert Origin("https://off.example.com", enabled=False) in operator.configure().origins.entries


def test_the_variable_adds_enabled_origins(operator: Operator) -> None:
    variables = {"GLOSSATOR_ENV": "testing", "CORS_ALLOWED_ORIGINS": "https://a.example.com"}

    assert allowed(operator, variables) == ("https://on.example.com", "https://a.example.com")


def test_the_variable_enables_an_origin_that_the_file_disables(operator: Operator) -> None:
    variables = {"GLOSSATOR_ENV": "testing", "CORS_ALLOWED_ORIGINS": "https://off.example.com"}

    assert "https://off.example.com" in allowed(operator, variables)


def test_the_host_of_the_space_is_added(operator: Operator) -> None:
    assert allowed(operator, {"SPACE_ID": "me/book", "SPACE_HOST": "me-book.hf.space"}) == ("https://me-book.hf.space",)


def test_the_host_of_the_space_can_be_disabled_in_the_file(operator: Operator) -> None:
    variables = {"GLOSSATOR_ENV": "testing", "SPACE_HOST": "book.hf.space", "BETTER_AUTH_URL": "https://book.hf.space"}

    assert allowed(operator, variables) == ("https://on.example.com",)


def test_embedded_allows_common_local_frontends(operator: Operator) -> None:
    ports = ("3000", "3001", "5173")

    assert allowed(operator, {"GLOSSATOR_ENV": "embedded"}) == (
        *(f"http://localhost:{port}" for port in ports),
        *(f"http://127.0.0.1:{port}" for port in ports),
    )


def test_production_allows_none_by_default(operator: Operator) -> None:
    assert allowed(operator, {}) == ()


def test_the_origin_of_the_frontend_is_added(operator: Operator) -> None:
    assert allowed(operator, {"BETTER_AUTH_URL": "https://Book.example.com:443/login"}) == ("https://book.example.com",)


@pytest.mark.parametrize("text", ["", " ", ",", " , ,,"])
def test_an_empty_list_allows_none(operator: Operator, text: str) -> None:
    assert allowed(operator, {"CORS_ALLOWED_ORIGINS": text}) == ()


def test_white_space_and_empty_entries_are_ignored(operator: Operator) -> None:
    text = " https://a.example.com ,, \thttps://b.example.com, "

    assert allowed(operator, {"CORS_ALLOWED_ORIGINS": text}) == ("https://a.example.com", "https://b.example.com")


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        ("https://a.example.com/", "has a path or a trailing slash: write https://a.example.com"),
        ("https://a.example.com:8443/book", "has a path or a trailing slash: write https://a.example.com:8443"),
        ("a.example.com", "has no scheme: write https://a.example.com"),
        ("a.example.com/", "has no scheme: write https://a.example.com"),
        ("localhost:3000", "has no scheme: write http://localhost:3000"),
        ("127.0.0.1:3000", "has no scheme: write http://127.0.0.1:3000"),
        ("https:/a.example.com", "has no scheme: write https://a.example.com"),
        ("//a.example.com", "has no scheme: write https://a.example.com"),
        ("*", "contains a *, but every origin must be listed: write https://book.example.com"),
        ("https://*", "contains a *, but every origin must be listed: write https://book.example.com"),
        ("https://*.example.com", "contains a *, but every origin must be listed: write https://example.com"),
        ("https://a.example.com:*", "contains a *, but every origin must be listed: write https://a.example.com"),
        ("https://me:hunter2@a.example.com", "has user info: write https://a.example.com"),
        ("https://hunter2@a.example.com/", "has user info: write https://a.example.com"),
        ("https://a.example.com?key=hunter2", "has a query or fragment: write https://a.example.com"),
        ("https://a.example.com#hunter2", "has a query or fragment: write https://a.example.com"),
        ("ftp://a.example.com", "must begin with https:// or http://: write https://a.example.com"),
        ('"https://a.example.com"', "is in quotes: write https://a.example.com"),
        ('["https://a.example.com"]', "is in quotes: write https://a.example.com"),
        ("https://a.example.com:99999", "is not scheme://host[:port]: write https://book.example.com"),
        ("https://exa mple.com", "is not scheme://host[:port]: write https://book.example.com"),
        ("https://", "is not scheme://host[:port]: write https://book.example.com"),
    ],
)
def test_an_invalid_entry_is_reported_with_a_correction(operator: Operator, entry: str, error: str) -> None:
    operator.set_env({"CORS_ALLOWED_ORIGINS": f"https://ok.example.com, {entry}"})

    assert operator.configuration_errors() == (
        f"CORS_ALLOWED_ORIGINS: entry 2 {error} - set it in the environment or in .env",
    )


@pytest.mark.parametrize("entry", ["@format {env[HOME]}", "@none", "null", "https://exa mple.com", "https://[::1"])
def test_text_that_is_not_an_origin_is_an_error(entry: str) -> None:
    with pytest.raises(BadValue, match="write http"):
        parse_origin(entry)


def test_every_invalid_entry_is_reported(operator: Operator) -> None:
    operator.set_env({"CORS_ALLOWED_ORIGINS": "https://a.example.com/, ,b.example.com"})

    (line,) = operator.configuration_errors()

    assert "entry 1 has a path or a trailing slash: write https://a.example.com; entry 2 has no scheme" in line


def test_upper_case_is_preserved_and_causes_a_warning(operator: Operator) -> None:
    assert allowed(operator, {"CORS_ALLOWED_ORIGINS": "https://Book.Example.com"}) == ("https://Book.Example.com",)
    assert (
        "CORS_ALLOWED_ORIGINS: https://Book.Example.com has upper-case letters, browsers send https://book.example.com"
        in operator.configure().warnings
    )


@pytest.mark.parametrize(
    ("variables", "warned"),
    [
        ({"CORS_ALLOWED_ORIGINS": "http://book.example.com"}, True),
        ({"BETTER_AUTH_URL": "http://book.example.com"}, True),
        ({"CORS_ALLOWED_ORIGINS": "http://book.example.com", "GLOSSATOR_ENV": "testing"}, False),
        ({"CORS_ALLOWED_ORIGINS": "http://book.example.com", "GLOSSATOR_ENV": "testing", "SPACE_ID": "ada/book"}, True),
        ({"CORS_ALLOWED_ORIGINS": "http://localhost:3000, https://book.example.com"}, False),
    ],
)
def test_a_public_server_warns_of_sites_without_tls(
    operator: Operator, variables: dict[str, str], warned: bool
) -> None:
    operator.set_env(variables)

    assert any("http://book.example.com is not https" in line for line in operator.configure().warnings) is warned


def test_a_default_port_causes_a_warning(operator: Operator) -> None:
    operator.set_env({"CORS_ALLOWED_ORIGINS": "https://book.example.com:443"})

    assert any("browsers send https://book.example.com" in line for line in operator.configure().warnings)


@pytest.mark.parametrize(
    "table",
    ["5", '["https://a.example.com"]',
     "[{ enabled = true }]", '[{ origin_url = "https://a.example.com", enabled = 1 }]',
     '[{ origin_url = "https://a.example.com", enabeld = false }]', '[{ origin_url = "https://a.example.com/" }]'],
)  # fmt: skip
def test_an_invalid_table_of_origins_is_an_error(operator: Operator, table: str) -> None:
    operator.use_bundled_file(f"origins = {table}")
    operator.set_env({"GLOSSATOR_ENV": "testing"})

    (line,) = operator.configuration_errors()

    assert line.startswith("ORIGINS: ")
    assert line.endswith(" - correct it in settings.toml [testing]")


def test_the_table_of_origins_cannot_be_set_by_a_variable(operator: Operator) -> None:
    operator.set_env({"ORIGINS": "https://a.example.com"})

    assert "list origins in CORS_ALLOWED_ORIGINS" in operator.configuration_errors()[0]


def test_origins_are_unique() -> None:
    origins = Origins((Origin("https://a", enabled=False),)).with_derived("https://a").with_derived("https://b")

    assert origins.with_derived("https://b").allowed == ("https://b",)
    assert origins.with_listed((Origin("https://a"),)).allowed == ("https://a", "https://b")


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://a.example.com/x", "https://a.example.com"),
        ("HTTP://A.example.com:80", "http://a.example.com"),
        ("http://[::1]:3000/x", "http://[::1]:3000"),
        (None, None),
    ],
)
def test_the_origin_of_a_url_is_formatted_as_browsers_send_it(url: str | None, origin: str | None) -> None:
    assert origin_of(url) == origin
