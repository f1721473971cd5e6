"""Wiring accounts: options from settings, and the encryption keys that allow a start."""

from dataclasses import replace

import pytest

from glossator.app import cookie_options
from glossator.configuration import core as conf
from glossator.configuration.core import Configuration
from glossator.configuration.core import load as load_configuration
from glossator.domain.accounts.account import ClientInfo, SignedIn
from glossator.domain.accounts.encryption import KeyCipher
from glossator.domain.accounts.errors import FieldRefused
from glossator.domain.accounts.passwords.hashing import Argon2Cost
from glossator.domain.accounts.registration import Registration
from glossator.domain.accounts.services import AccountOptions, AccountServices
from glossator.domain.ports.database import Database
from glossator.kernel.errors import ExitCode, StartupFailed
from glossator.kernel.services import Services
from glossator.kernel.settings.secret import Secret
from glossator.storage.accounts.reencryption import Reencryption, begin_encryption
from glossator.web.http.session_cookies import CookieOptions
from glossator.wiring.accounts import account_options, close_accounts, wire_accounts
from glossator_plugins.postgres.pool import PostgresDatabase
from tests.operators import Operator

HOME = ClientInfo("192.0.2.1")
PASSWORD = "correct-horse"
PRODUCTION = {
    "BETTER_AUTH_SECRET": "example-secret-for-test-vectors-0001",
    "BETTER_AUTH_URL": "http://book.example",
    "OPENAI_API_KEY": "sk-any",
    "QDRANT_URL": "https://cluster.example",
    "NEON_API_KEY": "postgres://a:b@db.example/book",
}


def configured(operator: Operator, variables: dict[str, str], environment: str = "embedded") -> Configuration:
    operator.use_bundled_file()
    operator.set_env(
        {"GLOSSATOR_ENV": environment, "AUTH__ARGON2_MEMORY": "1024", "AUTH__ARGON2_TIME": "1", **variables}
    )
    return load_configuration()


def with_key(configuration: Configuration, key: str | None) -> Configuration:
    secret = None if key is None else Secret(key)
    settings = configuration.settings.with_value(conf.DATA_ENCRYPTION_KEY, secret, "environment")
    return replace(configuration, settings=settings)


async def wire(database: PostgresDatabase, configuration: Configuration) -> AccountServices:
    services = Services()
    services.provide(Database, database)
    await wire_accounts(services, configuration)
    return services.get(AccountServices)


@pytest.mark.parametrize(
    ("environment", "same_site", "options"),
    [
        ("production", "lax", CookieOptions(secure=True, same_site="lax")),
        ("production", "none", CookieOptions(secure=True, same_site="none")),
        ("embedded", "lax", CookieOptions(secure=False, same_site="lax")),
        ("embedded", "none", CookieOptions(secure=True, same_site="none")),
    ],
)
def test_cookies_are_secure_in_production_and_for_cross_site_frontends(
    operator: Operator, environment: str, same_site: str, options: CookieOptions
) -> None:
    configuration = configured(operator, {**PRODUCTION, "AUTH__COOKIE_SAMESITE": same_site}, environment)

    assert cookie_options(configuration) == options


async def test_the_settings_reach_the_options(operator: Operator, database: PostgresDatabase) -> None:
    configuration = configured(operator, {"AUTH__SIGN_UP": "closed", "AUTH__LEGACY_TOKENS": "false"})
    services = Services()
    services.provide(Database, database)

    await wire_accounts(services, configuration)
    options = services.get(AccountOptions)

    assert (options.sign_up_open, options.legacy_tokens, options.argon2.memory) == (False, False, 1024)


@pytest.mark.parametrize("environment", ["production", "embedded"])
def test_without_settings_the_options_have_their_defaults(operator: Operator, environment: str) -> None:
    operator.use_bundled_file()
    operator.set_env({"GLOSSATOR_ENV": environment, **PRODUCTION})

    defaults = AccountOptions(sign_up_open=True, legacy_tokens=True, argon2=Argon2Cost(19456, 2, 1))
    assert account_options(load_configuration().settings) == defaults


async def test_without_a_database_there_are_no_accounts(operator: Operator) -> None:
    services = Services()

    await wire_accounts(services, configured(operator, {}))

    assert AccountServices not in services


