"""The routes of accounts over memory, and a test client."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from quart import Quart
from werkzeug.datastructures import Headers

from glossator.domain.accounts.services import AccountOptions, AccountServices
from glossator.kernel.services import Services
from glossator.web.http.context import WebOptions
from glossator.web.http.session_cookies import CookieOptions
from tests.options import ACCOUNT_OPTIONS, COOKIE_OPTIONS
from tests.web.apps import ORIGIN
from tests.web.reader_apps import ReaderParts

ADA = {"email": "Ada@Example.com", "name": "Ada", "password": "correct-horse"}
OTHER_PATHS: Final = ("/chat", "/search", "/api/", "/translate", "/adjust-content", "/feedback")
SCOPE: Final = {"client": ("192.0.2.9", 49152)}
CREDENTIALS = {"email": ADA["email"], "password": ADA["password"]}


@dataclass(frozen=True)
class Reply:
    """`body` is the parsed JSON."""

    status: int
    body: Any
    headers: Headers

    @property
    def outcome(self) -> tuple[int, str]:
        return self.status, self.body["code"]

    @property
    def cookies(self) -> list[str]:
        return self.headers.getlist("Set-Cookie")


@dataclass(frozen=True)
class Client:
    """A page of the trusted origin, without a cookie jar; `headers` are sent with every request."""

    app: Quart
    headers: dict[str, str] = field(default_factory=dict)

    def having(self, **headers: str) -> "Client":
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return replace(self, headers={**self.headers, **named})

    def bearing(self, token: str) -> "Client":
        return self.having(Authorization=f"Bearer {token}")

    async def get(self, path: str) -> Reply:
        return await self.sends("GET", path)

    async def post(self, path: str, body: Any = None) -> Reply:
        return await self.sends("POST", path, body)

    async def sends(self, method: str, path: str, body: Any = None) -> Reply:
        given = {} if body is None else {"json": body}
        headers = {"Origin": ORIGIN, **self.headers}
        url = path if path.startswith(OTHER_PATHS) else f"/api/auth/{path}"
        client = self.app.test_client(use_cookies=False)
        reply = await client.open(url, method=method, headers=headers, scope_base=SCOPE, **given)
        return Reply(reply.status_code, await reply.get_json(), reply.headers)


@dataclass
class AuthParts(ReaderParts):
    cookies: CookieOptions = COOKIE_OPTIONS
    patience: float = 0.0
    sign_up_open: bool = True

    @cached_property
    def client(self) -> Client:
        return Client(self.app())

    async def signed_up(self, **fields: Any) -> Client:
        """A client that sends the raw session token."""
        reply = await self.client.post("sign-up/email", {**ADA, **fields})
        return self.client.bearing(reply.body["token"])

    def web_options(self) -> WebOptions:
        return replace(
            super().web_options(),
            cookies=self.cookies,
            session_patience=self.patience,
            forgotten_password="Write to the library.",
        )

    def _services(self) -> Services:
        services = super()._services()
        services.provide(AccountServices, self.accounts.services)
        services.provide(AccountOptions, replace(ACCOUNT_OPTIONS, sign_up_open=self.sign_up_open))
        return services
