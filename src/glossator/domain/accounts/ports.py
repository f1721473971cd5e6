"""What accounts need stored; implemented by `storage` over the Database port.

Every method raises Unavailable when the database cannot be reached.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from glossator.domain.accounts.account import Account, LoginSession
from glossator.domain.accounts.registration import AccountChanges, ProfileChanges


class Accounts(Protocol):
    """Accounts by id and by e-mail; an e-mail is compared by the SHA-256 of its lower-case form."""

    async def add(self, account: Account) -> None:
        """Raises AlreadyExists when the e-mail is taken, also when two come at the same moment."""
        ...

    async def by_id(self, account_id: str) -> Account | None: ...

    async def by_email(self, email: str) -> Account | None: ...

    async def change(self, account_id: str, changes: AccountChanges) -> None:
        """Writes what is named and nothing else: another field may be one that does not open now."""
        ...

    async def set_password(
        self, account_id: str, old: str, new: str, *, tokens_valid_from: datetime, end_sessions: bool
    ) -> bool:
        """All or nothing: the hash, the end of earlier tokens, of one-time tokens, and of login sessions.

        False, and nothing was done, when `old` is no longer the hash of an open account.
        """
        ...

    async def renew_password_hash(self, account_id: str, old: str, new: str) -> bool:
        """The same password in a newer form. False, and nothing was done, when `old` is no longer the stored one."""
        ...

    async def end_tokens(self, account_id: str, tokens_valid_from: datetime) -> None:
        """Tokens without a login session that were issued earlier count no more."""
        ...

    async def change_profile(self, account_id: str, changes: ProfileChanges) -> None:
        """Likewise; the first change makes the profile."""
        ...

    async def set_active(self, account_id: str, *, active: bool) -> None: ...

    async def page(self, limit: int, offset: int) -> tuple[Sequence[Account], int]:
        """Newest first, with the number of all."""
        ...

    def export(self, account_id: str) -> AsyncGenerator[str, None]:
        """Everything that any table holds about the account, as one JSON document in pieces."""
        ...

    async def delete(self, account_id: str) -> None:
        """The account and everything about it, in one transaction."""
        ...


class LoginSessions(Protocol):
    """Login sessions; the token itself is never stored, only its SHA-256."""

    async def add(self, session: LoginSession, token_hash: bytes, *, password_hash: str, most: int) -> None:
        """The oldest sessions of the account beyond `most` are removed.

        `password_hash` is of the password that was proved. Raises NotFound when no open account has it any more: what
        ends a password, and with it every session, leaves none that begins at the same moment.
        """
        ...

    async def by_token(self, token_hash: bytes) -> tuple[LoginSession, Account] | None:
        """Unexpired only; one indexed query."""
        ...

    async def of_account(self, account_id: str) -> Mapping[bytes, LoginSession]:
        """By the hash of their token; unexpired only, newest first."""
        ...

    async def extend(self, session_id: str, expires_at: datetime) -> None: ...

    async def remove(self, *session_ids: str) -> None: ...

    async def remove_all(self, account_id: str, *, keep: str | None = None) -> None: ...


class OneTimeTokens(Protocol):
    """Tokens that reset a password once, known by their SHA-256."""

    async def add(self, token_hash: bytes, account_id: str, expires_at: datetime) -> None: ...

    async def spend(self, token_hash: bytes, password_hash: str, *, tokens_valid_from: datetime) -> str | None:
        """Sets the password, ends every session, and is used up: all or nothing.

        The account's id, once; None, and nothing was done, when unknown, used or expired.
        """
        ...


@dataclass(frozen=True)
class FailureCounts:
    """What there was before: `oldest` is how long the pair's oldest one is ago.

    `known` when the network signed in within 30 days.

    `failure` is what was counted now, None when it was one too many.
    """

    failure: int | None
    pair: int
    email: int
    oldest: timedelta | None
    known: bool


class SignInFailures(Protocol):
    """Failed tries by keys that are HMACs: nobody can read from them who tried, nor from where."""

    async def count(
        self, email_key: bytes, network_key: bytes, within: timedelta, *, most_of_pair: int, most_of_email: int
    ) -> FailureCounts:
        """Counts one more failure, before the password is looked at, unless there were so many within that time.

        All by the clock of the store. A known network is not held to `most_of_email`. Tries at the same moment are
        counted one after the other; rows older than a day go.
        """
        ...

    async def withdraw(self, failure: int) -> None:
        """It was none: the password was never looked at."""
        ...

    async def forgive(self, email_key: bytes, network_key: bytes) -> None:
        """A success: the pair's failures go, and the network is known for this e-mail for 30 days."""
        ...

    async def forget(self, email_key: bytes) -> None:
        """Nothing is left of this e-mail: its account was deleted."""
        ...
