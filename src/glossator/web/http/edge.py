"""Answers monitors and scanners before the framework: `GET /health`, and paths that no route begins like.

The framework with its middleware costs three times as much as the answer. A request that could get another answer,
because it has a body, names an origin, brings credentials or an id, goes through the framework.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from secrets import token_hex
from time import monotonic
from typing import Any, Final

from glossator.kernel.logs import REQUEST_ID
from glossator.web.http.errors.problem import Problem, problem_to_json

log = logging.getLogger(__name__)

HEALTH: Final = "/health"
HEALTH_CHECKS: Final = frozenset({HEALTH, "/health/ready"})
OTHER_ANSWER: Final = frozenset(
    {b"origin", b"cookie", b"authorization", b"x-request-id", b"content-length", b"transfer-encoding", b"upgrade"}
)
PROBLEM: Final = "application/problem+json"
JSON: Final = "application/json"
NO_ROUTE: Final = "(no route)"


@dataclass(frozen=True)
class Ended:
    """A request whose response has begun. `route` is the rule that its path matched, blank without one."""

    method: str
    route: str
    status: int
    seconds: float


def log_request(ended: Ended) -> None:
    """The access line. It has the rule instead of the path, which may hold a token or an address.

    That of a passed health check is for DEBUG, since monitors ask every few seconds. The line is made without the
    logger's search for the caller, which costs as much as the rest of it.
    """
    level = logging.DEBUG if ended.status == HTTPStatus.OK and ended.route in HEALTH_CHECKS else logging.INFO
    if not log.isEnabledFor(level):
        return
    milliseconds = ended.seconds * 1000
    fields = {
        "event": "request",
        "route": ended.route,
        "status": ended.status,
        "duration_ms": round(milliseconds, 1),
    }
    shown = ended.method, ended.route or NO_ROUTE, ended.status, milliseconds
    record = logging.LogRecord(log.name, level, "", 0, "%s %s %s %.0f ms", shown, None)
    vars(record).update(fields)
    log.handle(record)


@dataclass(frozen=True)
class EdgeResponse:
    """The body is `head`, the id of the request, and `tail`."""

    status: int
    content_type: str
    route: str
    head: bytes
    tail: bytes = b""

    def messages(self, request_id: bytes) -> Iterable[Mapping[str, Any]]:
        """In ASGI's form, with the headers that the middleware gives to every response."""
        body = self.head + request_id + self.tail if self.tail else self.head
        headers = [*self._headers, (b"content-length", b"%d" % len(body)), (b"x-request-id", request_id)]
        yield {"type": "http.response.start", "status": self.status, "headers": headers}
        yield {"type": "http.response.body", "body": body, "more_body": False}

    @cached_property
    def _headers(self) -> Sequence[tuple[bytes, bytes]]:
        return (
            (b"content-type", self.content_type.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"vary", b"Origin"),
        )


def not_found() -> EdgeResponse:
    marked = json.dumps(problem_to_json(Problem(404, "not_found")) | {"request_id": "|"}, sort_keys=True)
    head, _, tail = marked.partition("|")
    return EdgeResponse(404, PROBLEM, "", head.encode(), tail.encode())


HEALTHY: Final = EdgeResponse(200, JSON, HEALTH, b'{"status":"healthy"}\n')


class Edge:
    """`rules` are those of all routes; `ended` is called after each answer."""

    def __init__(self, rules: Iterable[str], ended: Callable[[Ended], None]) -> None:
        self._beginnings = tuple({beginning for rule in rules if (beginning := beginning_of(rule)) != "/"})
        self._not_found = not_found()
        self._ended = ended

    def answer(self, scope: Any) -> EdgeResponse | None:
        """None for a request that the framework has to answer."""
        if scope["type"] != "http" or scope["method"] != "GET":
            return None
        path = scope["path"]
        found = HEALTHY if path == HEALTH else self._not_found if self._is_unknown(path) else None
        return None if found is None or any(name in OTHER_ANSWER for name, _ in scope["headers"]) else found

    async def send(self, answer: EdgeResponse, scope: Any, send: Any) -> None:
        began, request_id = monotonic(), token_hex(16)
        REQUEST_ID.set(request_id)
        for message in answer.messages(request_id.encode()):
            await send(message)
        self._ended(Ended("GET", answer.route, answer.status, monotonic() - began))

    def _is_unknown(self, path: str) -> bool:
        return path.startswith("/") and path != "/" and not path.startswith(self._beginnings)


def beginning_of(rule: str) -> str:
    """Up to the second slash or the first variable: every path of the rule begins like this."""
    slash = rule.find("/", 1)
    first = rule if slash < 0 else rule[:slash]
    return first.partition("<")[0]
