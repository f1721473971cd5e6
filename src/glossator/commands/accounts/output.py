"""Output of `glossator accounts`, as text or JSON.

Readers choose their names and clients their user agents, so control characters in them are not printed.
"""

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from glossator.domain.accounts.account import Account, LoginSession
from glossator.web.http.json import format_time

UNREADABLE = "(cannot be decrypted)"


@dataclass(frozen=True)
class ResetToken:
    """`url` is the address of the server."""

    token: str
    expires_at: datetime
    url: str

    @property
    def call(self) -> str:
        """A shell command that uses the token."""
        body = json.dumps({"token": self.token, "newPassword": "THE NEW PASSWORD"})
        parts = ["curl", "-X", "POST", f"{self.url}/api/auth/reset-password"]
        return shlex.join([*parts, "-H", "Content-Type: application/json", "-d", body])


def account_to_json(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "email": account.email,
        "name": account.name,
        "active": account.is_active,
        "email_verified": account.email_verified,
        "proficiency": account.proficiency,
        "created_at": format_time(account.created_at),
        "updated_at": format_time(account.updated_at),
    }


def page_to_json(accounts: Sequence[Account], total: int) -> dict[str, Any]:
    return {"total": total, "accounts": [account_to_json(account) for account in accounts]}


def details_to_json(account: Account, sessions: Sequence[LoginSession]) -> dict[str, Any]:
    """`profile` is null if none was ever stored."""
    return {
        **account_to_json(account),
        "profile": asdict(account.profile) if account.profile else None,
        "sessions": [session_to_json(session) for session in sessions],
    }


def session_to_json(session: LoginSession) -> dict[str, Any]:
    return {
        "created_at": format_time(session.created_at),
        "expires_at": format_time(session.expires_at),
        "ip_address": session.ip_address,
        "user_agent": session.user_agent,
    }


def reset_to_json(account: Account, reset: ResetToken) -> dict[str, Any]:
    return {
        "account": account_to_json(account),
        "token": reset.token,
        "expires_at": format_time(reset.expires_at),
        "call": reset.call,
    }


def format_page(accounts: Sequence[Account], total: int, offset: int) -> str:
    if not accounts:
        return f"No accounts in this range; there are {total:,} in total." if total else "There are no accounts."
    rows = [(printable(account.email) or UNREADABLE, account) for account in accounts]
    width = max(len(email) for email, _ in rows)
    lines = [
        f"{format_minutes(account.created_at)}  {'active' if account.is_active else 'closed'}  {account.id}  "
        f"{email:<{width}}  {printable(account.name)}".rstrip()
        for email, account in rows
    ]
    return "\n".join([*lines, f"{offset + 1:,} to {offset + len(accounts):,} of {total:,}, newest first."])


def format_details(account: Account, sessions: Sequence[LoginSession]) -> str:
    return "\n".join(detail_lines(account, sessions))


def detail_lines(account: Account, sessions: Sequence[LoginSession]) -> Iterator[str]:
    yield printable(account.email) or UNREADABLE
    yield f"  id           {account.id}"
    yield f"  name         {printable(account.name) or '-'}"
    yield f"  state        {'active' if account.is_active else 'closed: its reader cannot sign in'}"
    yield f"  proficiency  {printable(account.proficiency)}"
    yield f"  created      {format_minutes(account.created_at)}"
    yield f"  changed      {format_minutes(account.updated_at)}"
    yield f"  sessions     {len(sessions)} open"
    for session in sessions:
        client = f"{printable(session.ip_address) or 'unknown'}  {printable(session.user_agent)}".rstrip()
        yield f"    since {format_minutes(session.created_at)} from {client}"


def format_reset(account: Account, reset: ResetToken) -> str:
    lines = [
        f"One-time token to set a new password, valid until {format_minutes(reset.expires_at)}:",
        f"\n  {reset.token}\n",
        "Anyone who has the token can run this command, which also ends every session of the account:",
        f"\n  {reset.call}",
    ]
    if not account.is_active:
        lines.append("\nThe account is closed: reopen it with `glossator accounts activate`.")
    return "\n".join(lines)


def printable(text: str) -> str:
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def format_minutes(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
