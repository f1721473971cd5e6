"""What an account is, and the login sessions that open it.

Who knocks, before it is known who he is.
"""

from dataclasses import dataclass, field
from datetime import datetime

from glossator.domain.accounts.emails import email_hash


@dataclass(frozen=True)
class Profile:
    """What a reader tells of himself; empty texts where he did not."""

    technical_background: str = ""
    hardware_access: str = ""
    learning_goals: str = ""


@dataclass(frozen=True)
class Account:
    """A stored account in plain text: sealing happens below the repository.

    `email` is lower-case for accounts made here. A field that could not be opened reads as empty. `profile` is None
    when none was ever stored. Tokens without a login session count only when issued at or after `tokens_valid_from`.
    `email_hash` is what the account is found by, known also where the e-mail itself cannot be opened.
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
    """Seven days, sliding, or one day when the reader is not to be remembered. Its token follows from its id."""

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
    """Who is asking. `session` is None for a token of the existing deployment, which knows no sessions.

    `token_expires_at` is that token's end. `renewed`: the session has just been extended, so its cookie is to be sent
    again.
    """

    account: Account = field(repr=False)
    session: LoginSession | None = None
    renewed: bool = False
    token_expires_at: datetime | None = None


@dataclass(frozen=True)
class ClientInfo:
    """Where a request comes from; `network` is what failures are counted by."""

    network: str
    ip_address: str = ""
    user_agent: str = ""
