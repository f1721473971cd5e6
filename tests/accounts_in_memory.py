"""In-memory ports of accounts, a clock that tests control, and the services over both."""

import itertools
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from glossator.domain.accounts.account import Account, ClientInfo, LoginSession, Profile, SignedIn
from glossator.domain.accounts.ports import FailureCounts
from glossator.domain.accounts.registration import AccountChanges, ProfileChanges, Registration
from glossator.domain.accounts.services import AccountOptions, AccountServices, AccountStore, account_services
from glossator.domain.accounts.sessions.credentials import IssuedSession
from glossator.domain.clock import Clock
from glossator.domain.errors import AlreadyExists, NotFound, Overloaded
from glossator.domain.ports.workers import Workers
from glossator.wiring.accounts import hashing_threads
from tests.options import ACCOUNT_OPTIONS

T = TypeVar("T")

SECRET = "example-secret-for-test-vectors-0001"
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOME = ClientInfo("192.0.2.1", "192.0.2.1", "Firefox")
ELSEWHERE = ClientInfo("198.51.100.7", "198.51.100.7", "curl")
ADA = Registration("Ada@Example.com", "Ada", "correct-horse")
BCRYPT = "$2b$04$abcdefghijklmnopqrstuuPoaPXzWjiVz4HaNq2LJXksWbO79E.S6"


@dataclass
class HandClock:
    moment: datetime = START

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, step: timedelta) -> None:
        self.moment += step


@dataclass
class MemoryAccounts:
    """Also holds login sessions and one-time tokens by hash, since a new password ends them."""

    rows: dict[str, Account] = field(default_factory=dict)
    sessions: dict[bytes, LoginSession] = field(default_factory=dict)
    one_time_tokens: dict[bytes, tuple[str, datetime]] = field(default_factory=dict)
    reads: int = 0

    async def add(self, account: Account) -> None:
        if await self.by_email(account.email) is not None:
            raise AlreadyExists
        self.rows[account.id] = account

    async def by_id(self, account_id: str) -> Account | None:
        self.reads += 1
        return self.rows.get(account_id)

    async def by_email(self, email: str) -> Account | None:
        return next((account for account in self.rows.values() if account.email.lower() == email.lower()), None)

    async def change(self, account_id: str, changes: AccountChanges) -> None:
        self._change(account_id, **changes)

    async def set_password(
        self, account_id: str, old: str, new: str, *, tokens_valid_from: datetime, end_sessions: bool
    ) -> bool:
        if not self.has_hash(account_id, old):
            return False
        self.replace_password(account_id, new, tokens_valid_from)
        if end_sessions:
            self.end_sessions(account_id)
        return True

    async def renew_password_hash(self, account_id: str, old: str, new: str) -> bool:
        account = self.rows.get(account_id)
        if account is None or account.password_hash != old:
            return False
        self._change(account_id, password_hash=new)
        return True

    def has_hash(self, account_id: str, password_hash: str) -> bool:
        account = self.rows.get(account_id)
        return account is not None and account.is_active and account.password_hash == password_hash

    def replace_password(self, account_id: str, password_hash: str, tokens_valid_from: datetime) -> None:
        self._change(account_id, password_hash=password_hash, tokens_valid_from=tokens_valid_from)
        self.one_time_tokens = {key: row for key, row in self.one_time_tokens.items() if row[0] != account_id}

    def end_sessions(self, account_id: str) -> None:
        self.sessions = {key: row for key, row in self.sessions.items() if row.account_id != account_id}

    async def end_tokens(self, account_id: str, tokens_valid_from: datetime) -> None:
        self._change(account_id, tokens_valid_from=tokens_valid_from)

    async def change_profile(self, account_id: str, changes: ProfileChanges) -> None:
        account = self.rows.get(account_id)
        self._change(account_id, profile=replace((account and account.profile) or Profile(), **changes))

    async def set_active(self, account_id: str, *, active: bool) -> None:
        self._change(account_id, is_active=active)

    async def page(self, limit: int, offset: int) -> tuple[Sequence[Account], int]:
        newest = sorted(self.rows.values(), key=lambda account: account.created_at, reverse=True)
        return newest[offset : offset + limit], len(self.rows)

    async def export(self, account_id: str) -> AsyncGenerator[str, None]:
        yield f'{{"id": "{account_id}", '
        yield f'"email": "{self.rows[account_id].email}"}}'

    async def delete(self, account_id: str) -> None:
        self.rows.pop(account_id, None)
        self.end_sessions(account_id)
        self.one_time_tokens = {key: row for key, row in self.one_time_tokens.items() if row[0] != account_id}

    def _change(self, account_id: str, **fields: Any) -> None:
        """Does nothing for an unknown account, as in SQL."""
        if account_id in self.rows:
            self.rows[account_id] = replace(self.rows[account_id], **fields)


