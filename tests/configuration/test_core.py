from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from glossator.configuration import core as conf
from glossator.configuration.limits import SERVER_TRUSTED_HOPS
from glossator.configuration.server import SERVER_FRAME_ANCESTORS, SERVER_HOST
from glossator.domain.book.pages.dialect.generators import GENERATOR_CHOICES
from glossator.domain.ports.database import Database
from glossator.kernel.discovery import discover
from glossator.kernel.errors import SettingsInvalid
from glossator.kernel.plugin import Service, ServicePlugin
from glossator.kernel.services import Services
from glossator.kernel.settings.secret import Secret
from glossator.kernel.settings.setting import Setting, Settings
from glossator.kernel.settings.types import TEXT
from tests.operators import Operator

LONG = "0123456789abcdef" * 2
MOOD = Setting("MODELS__MOOD", TEXT, "", default="calm")


class Models:
    """A third-party plugin that provides two types and declares one setting."""

    name = "models"
    provides: tuple[type, ...] = (int, str)
    requires: tuple[type, ...] = ()
    settings: tuple[Setting[Any], ...] = (MOOD,)

    def open(self, settings: Settings, services: Services) -> AbstractAsyncContextManager[Service]:
        raise NotImplementedError


def models(_: Sequence[str]) -> tuple[ServicePlugin, ...]:
    return (Models(),)


class Records(Models):
    """A third-party plugin that provides Database and one more type."""

    name = "records"
    provides: tuple[type, ...] = (Database, int)


def records(_: Sequence[str]) -> tuple[ServicePlugin, ...]:
    return Models(), Records()


@pytest.fixture
def operator(operator: Operator) -> Operator:
    operator.use_bundled_file()
    operator.set_env({"PLUGINS": "some"})
    return operator


ANCESTORS = "must be 'none', or 'self' and sites such as https://*.example.com, separated by spaces"

SUPPORT = "must begin with https:// or be mailto: with an address"
SUPPORT_HOST = "must be a URL with a host, which has no fields, user name or password"
OTHER_FIELDS = "must have no other fields in braces than {question} and {page}"


@pytest.mark.parametrize(
    ("variable", "text", "error"),
    [
        ("PORT", "0123", "must be a whole number from 1024 to 65535, in decimal digits only"),
        ("PORT", "80", "must be a whole number from 1024 to 65535, in decimal digits only"),
        ("PORT", "65536", "must be a whole number from 1024 to 65535, in decimal digits only"),
        ("SERVER__HOST", "example.com", "must be an IP address to listen on, such as 127.0.0.1 or 0.0.0.0"),
        ("SERVER__FRAME_ANCESTORS", "*", ANCESTORS),
        ("SERVER__FRAME_ANCESTORS", "self", ANCESTORS),
        ("SERVER__FRAME_ANCESTORS", "'self'; script-src *", ANCESTORS),
        ("SERVER__FRAME_ANCESTORS", "'self' 'none'", ANCESTORS),
        ("SUPPORT_URL", "http://help.example/?q={question}", SUPPORT),
        ("SUPPORT_URL", "javascript:alert({question})", SUPPORT),
        ("SUPPORT_URL", "mailto:{question}@example.com", SUPPORT),
        ("SUPPORT_URL", "mailto:help@example.com?subject=a b", SUPPORT),
        ("SUPPORT_URL", "https://help.example/?q={query}", OTHER_FIELDS),
        ("SUPPORT_URL", "https://help.example/?q={question!r}", OTHER_FIELDS),
        ("SUPPORT_URL", "https://help.example/{", OTHER_FIELDS),
        ("SUPPORT_URL", "https://{page}/", SUPPORT_HOST),
        ("SUPPORT_URL", "https://me:secret@help.example/", SUPPORT_HOST),
        ("SUPPORT_URL", "https:///{page}", "must be a URL with a valid host and port"),
        ("SUPPORT_URL", "https://help.example/?q={question} now", "must be a URL in ASCII without spaces"),
        ("BETTER_AUTH_SECRET", "fifteen letters", "must have at least 16 characters"),
        ("BETTER_AUTH_URL", "localhost:3000", "must begin with https:// or http://"),
        ("DATA_ENCRYPTION_KEY", "fifteen letters", "must have at least 16 characters"),
        ("ADMIN_API_KEY", "only twenty-three chars", "must have at least 24 characters"),
        ("SITE_URL", "https://example.com?a", "must not contain a query or fragment"),
        ("SITE_GENERATOR", "gitbook", f"must be one of: {', '.join(GENERATOR_CHOICES)}"),
        ("DOCS_PATH", "@format {env[HOME]}", "must not begin with @"),
        ("BOOK_TITLE", "@jinja {{1}}", "must not begin with @"),
        ("PLUGINS", "", "is required"),
    ],
)
def test_an_invalid_value_is_an_error(operator: Operator, variable: str, text: str, error: str) -> None:
    operator.set_env({variable: text})

    assert operator.configuration_errors() == (f"{variable}: {error} - set it in the environment or in .env",)


