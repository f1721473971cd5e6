"""Builds the services of accounts over their storage ports."""

from dataclasses import dataclass, field

from glossator.domain.accounts.account_service import AccountService
from glossator.domain.accounts.passwords.attempt_limit import AttemptLimit
from glossator.domain.accounts.passwords.change import PasswordService
from glossator.domain.accounts.passwords.hashing import Argon2Cost, PasswordHasher
from glossator.domain.accounts.passwords.passwords import Passwords
from glossator.domain.accounts.ports import Accounts, LoginSessions, OneTimeTokens, SignInFailures
from glossator.domain.accounts.sessions.access_token import AccessTokens
from glossator.domain.accounts.sessions.authentication import Authentication
from glossator.domain.accounts.sessions.credentials import CookieSigner, Credentials, SessionTokens
from glossator.domain.accounts.sessions.session_cache import SessionCache
from glossator.domain.accounts.sessions.session_service import SessionService
from glossator.domain.clock import Clock, now
from glossator.domain.ports.workers import Workers


@dataclass(frozen=True)
class AccountStore:
    accounts: Accounts
    sessions: LoginSessions
    one_time_tokens: OneTimeTokens
    failures: SignInFailures


@dataclass(frozen=True)
class AccountOptions:
    """Times are in seconds.

    `session_cache_time`: how long a session that another process ended may still be accepted, at most 5.
    `refusal_time`: minimum time from the start of a password's verification to its refusal.
    """

    sign_up_open: bool
    legacy_tokens: bool
    argon2: Argon2Cost
    max_sessions: int = 50
    hash_workers: int = 2
    max_queue: int = 200
    max_wait: float = 20.0
    refusal_time: float = 0.4
    session_cache_time: float = 5.0


@dataclass(frozen=True)
class AccountServices:
    authentication: Authentication
    accounts: AccountService
    sessions: SessionService
    passwords: PasswordService
    cookies: CookieSigner
    workers: Workers = field(repr=False)

    def close(self) -> None:
        """Stops the hashing threads."""
        self.workers.close()


def account_services(
    store: AccountStore, secret: str, options: AccountOptions, workers: Workers, clock: Clock = now
) -> AccountServices:
    """`secret` is BETTER_AUTH_SECRET; changing it ends all sessions. `workers` hash passwords; `close` closes them."""
    cookies, access = CookieSigner(secret), AccessTokens(secret, clock, legacy=options.legacy_tokens)
    credentials = Credentials(SessionTokens(secret), cookies, access)
    cache = SessionCache(clock, seconds=options.session_cache_time)
    accounts, failures = store.accounts, AttemptLimit(store.failures, secret)
    sessions = SessionService(accounts, store.sessions, credentials, cache, clock, max_sessions=options.max_sessions)
    passwords = Passwords(PasswordHasher(options.argon2), workers, refusal_time=options.refusal_time)
    return AccountServices(
        Authentication(accounts, sessions, credentials),
        AccountService(accounts, sessions, passwords, failures, clock, sign_up_open=options.sign_up_open),
        sessions,
        PasswordService(accounts, store.one_time_tokens, sessions, passwords, failures, clock),
        cookies,
        workers,
    )
