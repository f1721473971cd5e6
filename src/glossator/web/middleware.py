"""What holds for every request: an id, headers, exact origins, and who may send cookies.

How large a body may be, by its route; the framework knows one limit for all.
"""

import logging
import re
import time
from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from quart import Quart, Request, Response, g, request
from quart.json import dumps
from quart_cors import cors

from glossator.kernel.asgi import ROUTE
from glossator.kernel.logs import REQUEST_ID
from glossator.web.auth.admin import without_origins
from glossator.web.auth.origins import refuse_foreign_pages
from glossator.web.http.bodies import JSON_BYTES
from glossator.web.http.context import WebOptions
from glossator.web.http.problem import Problem, document
from glossator.web.ingest.uploads import UPLOAD_BYTES, UPLOAD_PATH
from glossator.web.request_bodies import BATCH_BYTES

LARGER: Final[Mapping[str, int]] = {
    UPLOAD_PATH: UPLOAD_BYTES,
    "/translate/batch": BATCH_BYTES,
    "/adjust-content/batch": BATCH_BYTES,
}


class SizedRequest(Request):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.method == "POST" and self.path in LARGER:
            self.body = self.body_class(self.content_length, LARGER[self.path])


log = logging.getLogger(__name__)

_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")


def register(app: Quart, options: WebOptions) -> None:
    app.config["MAX_CONTENT_LENGTH"] = JSON_BYTES
    app.request_class = SizedRequest
    app.url_map.merge_slashes = False  # no address of ours has two, and a redirect would be one more answer
    app.before_request(_begin)
    app.before_request(_answer_preflight)
    app.before_request(refuse_foreign_pages)
    app.after_request(without_origins)  # of these the last one comes first: the headers are there by now
    app.before_websocket(_refuse_socket)
    cors(
        app,
        allow_origin=list(options.origins),
        allow_credentials=True,
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
        allow_headers=["authorization", "content-type", "x-request-id"],
        expose_headers=["x-request-id", "retry-after", "x-retry-after", "set-auth-token"],
        max_age=600,
    )
    app.after_request(_finish)


async def _begin() -> None:
    g.began = time.monotonic()
    REQUEST_ID.set(uuid4().hex)
    _leave_route()
    theirs = request.headers.get("X-Request-Id", "")
    if _CLIENT_ID.fullmatch(theirs):
        log.info("the client calls this request %s", theirs)


def _leave_route() -> None:
    """For what wraps the app: outside of it nobody can match a path."""
    rule = request.url_rule
    if rule is not None and "state" in request.scope:
        request.scope["state"][ROUTE] = rule.rule


async def _answer_preflight() -> Response | None:
    """Also for an address that is not there: else a browser would hide the 404 from the page that asked."""
    if request.method == "OPTIONS" and request.headers.get("Access-Control-Request-Method"):
        return Response("", 200)
    return None


async def _refuse_socket() -> Response:
    """No address of ours is one; what is said here is the whole answer, since requests' own rules do not see it."""
    REQUEST_ID.set(uuid4().hex)
    body = dumps(document(Problem(404, "not_found")))
    return Response(body, 404, {"X-Request-Id": REQUEST_ID.get()}, content_type="application/problem+json")


async def _finish(response: Response) -> Response:
    headers = response.headers
    headers["X-Request-Id"] = REQUEST_ID.get()
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    if request.path.startswith("/chat") or request.headers.get("Authorization") or request.headers.get("Cookie"):
        headers.setdefault("Cache-Control", "no-store")
    took = (time.monotonic() - g.began) * 1000 if "began" in g else 0.0
    log.info("%s %s %s %.0f ms", request.method, request.path, response.status_code, took)
    return response