def test_embedded_listens_on_loopback_and_production_on_all_interfaces(operator: Operator) -> None:
    production = operator.configure().settings[SERVER_HOST]
    operator.set_env({"GLOSSATOR_ENV": "embedded"})

    assert (production, operator.configure().settings[SERVER_HOST]) == ("0.0.0.0", "127.0.0.1")


def test_accounts_require_the_session_secret(operator: Operator) -> None:
    assert operator.configuration_errors(records) == (
        "BETTER_AUTH_SECRET: is required - set it in the environment or in .env",
    )


def test_the_session_secret_is_optional_without_accounts(operator: Operator) -> None:
    configuration = operator.configure(find=models)

    assert not configuration.accounts
    assert configuration.settings[conf.BETTER_AUTH_SECRET] is None


@pytest.mark.parametrize(
    ("types", "accounts"), [("", True), ("Database", True), ("Database, int", True), ("int", False)]
)
def test_any_plugin_whose_database_is_used_turns_accounts_on(operator: Operator, types: str, accounts: bool) -> None:
    operator.set_env({"PLUGINS": "models, records", "BETTER_AUTH_SECRET": LONG, "PROVIDES__RECORDS": types})

    assert operator.configure(find=records).accounts is accounts


@pytest.mark.parametrize(("length", "warned"), [(16, True), (31, True), (32, False)])
def test_a_short_session_secret_causes_a_warning(operator: Operator, length: int, warned: bool) -> None:
    operator.set_env({"BETTER_AUTH_SECRET": LONG[:length]})

    warnings = operator.configure(find=records).warnings

    assert any(line.startswith("BETTER_AUTH_SECRET: has fewer than 32") for line in warnings) is warned


def test_embedded_generates_its_session_secret_once(operator: Operator) -> None:
    operator.set_env({"GLOSSATOR_ENV": "embedded", "DATA_PATH": "here"})

    made = operator.configure(find=records).settings[conf.BETTER_AUTH_SECRET]
    again = operator.configure(find=records).settings

    assert made is not None
    assert again[conf.BETTER_AUTH_SECRET] == made
    assert (operator.folder / "here" / "better_auth_secret").read_text() == made.reveal()


def test_embedded_uses_a_session_secret_that_is_set(operator: Operator) -> None:
    operator.set_env({"GLOSSATOR_ENV": "embedded", "BETTER_AUTH_SECRET": LONG})

    assert operator.configure(find=records).settings[conf.BETTER_AUTH_SECRET] == Secret(LONG)
    assert not (operator.folder / ".glossator").exists()


def test_in_production_the_frontend_defaults_to_the_space(operator: Operator) -> None:
    operator.set_env({"SPACE_ID": "me/book", "SPACE_HOST": "me-book.hf.space", "SERVER__TRUSTED_HOPS": "1"})

    configuration = operator.configure()

    assert configuration.settings[conf.BETTER_AUTH_URL] == "https://me-book.hf.space"
    assert configuration.warnings == ()


def test_a_space_trusts_its_own_proxy(operator: Operator) -> None:
    operator.set_env({"SPACE_ID": "me/book", "SPACE_HOST": "me-book.hf.space"})

    configuration = operator.configure()

    assert configuration.settings[SERVER_TRUSTED_HOPS] == "auto"
    assert configuration.warnings == ()


def test_a_space_without_trusted_proxy_causes_a_warning(operator: Operator) -> None:
    operator.set_env({"SPACE_ID": "me/book", "SPACE_HOST": "me-book.hf.space", "SERVER__TRUSTED_HOPS": "0"})

    assert operator.configure().warnings == (
        "SERVER__TRUSTED_HOPS: is 0 on a Space, so all readers count as one network - remove it or set it to auto",
    )


@pytest.mark.parametrize(
    ("variables", "warned"),
    [
        ({}, True),
        ({"SERVER__TRUSTED_HOPS": "0"}, False),
        ({"SERVER__TRUSTED_HOPS": "auto"}, False),
        ({"SERVER__HOST": "127.0.0.1"}, False),
        ({"GLOSSATOR_ENV": "testing"}, False),
    ],
)
def test_unset_proxies_cause_a_warning_on_a_server_that_the_internet_may_reach(
    operator: Operator, variables: dict[str, str], warned: bool
) -> None:
    operator.set_env(variables)

    configuration = operator.configure()

    assert any(line.startswith("SERVER__TRUSTED_HOPS: is not set") for line in configuration.warnings) is warned
    assert configuration.settings[SERVER_TRUSTED_HOPS] in (0, "auto")


