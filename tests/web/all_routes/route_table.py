"""All routes with their access and a valid request. Add each new route here."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from quart import Quart

from glossator.web.http.errors.programs import status_here

QUERY: Final = {"query": "What does the inverted index map a word to?"}
TEXT: Final = "Run `ros2 topic list` to see every topic."
SIGN_INS: Final = (
    "POST /api/auth/sign-up/email",
    "POST /api/auth/sign-in/email",
    "POST /api/auth/sign-up",
    "POST /sign-in",
    "POST /sign-up",
)
IMPLICIT_METHODS: Final = {"HEAD", "OPTIONS"}
OFFICIAL_CODES: Final = {
    "invalid_json": "BAD_REQUEST",
    "invalid_field": "VALIDATION_ERROR",
    "field_refused": "VALIDATION_ERROR",
    "reset_token_refused": "INVALID_TOKEN",
}
Access = Literal["public", "optional", "ended", "reader", "admin"]


@dataclass(frozen=True, eq=False)
class Route:
    """`access` is who may use it: `reader` and `admin` need credentials, with `optional` they may be absent, `ended`
    also accepts those of an ended session, and `public` ignores them.

    `body` is a valid body (None: no body) and `status` the status of its reply. Placeholders such as `@conversation`
    and `@token` are values of the sending reader; `@new` is an unused e-mail address.
    """

    method: str
    rule: str
    access: Access
    body: Mapping[str, Any] | None = None
    status: int = 200
    bodiless: bool = False
    """Whether a request without a body is valid too."""

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"

    @property
    def is_official(self) -> bool:
        return self.rule.startswith("/api/auth/")

    @property
    def changes(self) -> bool:
        return self.method != "GET"

    def outcome(self, status: int, code: str) -> tuple[int, str]:
        """Status and code of a problem here. Account routes use Better Auth's codes; they and the interfaces for
        programs respond with 400 to a bad field."""
        if not self.is_official:
            return status_here(self.rule, code, status), code
        return 400 if code == "invalid_field" else status, OFFICIAL_CODES.get(code, code.upper())

    def path(self, *names: str) -> str:
        """The rule with its variables replaced, in order; a number becomes 1."""
        left = iter(names)
        return re.sub(r"<[^>]+>", lambda found: "1" if found[0].startswith("<int:") else next(left), self.rule)

    @property
    def sample_path(self) -> str:
        if self.rule.startswith("/v1/"):
            return self.path("book")
        return self.path("@conversation") if "<session_id>" in self.rule else self.path("nowhere")


def served_routes(app: Quart) -> Iterator[str]:
    """Method and rule of every route of the app."""
    for rule in app.url_map.iter_rules():
        yield from (f"{method} {rule.rule}" for method in (rule.methods or set()) - IMPLICIT_METHODS)


def _auth(method: str, path: str, access: Access, body: Mapping[str, Any] | None = None, **more: Any) -> Route:
    return Route(method, f"/api/auth/{path}", access, body, **more)


SESSION: Final = "/api/chat/sessions/<session_id>"
NEW: Final = {"email": "@new", "name": "Eve", "password": "@password"}
PROFILE: Final = {"technical_background": "C", "hardware_access": "A Jetson", "learning_goals": "Robots"}
COMPLETION: Final = {"model": "book", "messages": [{"role": "user", "content": QUERY["query"]}], "user": "a"}
ASK_TOOL: Final = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "ask", "arguments": {"question": QUERY["query"]}},
}
TABLE: Final = (
    Route("GET", "/", "public"),
    Route("GET", "/assets/<name>", "public", status=404),
    Route("GET", "/health", "public"),
    Route("GET", "/health/ready", "public"),
    Route("GET", "/health/circuits", "public"),
    Route("GET", "/config", "public"),
    Route("GET", "/stream-schema.json", "public"),
    Route("GET", "/read/", "public", status=404),
    Route("GET", "/read/<path:url>", "public", status=404),
    Route("POST", "/ingest", "admin", status=404),
    Route("GET", "/ingest/<job_id>", "admin", status=404),
    Route("GET", "/robots.txt", "public"),
    Route("GET", "/sitemap.xml", "public"),
    Route("GET", "/llms.txt", "public"),
    Route("GET", "/llms-<int:number>.txt", "public", status=404),
    Route("GET", "/llms-full.txt", "public"),
    Route("GET", "/sign-in", "public"),
    Route("POST", "/sign-in", "public", status=415),
    Route("POST", "/sign-up", "public", status=415),
    Route("POST", "/sign-out", "ended", status=303),
    Route("GET", "/ask", "public"),
    Route("POST", "/ask", "optional", status=415),
    Route("POST", "/chat", "optional", {**QUERY, "session_id": "@conversation", "selected_text": "A", "history": []}),
    Route("POST", "/chat/stream", "optional", {**QUERY, "session_id": "@conversation", "format": "text"}),
    Route("POST", "/search", "optional", {**QUERY, "limit": 3}),
    Route("POST", "/feedback", "optional", {"request_id": "unknown", "rating": "up", "comment": "Good."}, status=404),
    Route("POST", "/translate", "optional", {"text": TEXT, "target_language": "ur"}),
    Route("POST", "/translate/batch", "optional", {"texts": [TEXT], "target_language": "ur"}),
    Route("POST", "/adjust-content", "optional", {"text": TEXT, "target_level": "beginner"}),
    Route("POST", "/adjust-content/batch", "optional", {"texts": [TEXT], "target_level": "beginner"}),
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
    _auth("GET", "get-session", "ended"),
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
    _auth("POST", "sign-out", "ended", {}, bodiless=True),
    _auth("POST", "delete-user", "reader", {"password": "@password"}, bodiless=True),
    Route("GET", "/evaluate", "admin", status=404),
    Route("POST", "/evaluate", "admin", status=404),
    Route("GET", "/links", "admin", status=404),
    Route("GET", "/report", "admin", status=404),
    Route("GET", "/usage", "admin", status=404),
    Route("GET", "/metrics", "admin", status=404),
    Route("GET", "/openapi.json", "public"),
    Route("GET", "/docs", "public"),
    Route("GET", "/widget.js", "public"),
    Route("GET", "/suggestions", "public"),
    Route("POST", "/mcp", "optional", ASK_TOOL),
    Route("GET", "/v1/models", "optional"),
    Route("GET", "/v1/models/<name>", "optional"),
    Route("POST", "/v1/chat/completions", "optional", COMPLETION),
    Route("GET", "/widget-<name>", "public", status=404),
)