@dataclass
class MemorySessions:
    accounts: MemoryAccounts
    clock: Clock
    reads: int = 0
    writes: int = 0

    @property
    def rows(self) -> dict[bytes, LoginSession]:
        return self.accounts.sessions

    async def add(self, session: LoginSession, token_hash: bytes, *, password_hash: str, max_sessions: int) -> None:
        if not self.accounts.has_hash(session.account_id, password_hash):
            raise NotFound
        self.rows[token_hash] = session
        mine = await self.of_account(session.account_id)
        await self.remove(*(extra.id for extra in list(mine.values())[max_sessions:]))

    async def by_token(self, token_hash: bytes) -> tuple[LoginSession, Account] | None:
        self.reads += 1
        return self._found(self.rows.get(token_hash))

    async def of_account(self, account_id: str) -> Mapping[bytes, LoginSession]:
        mine = [row for row in self.rows.items() if row[1].account_id == account_id and self._is_open(row[1])]
        return dict(sorted(mine, key=lambda row: row[1].created_at, reverse=True))

    async def extend(self, session_id: str, expires_at: datetime) -> None:
        self.writes += 1
        for key, session in self.rows.items():
            if session.id == session_id:
                self.rows[key] = replace(session, expires_at=expires_at, updated_at=self.clock())

    async def remove(self, *session_ids: str) -> None:
        self._keep_only(lambda session: session.id not in session_ids)

    async def remove_all(self, account_id: str, *, keep: str | None = None) -> None:
        self._keep_only(lambda session: session.account_id != account_id or session.id == keep)

    def _keep_only(self, wanted: Any) -> None:
        self.accounts.sessions = {key: session for key, session in self.rows.items() if wanted(session)}

    def _is_open(self, session: LoginSession) -> bool:
        return session.expires_at > self.clock()

    def _found(self, session: LoginSession | None) -> tuple[LoginSession, Account] | None:
        account = self.accounts.rows.get(session.account_id) if session and self._is_open(session) else None
        return (session, account) if session and account else None


@dataclass
class MemoryOneTimeTokens:
    accounts: MemoryAccounts
    clock: Clock

    async def add(self, token_hash: bytes, account_id: str, expires_at: datetime) -> None:
        self.accounts.one_time_tokens[token_hash] = (account_id, expires_at)

    async def spend(self, token_hash: bytes, password_hash: str, *, tokens_valid_from: datetime) -> str | None:
        account_id, expires_at = self.accounts.one_time_tokens.pop(token_hash, ("", self.clock()))
        if expires_at <= self.clock():
            return None
        self.accounts.replace_password(account_id, password_hash, tokens_valid_from)
        self.accounts.end_sessions(account_id)
        return account_id


@dataclass
class MemoryFailures:
    clock: Clock
    rows: list[tuple[bytes, bytes, datetime, int]] = field(default_factory=list)
    networks: dict[tuple[bytes, bytes], datetime] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    async def count(
        self, email_key: bytes, network_key: bytes, within: timedelta, *, max_per_pair: int, max_per_email: int
    ) -> FailureCounts:
        now = self.clock()
        recent = [row for row in self.rows if row[0] == email_key and now - row[2] < within]
        pair = [now - row[2] for row in recent if row[1] == network_key]
        seen = self.networks.get((email_key, network_key))
        known = seen is not None and self.clock() - seen < timedelta(days=30)
        failure = None
        if len(pair) < max_per_pair and (len(recent) < max_per_email or known):
            failure = next(self._numbers)
            self.rows.append((email_key, network_key, self.clock(), failure))
        return FailureCounts(failure, len(pair), len(recent), max(pair, default=None), known)

    async def withdraw(self, failure: int) -> None:
        self.rows = [row for row in self.rows if row[3] != failure]

    async def forgive(self, email_key: bytes, network_key: bytes) -> None:
        self.rows = [row for row in self.rows if row[:2] != (email_key, network_key)]
        self.networks.pop((email_key, network_key), None)
        self.networks[email_key, network_key] = self.clock()
        for pair in [pair for pair in self.networks if pair[0] == email_key][:-5]:
            del self.networks[pair]

    async def forget(self, email_key: bytes) -> None:
        self.rows = [row for row in self.rows if row[0] != email_key]
        self.networks = {pair: seen for pair, seen in self.networks.items() if pair[0] != email_key}


class FullWorkers:
    """Workers whose queue is full."""

    async def run(self, work: Callable[[], T], on_start: Callable[[], object] = lambda: None) -> T:
        raise Overloaded(20)

    def close(self) -> None:
        pass


class AccountsInMemory:
    """Everything in memory, with cheap hashes and no refusal time."""

    def __init__(self, options: AccountOptions | None = None, secret: str = SECRET) -> None:
        self.clock = HandClock()
        self.accounts = MemoryAccounts()
        self.sessions = MemorySessions(self.accounts, self.clock)
        self.failures = MemoryFailures(self.clock)
        self.one_time_tokens = MemoryOneTimeTokens(self.accounts, self.clock)
        self.services = self.restarted(options, secret)

    def restarted(
        self, options: AccountOptions | None = None, secret: str = SECRET, workers: Workers | None = None
    ) -> AccountServices:
        """Another process over the same store."""
        store = AccountStore(self.accounts, self.sessions, self.one_time_tokens, self.failures)
        options = options or ACCOUNT_OPTIONS
        return account_services(store, secret, options, workers or hashing_threads(options), self.clock)

    async def sign_up(self, registration: Registration = ADA, client: ClientInfo = HOME) -> IssuedSession:
        return await self.services.accounts.sign_up(registration, client)

    async def sign_in(
        self, password: str = ADA.password, client: ClientInfo = HOME, *, remember: bool = True
    ) -> IssuedSession:
        return await self.services.accounts.sign_in(ADA.email, password, client, remember=remember)

    def change(self, account_id: str, **fields: Any) -> None:
        """A write by another process."""
        self.accounts.rows[account_id] = replace(self.accounts.rows[account_id], **fields)


def as_signed_in(issued: IssuedSession) -> SignedIn:
    return SignedIn(issued.account, issued.session)
