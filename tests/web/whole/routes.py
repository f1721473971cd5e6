"""Every route there is: who may use it, and what it takes when all is well. A new one is entered here."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from quart import Quart

QUERY: Final = {"query": "What does the inverted index map a word to?"}
TEXT: Final = "Run `ros2 topic list` to see every topic."
SIGN_INS: Final = ("POST /api/auth/sign-up/email", "POST /api/auth/sign-in/email", "POST /api/auth/sign-up")
UNTOUCHED: Final = {"HEAD", "OPTIONS"}
OFFICIAL_CODES: Final = {
    "invalid_json": "BAD_REQUEST",
    "invalid_field": "VALIDATION_ERROR",
    "field_refused": "VALIDATION_ERROR",
    "reset_token_refused": "INVALID_TOKEN",
}
Access = Literal["public", "anybody", "nobody", "reader", "admin"]


@dataclass(frozen=True, eq=False)
class Route:
    """`access`: who may use it; `anybody` may be signed in, `nobody` may be left over when a session has ended, and a
    `public` route looks at no token.

    `body` is what it takes from a reader for whom all is well (None: no body), `status` what he is answered then.
    `@conversation`, `@token` and the like stand for his own, `@new` for an address that nobody has.
    """

    method: str
    rule: str
    access: Access
    body: Mapping[str, Any] | None = None
    status: int = 200
    bodiless: bool = False
    """Whether it is also taken without any body."""

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"

    @property
    def is_official(self) -> bool:
        return self.rule.startswith("/api/auth/")

    @property
    def changes(self) -> bool:
        return self.method != "GET"

    def told(self, status: int, code: str) -> tuple[int, str]:
        """How a problem is told here: the official client knows its own codes, and 400 for a wrong field."""
        if not self.is_official:
            return status, code
        return 400 if code == "invalid_field" else status, OFFICIAL_CODES.get(code, code.upper())

    def path(self, *names: str) -> str:
        """With one name for each gap of the rule."""
        left = iter(names)
        return re.sub(r"<[^>]+>", lambda _: next(left), self.rule)

    @property
    def sample_path(self) -> str:
        return self.path("@conversation") if "<session_id>" in self.rule else self.path("nowhere")


def routes_of(app: Quart) -> Iterator[str]:
    """Method and rule of whatever the app answers."""
    for rule in app.url_map.iter_rules():
        yield from (f"{method} {rule.rule}" for method in (rule.methods or set()) - UNTOUCHED)


def _auth(method: str, path: str, access: Access, body: Mapping[str, Any] | None = None, **more: Any) -> Route:
    return Route(method, f"/api/auth/{path}", access, body, **more)


SESSION: Final = "/api/chat/sessions/<session_id>"
NEW: Final = {"email": "@new", "name": "Eve", "password": "@password"}
PROFILE: Final = {"technical_background": "C", "hardware_access": "A Jetson", "learning_goals": "Robots"}
TABLE: Final = (
    Route("GET", "/", "public"),
    Route("GET", "/assets/<name>", "public", status=404),
    Route("GET", "/health", "public"),
    Route("GET", "/health/ready", "public"),
    Route("GET", "/health/circuits", "public"),
    Route("GET", "/config", "public"),
    Route("GET", "/read/", "public", status=404),
    Route("GET", "/read/<path:url>", "public", status=404),
    Route("POST", "/ingest", "admin", status=404),
    Route("GET", "/ingest/<job_id>", "admin", status=404),
    Route("POST", "/chat", "anybody", {**QUERY, "session_id": "@conversation", "selected_text": "A", "history": []}),
    Route("POST", "/chat/stream", "anybody", {**QUERY, "session_id": "@conversation", "format": "text"}),
    Route("POST", "/search", "anybody", {**QUERY, "limit": 3}),
    Route("POST", "/translate", "anybody", {"text": TEXT, "target_language": "ur"}),
    Route("POST", "/translate/batch", "anybody", {"texts": [TEXT], "target_language": "ur"}),
    Route("POST", "/adjust-content", "anybody", {"text": TEXT, "target_level": "beginner"}),
    Route("POST", "/adjust-content/batch", "anybody", {"texts": [TEXT], "target_level": "beginner"}),
    Route("GET", "/api/chat/sessions", "reader"),
    Route("POST", "/api/chat/sessions", "reader", {"title": "Nodes"}, bodiless=True),
    Route("GET", SESSION, "reader"),
    Route("DELETE", SESSION, "reader"),
    Route("PATCH", f"{SESSION}/title", "reader", {"title": "Nodes"}),
    Route("GET", f"{SESSION}/export", "reader"),
    Route("DELETE", "/api/chat/history", "reader"),
    _auth("GET", "ok", "public"),
    _auth("POST", "sign-up/email", "public", {**NEW, "image": "/a.png", "callbackURL": "/", "rememberMe": True}),
    _auth("POST", "sign-up", "public", {**NEW, "proficiency": "beginner"}),
    _auth("POST", "sign-in/email", "public", {"email": "@email", "password": "@password"}),
    _auth("POST", "request-password-reset", "public", status=400),
    _auth("POST", "reset-password", "public", {"token": "a", "newPassword": "better-horse"}, status=400),
    _auth("GET", "get-session", "nobody"),
    _auth("GET", "verify", "reader"),
    _auth("GET", "profile", "reader"),
    _auth("GET", "list-sessions", "reader"),
    _auth("GET", "account/export", "reader"),
    _auth("POST", "account/export", "reader", {"password": "@password"}, bodiless=True),
    _auth("POST", "update-user", "reader", {"name": "Ada L.", "image": None, "proficiency": "pro"}),
    _auth("POST", "profile/update", "reader", PROFILE),
    _auth("POST", "verify-password", "reader", {"password": "@password"}),
    _auth(
        "POST",
        "change-password",
        "reader",
        {"currentPassword": "@password", "newPassword": "better-horse", "revokeOtherSessions": False},
    ),
    _auth("POST", "revoke-session", "reader", {"token": "@token"}),
    _auth("POST", "revoke-sessions", "reader", {}, bodiless=True),
    _auth("POST", "revoke-other-sessions", "reader", {}, bodiless=True),
    _auth("POST", "sign-out", "nobody", {}, bodiless=True),
    _auth("POST", "delete-user", "reader", {"password": "@password"}, bodiless=True),
)
