"""What `glossator accounts` shows: a text for an operator, or one JSON document.

Names and clients' descriptions of themselves are other people's words: what a terminal would obey is not printed.
"""

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from glossator.domain.accounts.account import Account, LoginSession
from glossator.web.http.json import format_time

UNREADABLE = "(cannot be opened)"


@dataclass(frozen=True)
class ResetToken:
    """`url` is where the server is reached."""

    token: str
    expires_at: datetime
    url: str

    @property
    def call(self) -> str:
        """For a shell."""
        body = json.dumps({"token": self.token, "newPassword": "THE NEW PASSWORD"})
        parts = ["curl", "-X", "POST", f"{self.url}/api/auth/reset-password"]
        return shlex.join([*parts, "-H", "Content-Type: application/json", "-d", body])


def account_document(account: Account) -> dict[str, Any]:
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


def page_document(accounts: Sequence[Account], total: int) -> dict[str, Any]:
    return {"total": total, "accounts": [account_document(account) for account in accounts]}


def whole_document(account: Account, sessions: Sequence[LoginSession]) -> dict[str, Any]:
    """`profile` is null when the reader never told any."""
    return {
        **account_document(account),
        "profile": asdict(account.profile) if account.profile else None,
        "sessions": [session_document(session) for session in sessions],
    }


def session_document(session: LoginSession) -> dict[str, Any]:
    return {
        "created_at": format_time(session.created_at),
        "expires_at": format_time(session.expires_at),
        "ip_address": session.ip_address,
        "user_agent": session.user_agent,
    }


def reset_document(account: Account, reset: ResetToken) -> dict[str, Any]:
    return {
        "account": account_document(account),
        "token": reset.token,
        "expires_at": format_time(reset.expires_at),
        "call": reset.call,
    }


def page_text(accounts: Sequence[Account], total: int, offset: int) -> str:
    if not accounts:
        return f"No accounts here; there are {total:,}." if total else "There are no accounts."
    rows = [(plain(account.email) or UNREADABLE, account) for account in accounts]
    width = max(len(email) for email, _ in rows)
    lines = [
        f"{shown_time(account.created_at)}  {'active' if account.is_active else 'closed'}  {account.id}  "
        f"{email:<{width}}  {plain(account.name)}".rstrip()
        for email, account in rows
    ]
    return "\n".join([*lines, f"{offset + 1:,} to {offset + len(accounts):,} of {total:,}, newest first."])


def whole_text(account: Account, sessions: Sequence[LoginSession]) -> str:
    return "\n".join(whole_lines(account, sessions))


def whole_lines(account: Account, sessions: Sequence[LoginSession]) -> Iterator[str]:
    yield plain(account.email) or UNREADABLE
    yield f"  id           {account.id}"
    yield f"  name         {plain(account.name) or '-'}"
    yield f"  state        {'active' if account.is_active else 'closed: nobody can sign in to it'}"
    yield f"  proficiency  {plain(account.proficiency)}"
    yield f"  created      {shown_time(account.created_at)}"
    yield f"  changed      {shown_time(account.updated_at)}"
    yield f"  sessions     {len(sessions)} open"
    for session in sessions:
        client = f"{plain(session.ip_address) or 'unknown'}  {plain(session.user_agent)}".rstrip()
        yield f"    since {shown_time(session.created_at)} from {client}"


def reset_text(account: Account, reset: ResetToken) -> str:
    lines = [
        f"A token that sets a new password once, until {shown_time(reset.expires_at)}:",
        f"\n  {reset.token}\n",
        "Whoever has it can do this, and every session of the account ends then:",
        f"\n  {reset.call}",
    ]
    if not account.is_active:
        lines.append("\nThe account is closed: `glossator accounts activate` opens it again.")
    return "\n".join(lines)


def plain(text: str) -> str:
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def shown_time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
