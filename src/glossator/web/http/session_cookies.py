"""The official server's cookies: the session's signed token, and a flag for sessions that end with the browser."""

from dataclasses import dataclass
from typing import Final, Literal

from quart import Response

from glossator.domain.accounts.sessions.credentials import CookieSigner, IssuedSession

SESSION: Final = "better-auth.session_token"
DATA: Final = "better-auth.session_data"
DO_NOT_REMEMBER: Final = "better-auth.dont_remember"
MAX_AGE: Final = 7 * 24 * 3600
TOKEN_HEADER: Final = "set-auth-token"  # noqa: S105 - the name of a header


@dataclass(frozen=True)
class CookieOptions:
    """`secure` also adds a prefix to the names; browsers accept SameSite=None only for secure cookies."""

    secure: bool
    same_site: Literal["lax", "none"]

    @property
    def session(self) -> str:
        return self.name(SESSION)

    def name(self, name: str) -> str:
        return f"__Secure-{name}" if self.secure else name

    def line(self, name: str, value: str, max_age: int | None) -> str:
        """The header's value; without `max_age` the cookie ends with the browser session."""
        parts = [f"{self.name(name)}={value}", *([] if max_age is None else [f"Max-Age={max_age}"]), "Path=/"]
        parts += ["HttpOnly", *(["Secure"] if self.secure else []), f"SameSite={self.same_site.capitalize()}"]
        return "; ".join(parts)


def set_session(response: Response, issued: IssuedSession, options: CookieOptions, signer: CookieSigner) -> None:
    """Also sends the token in a header, for clients without cookies."""
    remember = issued.session.remember
    response.headers.add("Set-Cookie", options.line(SESSION, issued.cookie, MAX_AGE if remember else None))
    if not remember:
        response.headers.add("Set-Cookie", options.line(DO_NOT_REMEMBER, signer.sign("true"), None))
    response.headers[TOKEN_HEADER] = issued.signed_token


def expire_session(response: Response, options: CookieOptions) -> None:
    for name in (SESSION, DATA, DO_NOT_REMEMBER):
        response.headers.add("Set-Cookie", options.line(name, "", 0))
