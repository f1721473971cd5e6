"""The services of accounts, put together over what is stored."""

from dataclasses import dataclass, field

from glossator.domain.accounts.account_service import AccountData, AccountService
from glossator.domain.accounts.passwords.attempt_limit import AttemptLimit
from glossator.domain.accounts.passwords.change import PasswordResets, PasswordService
from glossator.domain.accounts.passwords.hashing import Argon2Cost, PasswordHasher
from glossator.domain.accounts.passwords.passwords import Passwords, WorkerPool
from glossator.domain.accounts.passwords.proof import PasswordProof
from glossator.domain.accounts.ports import Accounts, LoginSessions, OneTimeTokens, SignInFailures
from glossator.domain.accounts.sessions.access_token import AccessTokens
from glossator.domain.accounts.sessions.authentication import Authentication
from glossator.domain.accounts.sessions.credentials import CookieSigner, Credentials, SessionTokens
from glossator.domain.accounts.sessions.own_sessions import OwnSessions
from glossator.domain.accounts.sessions.session_cache import SessionCache
from glossator.domain.accounts.sessions.session_service import SessionService
from glossator.domain.clock import Clock, now


@dataclass(frozen=True)
class AccountStore:
    accounts: Accounts
    sessions: LoginSessions
    one_time_tokens: OneTimeTokens
    failures: SignInFailures


@dataclass(frozen=True)
class AccountOptions:
    """`remembered_for`: seconds for which a session that another process ended may still be taken, at most 5.

    `refused_after`: seconds from the beginning of a password's check to the answer that it is wrong.
    """

    open_to_new: bool
    legacy_tokens: bool
    argon2: Argon2Cost
    most_sessions: int = 50
    hashes_at_once: int = 2
    line: int = 200
    patience: float = 20.0
    refused_after: float = 0.4
    remembered_for: float = 5.0


@dataclass(frozen=True)
class AccountServices:
    """One object for each reason to come."""

    authentication: Authentication
    accounts: AccountService
    data: AccountData
    account_sessions: OwnSessions
    passwords: PasswordService
    resets: PasswordResets
    sessions: SessionService
    cookies: CookieSigner
    room: WorkerPool = field(repr=False)

    def close(self) -> None:
        """Ends the threads that hash."""
        self.room.close()


def account_services(store: AccountStore, secret: str, options: AccountOptions, clock: Clock = now) -> AccountServices:
    """`secret` is BETTER_AUTH_SECRET; another one ends all sessions."""
    credentials = Credentials(
        SessionTokens(secret), CookieSigner(secret), AccessTokens(secret, clock, legacy=options.legacy_tokens)
    )
    recent = SessionCache(clock, seconds=options.remembered_for)
    sessions = SessionService(store.sessions, credentials, recent, clock, most=options.most_sessions)
    room = WorkerPool(places=options.hashes_at_once, line=options.line, patience=options.patience)
    passwords = Passwords(PasswordHasher(options.argon2), room, refused_after=options.refused_after)
    failures = AttemptLimit(store.failures, secret)
    accounts = store.accounts
    proof = PasswordProof(accounts, passwords, failures)
    return AccountServices(
        Authentication(accounts, sessions, credentials),
        AccountService(accounts, sessions, passwords, proof, clock, open_to_new=options.open_to_new),
        AccountData(accounts, sessions, proof, failures),
        OwnSessions(accounts, sessions, clock),
        PasswordService(accounts, sessions, passwords, proof, clock),
        PasswordResets(accounts, store.one_time_tokens, sessions, passwords, failures, clock),
        sessions,
        credentials.cookies,
        room,
    )
