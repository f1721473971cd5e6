"""Storage ports of accounts; `storage` implements them over the Database port.

Every method raises Unavailable if the database cannot be reached.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from glossator.domain.accounts.account import Account, LoginSession
from glossator.domain.accounts.registration import AccountChanges, ProfileChanges


class Accounts(Protocol):
    """Accounts by id and by e-mail; e-mails are compared by the SHA-256 of their lower-case form."""

    async def add(self, account: Account) -> None:
        """Raises AlreadyExists if the e-mail is taken, also when two sign-ups race."""
        ...

    async def by_id(self, account_id: str) -> Account | None: ...

    async def by_email(self, email: str) -> Account | None: ...

    async def change(self, account_id: str, changes: AccountChanges) -> None:
        """Writes only the named fields: others may be encrypted with a key that is not active."""
        ...

    async def set_password(
        self, account_id: str, old: str, new: str, *, tokens_valid_from: datetime, end_sessions: bool
    ) -> bool:
        """Atomically replaces the hash and ends earlier tokens, one-time tokens and, if asked, login sessions.

        Returns False without changes if `old` is no longer the hash of an active account.
        """
        ...

    async def renew_password_hash(self, account_id: str, old: str, new: str) -> bool:
        """Stores a newer hash of the same password. Returns False without changes if `old` is not the stored hash."""
        ...

    async def end_tokens(self, account_id: str, tokens_valid_from: datetime) -> None:
        """Invalidates tokens without a login session that were issued earlier."""
        ...

    async def change_profile(self, account_id: str, changes: ProfileChanges) -> None:
        """Writes only the named fields; the first change creates the profile."""
        ...

    async def set_active(self, account_id: str, *, active: bool) -> None: ...

    async def page(self, limit: int, offset: int) -> tuple[Sequence[Account], int]:
        """Accounts, newest first, and the total number."""
        ...

    def export(self, account_id: str) -> AsyncGenerator[str, None]:
        """Everything stored about the account, as one JSON document in pieces."""
        ...

    async def delete(self, account_id: str) -> None:
        """Deletes the account and everything stored about it, in one transaction."""
        ...


class LoginSessions(Protocol):
    """Login sessions; only the SHA-256 of a token is stored."""

    async def add(self, session: LoginSession, token_hash: bytes, *, password_hash: str, max_sessions: int) -> None:
        """Adds a session and removes the account's oldest ones beyond `max_sessions`.

        `password_hash` is the hash that the sign-in verified. Raises NotFound if no active account has it any more, so
        that a concurrent password change or reset leaves no session open.
        """
        ...

    async def by_token(self, token_hash: bytes) -> tuple[LoginSession, Account] | None:
        """An unexpired session and its account, in one indexed query."""
        ...

    async def of_account(self, account_id: str) -> Mapping[bytes, LoginSession]:
        """Unexpired sessions by token hash, newest first."""
        ...

    async def extend(self, session_id: str, expires_at: datetime) -> None: ...

    async def remove(self, *session_ids: str) -> None: ...

    async def remove_all(self, account_id: str, *, keep: str | None = None) -> None: ...


class OneTimeTokens(Protocol):
    """One-time tokens that reset a password; only their SHA-256 is stored."""

    async def add(self, token_hash: bytes, account_id: str, expires_at: datetime) -> None: ...

    async def spend(self, token_hash: bytes, password_hash: str, *, tokens_valid_from: datetime) -> str | None:
        """Atomically sets the password, ends every session and deletes the token.

        Returns the account's id, or None without changes if the token is unknown, used or expired.
        """
        ...


@dataclass(frozen=True)
class FailureCounts:
    """Counts before this attempt: of the e-mail with this network (`pair`) and of the e-mail from anywhere.

    `failure` identifies the attempt just counted, None if the limit was reached. `oldest` is the age of the pair's
    oldest failure. `known`: the network signed in to this e-mail within 30 days.
    """

    failure: int | None
    pair: int
    email: int
    oldest: timedelta | None
    known: bool


class SignInFailures(Protocol):
    """Failed sign-ins by HMAC keys, which reveal neither the e-mail nor the network."""

    async def count(
        self, email_key: bytes, network_key: bytes, within: timedelta, *, max_per_pair: int, max_per_email: int
    ) -> FailureCounts:
        """Counts a failure before the password is verified, unless a limit within that time is reached.

        Uses the store's clock. `max_per_email` does not apply to a known network. Concurrent attempts are counted one
        after the other. Rows older than a day are deleted.
        """
        ...

    async def withdraw(self, failure: int) -> None:
        """Removes a counted failure whose password was never verified."""
        ...

    async def forgive(self, email_key: bytes, network_key: bytes) -> None:
        """After a success: deletes the pair's failures and marks the network as known for 30 days.

        Only the five networks of an e-mail that succeeded last are kept.
        """
        ...

    async def forget(self, email_key: bytes) -> None:
        """Deletes everything about this e-mail, after its account was deleted."""
        ...