@pytest.mark.parametrize("key", [None, "another-key-of-this-server"])
async def test_a_missing_or_wrong_key_prevents_the_start(
    operator: Operator, database: PostgresDatabase, key: str | None
) -> None:
    configuration = configured(operator, {})
    accounts = await wire(database, with_key(configuration, "the-first-key-of-this-server"))
    await accounts.accounts.sign_up(Registration("ada@example.com", "Ada", "correct-horse"), HOME)

    with pytest.raises(StartupFailed, match="DATA_ENCRYPTION_KEY") as failure:
        await wire(database, with_key(configuration, key))

    assert failure.value.code == ExitCode.UNAVAILABLE


async def test_a_server_with_both_keys_starts_whichever_is_active(
    operator: Operator, database: PostgresDatabase
) -> None:
    former, new = "the-first-key-of-this-server", "another-key-of-this-server"
    both = with_key(configured(operator, {"DATA_ENCRYPTION_KEY_PREVIOUS": former}), new)
    only_former = with_key(configured(operator, {"DATA_ENCRYPTION_KEY_PREVIOUS": ""}), former)
    first = await wire(database, only_former)
    issued = await first.accounts.sign_up(Registration("ada@example.com", "Ada", PASSWORD), HOME)

    before = await wire(database, both)
    await before.accounts.sign_up(Registration("grace@example.com", "Grace", PASSWORD), HOME)
    seen = await first.accounts.sign_in("grace@example.com", PASSWORD, HOME)
    await begin_encryption(database, Reencryption(KeyCipher(new), KeyCipher(former)))
    during = await wire(database, both)
    back = await during.authentication.authenticate(bearer=issued.token)

    assert seen.account.name == "Grace"
    assert back is not None
    assert back.account.name == "Ada"
    with pytest.raises(StartupFailed, match="DATA_ENCRYPTION_KEY_PREVIOUS"):
        await wire(database, only_former)


LOOKS_ENCRYPTED = "ENC:" + "QUJD" * 10
"""Plain text in the format of an encrypted field: 40 characters of valid base64."""


@pytest.mark.parametrize("name", ["ENC:x", LOOKS_ENCRYPTED])
@pytest.mark.parametrize("key", [None, "the-first-key-of-this-server"])
async def test_a_text_that_looks_encrypted_is_refused_and_the_next_start_succeeds(
    operator: Operator, database: PostgresDatabase, key: str | None, name: str
) -> None:
    configuration = with_key(configured(operator, {}), key)
    first = await wire(database, configuration)
    with pytest.raises(FieldRefused):
        await first.accounts.sign_up(Registration("eve@example.com", name, PASSWORD), HOME)
    issued = await first.accounts.sign_up(Registration("ada@example.com", name.removeprefix("ENC:"), PASSWORD), HOME)
    reader = SignedIn(issued.account, issued.session)
    with pytest.raises(FieldRefused):
        await first.accounts.update(reader, {"name": name})
    with pytest.raises(FieldRefused):
        await first.accounts.update_profile(reader, {"learning_goals": name})

    again = await wire(database, configuration)
    back = await again.authentication.authenticate(bearer=issued.token)

    assert back is not None
    assert (back.account.name, back.account.profile) == (name.removeprefix("ENC:"), None)


@pytest.mark.parametrize("key", [None, "the-first-key-of-this-server"])
async def test_a_row_that_looks_encrypted_does_not_prevent_the_start_if_most_are_plain(
    operator: Operator, database: PostgresDatabase, key: str | None
) -> None:
    """Such rows come from another program, which had no such rule."""
    for number in range(3):
        email = LOOKS_ENCRYPTED if number == 0 else f"reader{number}@example.com"
        sql = "INSERT INTO users (id, email, email_hash, name, password_hash) VALUES ($1, $2, $1, $3, 'hash')"
        await database.execute(sql, str(number), email, LOOKS_ENCRYPTED)

    services = await wire(database, with_key(configured(operator, {}), key))

    assert await services.accounts.sign_up(Registration("ada@example.com", "Ada", PASSWORD), HOME)


async def test_hashing_threads_stop_with_the_app(operator: Operator, database: PostgresDatabase) -> None:
    services = Services()
    services.provide(Database, database)
    await wire_accounts(services, configured(operator, {}))

    async with close_accounts(services):
        await services.get(AccountServices).accounts.sign_up(Registration("ada@example.com", "Ada", PASSWORD), HOME)

    with pytest.raises(RuntimeError, match="shutdown"):
        await services.get(AccountServices).accounts.sign_up(Registration("eve@example.com", "Eve", PASSWORD), HOME)


async def test_closing_without_accounts_does_nothing() -> None:
    async with close_accounts(Services()):
        pass
