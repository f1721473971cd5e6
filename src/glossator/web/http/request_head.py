"""Refuses a request by its target and headers, before the framework parses them.

The framework parses a long header for 100 ms, and a host such as `..` is an unlogged error to it.
"""

import logging
import re
from collections.abc import Sequence
from itertools import chain
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

from glossator.kernel.logs import REQUEST_ID
from glossator.web.http.errors.problem import Problem
from glossator.web.http.errors.responses import problem_response

log = logging.getLogger(__name__)

MAX_TARGET_BYTES: Final = 8 * 1024
MAX_HEADERS: Final = 100
MAX_HEADER_BYTES: Final = 16 * 1024
"""All names and values together; a browser limits a cookie to 4 KB."""
_LABEL: Final = rb"[A-Za-z0-9_-]{1,63}"
_HOST: Final = re.compile(rb"(?:(?:%b\.){0,126}%b\.?|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{0,5})?" % (_LABEL, _LABEL))


def find_fault(scope: Any) -> Problem | None:
    """Why the request is refused; None for a request that the framework can read."""
    headers: Sequence[tuple[bytes, bytes]] = scope["headers"]
    if len(scope["path"]) + len(scope["query_string"]) > MAX_TARGET_BYTES:
        return Problem(414, "target_too_long")
    if len(headers) > MAX_HEADERS or sum(map(len, chain.from_iterable(headers))) > MAX_HEADER_BYTES:
        return Problem(431, "headers_too_large")
    if not _is_target(scope["path"]):
        return Problem(400, "bad_request", detail="The target of the request must be a path that begins with a slash.")
    hosts = [value for name, value in headers if name.lower() == b"host"]
    if len(hosts) > 1 or any(host and not _HOST.fullmatch(host) for host in hosts):
        return Problem(400, "bad_request", detail="The Host header must be a host name, with or without a port.")
    return None


def _is_target(path: str) -> bool:
    """A path, or a whole URL as clients send it to a proxy."""
    if path.startswith("/"):
        return True
    try:
        return path.lower().startswith(("http://", "https://")) and urlsplit(path).path.startswith("/")
    except ValueError:
        return False


async def refuse(problem: Problem, scope: Any, send: Any) -> None:
    """Logs the refusal and sends it as a problem."""
    headers, body = await log_and_encode(problem, scope["path"])
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def log_and_encode(problem: Problem, path: str = "") -> tuple[list[tuple[bytes, bytes]], bytes]:
    """The headers and the body of the response, for the client of this path."""
    REQUEST_ID.set(uuid4().hex)
    log.warning("request_refused: %s %s", problem.status, problem.detail)
    response = problem_response(problem, path)
    response.headers["X-Request-Id"] = REQUEST_ID.get()
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    headers = [(name.lower().encode(), value.encode()) for name, value in response.headers.items()]
    return headers, await response.get_data(as_text=False)
