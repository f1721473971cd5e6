"""What a route can ask for."""

from dataclasses import dataclass, field
from typing import Final, cast

from quart import Quart, current_app

from glossator.kernel.services import Services
from glossator.kernel.settings.secret import Secret
from glossator.web.http.session_cookies import CookieOptions

_KEY: Final = "glossator"


@dataclass(frozen=True)
class WebOptions:
    """What the operator decided about the edge: origins that may call us, proxies in front, the admin's key.

    `anonymous_chat`: whether readers who are not signed in may ask, where there are accounts. `forgotten_password`:
    what somebody is told who has forgotten his. `session_patience`: seconds for which the question who is signed in
    waits for a database that does not answer.
    """

    version: str
    origins: tuple[str, ...] = ()
    trusted_origins: tuple[str, ...] = ()
    trusted_hops: int = 0
    admin_key: Secret | None = None
    heartbeat: float = 15.0
    anonymous_chat: bool = True
    cookies: CookieOptions = field(default_factory=CookieOptions)
    forgotten_password: str = ""
    session_patience: float = 20.0


def attach(app: Quart, services: Services) -> None:
    app.extensions[_KEY] = services


def services() -> Services:
    """The started services of the running app."""
    return cast(Services, current_app.extensions[_KEY])
