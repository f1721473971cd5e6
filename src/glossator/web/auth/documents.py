"""Accounts and sessions as JSON, for both the official client and the existing frontend (`accessToken`)."""

from datetime import datetime
from typing import Any, Final

from glossator.domain.accounts.account import Account, LoginSession, Profile
from glossator.domain.accounts.sessions.credentials import IssuedSession
from glossator.web.http.json import format_time

TOKEN_TYPE: Final = "Bearer"  # noqa: S105 - a scheme, not a token


def user_to_json(account: Account) -> dict[str, Any]:
    """The e-mail is in lower case, as in the official server, even if an existing row stores it otherwise."""
    return {
        "id": account.id,
        "name": account.name,
        "email": account.email.lower(),
        "emailVerified": account.email_verified,
        "image": account.image,
        "createdAt": format_time(account.created_at),
        "updatedAt": format_time(account.updated_at),
        "proficiency": account.proficiency,
        **profile_to_json(account.profile or Profile()),
    }


def profile_to_json(profile: Profile) -> dict[str, str]:
    return {
        "technical_background": profile.technical_background,
        "hardware_access": profile.hardware_access,
        "learning_goals": profile.learning_goals,
    }


def session_to_json(session: LoginSession, token: str) -> dict[str, Any]:
    return {
        "id": session.id,
        "userId": session.account_id,
        "token": token,
        "expiresAt": format_time(session.expires_at),
        "createdAt": format_time(session.created_at),
        "updatedAt": format_time(session.updated_at),
        "ipAddress": session.ip_address,
        "userAgent": session.user_agent,
    }


def access_to_json(issued: IssuedSession) -> dict[str, str]:
    """What the existing frontend stores of a session."""
    expires_at = format_time(issued.session.expires_at)
    return {"accessToken": issued.access_token, "tokenType": TOKEN_TYPE, "expiresAt": expires_at}


def sign_in_to_json(issued: IssuedSession) -> dict[str, Any]:
    """One response for both clients; the official one ignores `session`."""
    return {"token": issued.token, "user": user_to_json(issued.account), "session": access_to_json(issued)}


def open_session_to_json(issued: IssuedSession) -> dict[str, Any]:
    session = {**session_to_json(issued.session, issued.token), **access_to_json(issued)}
    return {"session": session, "user": user_to_json(issued.account)}


def legacy_to_json(account: Account, token: str, expires_at: datetime) -> dict[str, Any]:
    """For a token of the existing deployment, which has no sessions: only the token itself is shown."""
    session = {
        "userId": account.id,
        "accessToken": token,
        "tokenType": TOKEN_TYPE,
        "expiresAt": format_time(expires_at),
    }
    return {"session": session, "user": user_to_json(account)}
