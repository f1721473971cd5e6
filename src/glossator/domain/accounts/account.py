"""Accounts, their e-mail addresses and login sessions, and the client behind a request.

An address is looked up by the hash that the existing deployment uses, too.
"""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from glossator.domain.accounts.errors import EmailRefused

UNKNOWN_NETWORK: Final = "unknown"
"""The network of every client whose address is not known."""
MAX_NEW_LENGTH: Final = 254
MAX_STORED_LENGTH: Final = 512
_NEW: Final = re.compile(
    r"(?!\.)(?!.*\.\.)[A-Za-z0-9_'+\-.]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z]{2,}"
)
_OLD: Final = re.compile(r"[^\s@]+@[^\s@]+")


def new_email(email: str) -> str:
    """The address in lower case, validated by the official server's rule. Raises EmailRefused."""
    if len(email) > MAX_NEW_LENGTH or not _NEW.fullmatch(email):
        raise EmailRefused
    return email.lower()


def known_email(email: str) -> str:
    """The text in lower case; otherwise any text, as in the existing deployment. Raises EmailRefused."""
    known = email.lower()
    if not 0 < len(known) <= MAX_STORED_LENGTH or not is_text(known):
        raise EmailRefused
    return known


def is_address(email: str) -> bool:
    """Applies a looser rule than `new_email`."""
    return _OLD.fullmatch(email) is not None


def email_hash(email: str) -> str:
    """Lower-case hex SHA-256 of the lower-case address, untrimmed."""
    return hashlib.sha256(email.lower().encode()).hexdigest()


def is_text(text: str) -> bool:
    """False for lone surrogates, which cannot be encoded or stored."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


@dataclass(frozen=True)
class Profile:
    """What readers write about themselves; missing texts are empty."""

    technical_background: str = ""
    hardware_access: str = ""
    learning_goals: str = ""


@dataclass(frozen=True)
class Account:
    """A stored account in plain text; the repository encrypts and decrypts.

    `email` is lower-case for accounts created here. A field that cannot be decrypted is empty. `profile` is None if
    none was ever stored. Tokens without a login session are valid only if issued at or after `tokens_valid_from`.
    `email_hash` identifies the account and is known even if the e-mail cannot be decrypted.
    """

    id: str
    email: str
    name: str
    password_hash: str
    proficiency: str
    created_at: datetime
    updated_at: datetime
    email_verified: bool = False
    is_active: bool = True
    image: str | None = None
    profile: Profile | None = None
    tokens_valid_from: datetime | None = None
    email_hash: str = ""

    def __post_init__(self) -> None:
        if not self.email_hash:
            object.__setattr__(self, "email_hash", email_hash(self.email))


@dataclass(frozen=True)
class LoginSession:
    """Lasts seven days, sliding, or one day if `remember` is false. Its token is derived from its id."""

    id: str
    account_id: str
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    remember: bool = True
    ip_address: str = ""
    user_agent: str = ""


@dataclass(frozen=True)
class SignedIn:
    """The authenticated reader of a request.

    `session` is None for a token of the existing deployment, which has no sessions; `token_expires_at` is then the
    token's expiry. `renewed`: the session was just extended, so its cookie must be sent again. `degraded`: the
    database was unavailable, and only what a signed token proves is known: the account's id.
    """

    account: Account = field(repr=False)
    session: LoginSession | None = None
    renewed: bool = False
    token_expires_at: datetime | None = None
    degraded: bool = False


@dataclass(frozen=True)
class ClientInfo:
    """The client behind a request; sign-in failures are counted per `network`."""

    network: str
    ip_address: str = ""
    user_agent: str = ""