@pytest.mark.parametrize("text", ["-1", "11", "1.0", "many", "AUTO", "\u0661"])
def test_other_numbers_of_proxies_are_errors(operator: Operator, text: str) -> None:
    operator.set_env({"SERVER__TRUSTED_HOPS": text})

    assert operator.configuration_errors()[0].startswith(
        "SERVER__TRUSTED_HOPS: must be auto or a whole number from 0 to 10"
    )


def test_in_production_an_unset_frontend_url_causes_a_warning_and_adds_no_origin(operator: Operator) -> None:
    configuration = operator.configure()

    assert configuration.settings[conf.BETTER_AUTH_URL] is None
    assert configuration.origins.trusted == ()
    assert [line.partition(":")[0] for line in configuration.warnings] == ["BETTER_AUTH_URL", "SERVER__TRUSTED_HOPS"]


def test_outside_production_the_frontend_defaults_to_localhost(operator: Operator) -> None:
    operator.set_env({"GLOSSATOR_ENV": "testing"})

    assert operator.configure().origins.trusted == ("http://localhost:3000",)


def test_plugins_declare_their_own_settings(operator: Operator) -> None:
    operator.set_env({"PLUGINS": "models", "MODELS__MOOD": "merry"})

    assert operator.configure(find=models).settings[MOOD] == "merry"


def test_a_variable_limits_what_a_plugin_provides(operator: Operator) -> None:
    operator.set_env({"PLUGINS": "models"})

    assert operator.configure(find=models).provides == {}
    assert operator.configure({"PROVIDES__MODELS": "int"}, models).provides == {"models": ("int",)}


def test_the_file_limits_what_a_plugin_provides(operator: Operator) -> None:
    operator.use_bundled_file('plugins = ["models"]\nprovides = { models = ["str"] }')
    operator.set_env({"PLUGINS": "models", "GLOSSATOR_ENV": "testing"})

    assert operator.configure(find=models).provides == {"models": ("str",)}


def test_a_type_that_the_plugin_does_not_provide_is_an_error(operator: Operator) -> None:
    operator.set_env({"PLUGINS": "models", "PROVIDES__MODELS": "int,float"})

    assert operator.configuration_errors(models) == (
        "PROVIDES__MODELS: must name types that models provides: int, str - set it in the environment or in .env",
    )


def test_an_unknown_plugin_is_reported_with_the_other_errors(operator: Operator) -> None:
    operator.set_env({"PLUGINS": "no_such_plugin", "PORT": "80"})

    lines = operator.configuration_errors(discover)

    assert [line.partition(":")[0] for line in lines] == ["PLUGINS", "PORT"]


def test_an_error_in_a_command_option_says_so(operator: Operator) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        operator.configure({"PORT": "80"})

    assert caught.value.lines[0].endswith(" - correct the command's option")


def test_a_command_can_fix_the_environment(operator: Operator) -> None:
    operator.set_env({"GLOSSATOR_ENV": "testing"})

    assert conf.load(environment=conf.EMBEDDED, dotenv=Path("none"), find=lambda _: ()).environment == "embedded"


@pytest.mark.parametrize(
    "text",
    [
        "https://help.example",
        "https://help.example:8443/ask?about={question}&from={page}#form",
        "https://github.com/me/book/discussions/new?category=q-a&title={question}",
        "mailto:help@example.com",
        "mailto:help+book@example.com?subject={question}&body={page}",
        "",
    ],
)
def test_readers_are_sent_to_a_site_or_an_address(operator: Operator, text: str) -> None:
    operator.set_env({"SUPPORT_URL": text})

    assert operator.configure().settings[conf.SUPPORT_URL] == (text or None)


def test_the_repr_of_a_configuration_contains_no_secret(operator: Operator) -> None:
    operator.set_env({"BETTER_AUTH_SECRET": LONG, "SPACE_ID": "me/book", "ADMIN_API_KEY": LONG})

    assert LONG not in repr(operator.configure())


@pytest.mark.parametrize(
    ("variables", "ancestors"),
    [
        ({}, "'self'"),
        ({"SPACE_ID": "me/book"}, "'self' https://huggingface.co https://*.hf.space"),
        ({"SPACE_ID": "me/book", "SERVER__FRAME_ANCESTORS": "'none'"}, "'none'"),
        ({"SERVER__FRAME_ANCESTORS": "'self' https://a.example:8443"}, "'self' https://a.example:8443"),
    ],
)
def test_a_space_may_be_shown_by_hugging_face(operator: Operator, variables: dict[str, str], ancestors: str) -> None:
    operator.set_env(variables)

    assert operator.configure().settings[SERVER_FRAME_ANCESTORS] == ancestors
