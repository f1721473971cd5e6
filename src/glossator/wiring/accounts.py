"""Wires accounts: their storage, the encryption key, and the services over both."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from glossator.configuration import accounts as auth
from glossator.configuration import core as conf
from glossator.configuration.core import Configuration
from glossator.domain.accounts.encryption import KeyCipher, KeyRing, NoCipher
from glossator.domain.accounts.passwords.hashing import Argon2Cost
from glossator.domain.accounts.ports import Accounts
from glossator.domain.accounts.services import AccountOptions, AccountServices, AccountStore, account_services
from glossator.domain.accounts.sessions.authentication import Authentication
from glossator.domain.errors import Overloaded, Unavailable
from glossator.domain.ports.database import Database
from glossator.kernel.errors import ExitCode, ServiceError, StartupFailed
from glossator.kernel.guards.fair_queue import FairQueue
from glossator.kernel.guards.worker_pool import WorkerPool
from glossator.kernel.services import Services
from glossator.kernel.settings.secret import Secret
from glossator.kernel.settings.setting import Settings
from glossator.storage.accounts.accounts import StoredAccounts
from glossator.storage.accounts.active_key import verify_key
from glossator.storage.accounts.encrypted_fields import AccountFields, FieldCipher
from glossator.storage.accounts.login_sessions import StoredLoginSessions
from glossator.storage.accounts.passwords import StoredOneTimeTokens, StoredSignInFailures

log = logging.getLogger(__name__)


async def wire_accounts(services: Services, configuration: Configuration) -> None:
    """Does nothing without a database. Raises StartupFailed if names and e-mails are encrypted with another key."""
    secret = configuration.settings[conf.BETTER_AUTH_SECRET]
    if Database not in services or secret is None:
        return
    database, cipher = services.get(Database), server_cipher(configuration.settings)
    try:
        await verify_key(database, cipher)
    except (ServiceError, Unavailable) as fault:
        raise StartupFailed(ExitCode.UNAVAILABLE, [f"database: {fault}"]) from fault
    options = account_options(configuration.settings)
    store = account_store(database, cipher)
    built = account_services(store, secret.reveal(), options, hashing_threads(options))
    services.provide(Accounts, store.accounts)
    services.provide(AccountOptions, options)
    services.provide(AccountServices, built)
    services.provide(Authentication, built.authentication)
    sign_up, stored = "open" if options.sign_up_open else "closed", "encrypted" if cipher.key_id else "plain"
    log.info("accounts: sign-up %s, names and e-mails stored %s", sign_up, stored)


@asynccontextmanager
async def close_accounts(services: Services) -> AsyncIterator[None]:
    """Closes what `wire_accounts` opened."""
    try:
        yield
    finally:
        if AccountServices in services:
            services.get(AccountServices).close()


def hashing_threads(options: AccountOptions) -> WorkerPool:
    queue = FairQueue(
        options.hash_workers, max_waiting=options.max_queue, max_wait=options.max_wait, refusal=Overloaded
    )
    return WorkerPool("password", queue)


def account_store(database: Database, cipher: FieldCipher) -> AccountStore:
    fields = AccountFields(cipher)
    return AccountStore(
        StoredAccounts(database, fields),
        StoredLoginSessions(database, fields),
        StoredOneTimeTokens(database),
        StoredSignInFailures(database),
    )


def cipher_of(key: Secret | None) -> FieldCipher:
    return NoCipher() if key is None else KeyCipher(key.reveal())


def server_cipher(settings: Settings) -> FieldCipher:
    """The cipher of a server, with both keys during a rotation."""
    key, previous = settings[conf.DATA_ENCRYPTION_KEY], settings[conf.DATA_ENCRYPTION_KEY_PREVIOUS]
    if key is None or previous is None:
        return cipher_of(key)
    return KeyRing(KeyCipher(key.reveal()), KeyCipher(previous.reveal()))


def account_options(settings: Settings) -> AccountOptions:
    return AccountOptions(
        sign_up_open=settings[auth.AUTH_SIGN_UP] == "open",
        legacy_tokens=settings[auth.AUTH_LEGACY_TOKENS],
        argon2=Argon2Cost(
            memory=settings[auth.AUTH_ARGON2_MEMORY],
            time=settings[auth.AUTH_ARGON2_TIME],
            parallelism=settings[auth.AUTH_ARGON2_PARALLELISM],
        ),
    )
