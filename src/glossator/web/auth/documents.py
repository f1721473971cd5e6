"""Accounts and sessions as both clients read them: the official one its objects, the existing page `accessToken`."""

from datetime import datetime
from typing import Any, Final

from glossator.domain.accounts.account import Account, LoginSession, Profile
from glossator.domain.accounts.sessions.credentials import IssuedSession
from glossator.web.http.json import format_time

TOKEN_TYPE: Final = "Bearer"  # noqa: S105 - a scheme, not a token


def user_document(account: Account) -> dict[str, Any]:
    """An e-mail that an existing account wrote otherwise is shown in lower case, as the official server has it."""
    return {
        "id": account.id,
        "name": account.name,
        "email": account.email.lower(),
        "emailVerified": account.email_verified,
        "image": account.image,
        "createdAt": format_time(account.created_at),
        "updatedAt": format_time(account.updated_at),
        "proficiency": account.proficiency,
        **profile_document(account.profile or Profile()),
    }


def profile_document(profile: Profile) -> dict[str, str]:
    return {
        "technical_background": profile.technical_background,
        "hardware_access": profile.hardware_access,
        "learning_goals": profile.learning_goals,
    }


def session_document(session: LoginSession, token: str) -> dict[str, Any]:
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


def access_document(issued: IssuedSession) -> dict[str, str]:
    """What the existing page keeps of a session."""
    expires_at = format_time(issued.session.expires_at)
    return {"accessToken": issued.access_token, "tokenType": TOKEN_TYPE, "expiresAt": expires_at}


def sign_in_document(issued: IssuedSession) -> dict[str, Any]:
    """One answer for both clients; the official one ignores `session`."""
    return {"token": issued.token, "user": user_document(issued.account), "session": access_document(issued)}


def open_session_document(issued: IssuedSession) -> dict[str, Any]:
    session = {**session_document(issued.session, issued.token), **access_document(issued)}
    return {"session": session, "user": user_document(issued.account)}


def legacy_document(account: Account, token: str, expires_at: datetime) -> dict[str, Any]:
    """For a token of the existing deployment, which knows no sessions: the token itself is all there is to show."""
    session = {
        "userId": account.id,
        "accessToken": token,
        "tokenType": TOKEN_TYPE,
        "expiresAt": format_time(expires_at),
    }
    return {"session": session, "user": user_document(account)}
