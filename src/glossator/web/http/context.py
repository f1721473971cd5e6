"""The web framework's app as we use it, and what a route can get from it."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from quart import Quart, current_app, request
from quart.typing import ResponseReturnValue

from glossator.domain.errors import Overloaded
from glossator.kernel.draining import Draining
from glossator.kernel.guards.fair_queue import CALLER, FairQueue
from glossator.kernel.services import Services
from glossator.kernel.settings.secret import Secret
from glossator.web.http.edge import NO_ROUTE, Edge
from glossator.web.http.errors.problem import Problem
from glossator.web.http.request_head import find_fault, refuse
from glossator.web.http.session_cookies import CookieOptions

_KEY: Final = "glossator"
_LARGE_BODIES: Final = "glossator.large_bodies"


@dataclass(frozen=True)
class WebOptions:
    """Options of the HTTP layer.

    - `trusted_hops`: number of trusted proxies in front, or `auto`: see `web.http.network`
    - `anonymous_chat`: whether readers may ask without signing in, where accounts exist
    - `forgotten_password`: message shown when a reader asks for a password reset
    - `support_url`: where readers find people who help; `{question}` and `{page}` are filled in by the page
    - `question_hosts`: the hosts of other networks that a question is sent to
    - `session_patience`: seconds that the session endpoint waits for an unavailable database
    - `log_content`: whether questions and answers are logged at level DEBUG
    - `hosts`: the names under which `/mcp` may be asked; any if empty
    - `public_url`: our own address, without a slash at its end, where the platform tells it
    - `read_index`: whether search engines may list the pages of the built-in reader
    - `frame_ancestors`: sites that may show our pages in a frame, as in a Content-Security-Policy
    """

    version: str
    trusted_hops: int | Literal["auto"]
    anonymous_chat: bool
    cookies: CookieOptions
    forgotten_password: str
    origins: tuple[str, ...] = ()
    trusted_origins: tuple[str, ...] = ()
    admin_key: Secret | None = None
    heartbeat: float = 15.0
    session_patience: float = 20.0
    frame_ancestors: str = "'self'"
    support_url: str = ""
    read_index: bool = True
    public_url: str = ""
    hosts: tuple[str, ...] = ()
    question_hosts: tuple[str, ...] = ()
    log_content: bool = False


class WebApp(Quart):
    """Refuses what the framework cannot read, and answers with a problem when a request is unfinished at shutdown; the
    server alone would cut the connection."""

    edge: Edge | None = None
    """Set when all routes are registered."""

    def __init__(self) -> None:
        super().__init__("glossator", static_folder=None)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if (problem := None if scope["type"] == "lifespan" else find_fault(scope)) is not None:
            await refuse(problem, scope, send)
        elif self.edge is not None and (answer := self.edge.answer(scope)) is not None:
            await self.edge.send(answer, scope, send)
        else:
            await super().__call__(scope, receive, send)

    async def dispatch_request(self, *args: Any, **kwargs: Any) -> ResponseReturnValue:
        """Takes any arguments, because the supported framework versions pass different contexts."""
        try:
            async with services().get(Draining).answer_timeout() as limit:
                return await super().dispatch_request(*args, **kwargs)
        except TimeoutError:
            if not limit.expired():
                raise
            raise Problem(503, "shutting_down", retry_after=5) from None


def rule_of_request() -> str:
    """The rule that the request matched. Logs have it instead of the path, which may hold a token or an address."""
    return request.url_rule.rule if request.url_rule else NO_ROUTE


def attach(app: Quart, services: Services) -> None:
    app.extensions[_KEY] = services
    app.extensions[_LARGE_BODIES] = FairQueue(1, max_waiting=200, max_wait=10.0, refusal=Overloaded)


def services() -> Services:
    """The started services of the running app."""
    return cast(Services, current_app.extensions[_KEY])


def large_body() -> AbstractAsyncContextManager[None]:
    """Hold it while a large body is parsed, so that many of them do not add up to one long round of the event loop.

    Raises Overloaded.
    """
    return cast(FairQueue, current_app.extensions[_LARGE_BODIES]).slot(CALLER.get())
