"""Rules for every request: request id, response headers, CORS, cross-site checks and body size limits."""

import asyncio
import logging
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

from quart import Quart, Request, Response, g, request
from quart.json import dumps
from quart_cors import cors
from werkzeug.exceptions import HTTPException

from glossator.kernel.guards.fair_queue import CALLER
from glossator.kernel.logs import REQUEST_ID
from glossator.kernel.services import ROUTE, Services
from glossator.web.auth.admin import remove_cors_headers
from glossator.web.auth.origins import check_request_origin
from glossator.web.http.bodies import JSON_BYTES, read_bytes
from glossator.web.http.context import WebApp, WebOptions, services
from glossator.web.http.edge import Edge, Ended, log_request
from glossator.web.http.errors.problem import Problem, problem_to_json
from glossator.web.http.errors.programs import MCP_PATH, OPENAI_PATH
from glossator.web.http.limits import count_for_network
from glossator.web.http.network import client_network
from glossator.web.metrics import Metrics
from glossator.web.on_demand import MAX_UPLOAD_BYTES, UPLOAD_PATH
from glossator.web.request_bodies import BATCH_BYTES

BODY_LIMITS: Final[Mapping[str, int]] = {
    UPLOAD_PATH: MAX_UPLOAD_BYTES,
    "/translate/batch": BATCH_BYTES,
    "/adjust-content/batch": BATCH_BYTES,
}


class SizedRequest(Request):
    """Sets the body size limit by route; the framework has one limit for all routes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.method == "POST" and self.path in BODY_LIMITS:
            self.body = self.body_class(self.content_length, BODY_LIMITS[self.path])


log = logging.getLogger(__name__)

PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'self'; require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors "
)
MCP_HEADERS: Final = ("mcp-protocol-version", "mcp-method", "mcp-name")
REST_SECONDS: Final = 2.0
_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")


def register(app: Quart, options: WebOptions) -> None:
    app.config["MAX_CONTENT_LENGTH"] = JSON_BYTES
    app.request_class = SizedRequest
    app.url_map.merge_slashes = False  # no route has a double slash; answer 404 instead of a redirect
    app.before_request(_begin)
    app.before_request(_answer_preflight)
    app.before_request(check_request_origin)
    app.before_request(count_for_network)  # after the checks of the origin, since any page can send us requests
    app.after_request(_receive_rest)
    app.after_request(remove_cors_headers)  # handlers run in reverse order, so the CORS headers are already set
    app.before_websocket(_reject_websocket)
    cors(
        app,
        allow_origin=list(options.origins),
        allow_credentials=True,
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
        allow_headers=["authorization", "content-type", "x-request-id", *MCP_HEADERS],
        expose_headers=["x-request-id", "retry-after", "x-retry-after", "set-auth-token"],
        max_age=600,
    )
    app.after_request(_finish)


def add_edge(app: WebApp, services: Services) -> None:
    """Call it when all routes are registered."""
    app.edge = Edge((rule.rule for rule in app.url_map.iter_rules()), partial(record, services))


async def _begin() -> None:
    g.began = time.monotonic()
    REQUEST_ID.set(uuid4().hex)
    CALLER.set(client_network())
    _share_route()
    client_id = request.headers.get("X-Request-Id", "")
    if _CLIENT_ID.fullmatch(client_id):
        log.info("client request id: %s", client_id)


def _share_route() -> None:
    """Puts the matched rule into the ASGI scope, for wrappers such as tracing."""
    rule = request.url_rule
    if rule is not None and "state" in request.scope:
        request.scope["state"][ROUTE] = rule.rule


async def _answer_preflight() -> Response | None:
    """Answers preflights of unknown paths too; otherwise browsers hide the 404 from the page."""
    if request.method == "OPTIONS" and request.headers.get("Access-Control-Request-Method"):
        return Response("", 200)
    return None


async def _reject_websocket() -> Response:
    """There are no WebSocket routes. The `after_request` handlers do not run here, so this sets every header."""
    REQUEST_ID.set(uuid4().hex)
    body = dumps(problem_to_json(Problem(404, "not_found")))
    return Response(body, 404, {"X-Request-Id": REQUEST_ID.get()}, content_type="application/problem+json")


async def _receive_rest(response: Response) -> Response:
    """Receives the body of a request that is refused before it has arrived, unless it is large or slow.

    Otherwise the server closes the connection, and the client may lose the response.
    """
    if response.status_code >= HTTPStatus.BAD_REQUEST and 0 < (request.content_length or 0) <= JSON_BYTES:
        with suppress(TimeoutError, HTTPException):
            async with asyncio.timeout(REST_SECONDS):
                await read_bytes()
    return response


async def _finish(response: Response) -> Response:
    headers = response.headers
    headers["X-Request-Id"] = REQUEST_ID.get()
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    if response.mimetype == "text/html":
        headers["Content-Security-Policy"] = PAGE_POLICY + services().get(WebOptions).frame_ancestors
    if (
        request.path.startswith(("/chat", "/ask", OPENAI_PATH, MCP_PATH))
        or request.headers.get("Authorization")
        or request.headers.get("Cookie")
    ):
        headers.setdefault("Cache-Control", "no-store")
    seconds = time.monotonic() - g.began if "began" in g else 0.0
    ended = ended_request(response.status_code, seconds)
    asyncio.get_running_loop().call_soon(partial(record, services(), ended))  # when the response is on its way
    return response


def ended_request(status: int, seconds: float) -> Ended:
    return Ended(request.method, request.url_rule.rule if request.url_rule else "", status, seconds)


def record(services: Services, ended: Ended) -> None:
    """The access line and the metrics of a request."""
    log_request(ended)
    if Metrics in services:
        services.get(Metrics).request_ended(ended)
