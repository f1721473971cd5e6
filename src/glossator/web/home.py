"""The root: JSON for programs, a page to try the book for browsers."""

from importlib.resources import files
from typing import Final

from quart import Blueprint, Response, jsonify, request

from glossator.web.http.context import WebOptions, services
from glossator.web.http.problem import Problem

bp = Blueprint("home", __name__)

MAX_ACCEPT_LENGTH: Final = 1000
_TYPES: Final = {
    "try.css": "text/css",
    "try.js": "text/javascript",
    "read.css": "text/css",
    "icon.svg": "image/svg+xml",
}


@bp.get("/")
async def home() -> Response:
    if not wants_page():
        response = jsonify({"status": "online", "service": "glossator", "version": services().get(WebOptions).version})
    else:
        response = Response(page("try.html"), content_type="text/html; charset=utf-8")
    response.headers["Vary"] = "Accept"
    return response


@bp.get("/assets/<name>")
async def asset(name: str) -> Response:
    if name not in _TYPES:
        raise Problem(404, "not_found")
    response = Response(page(name), content_type=f"{_TYPES[name]}; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=600"
    return response


def wants_page() -> bool:
    """Whether the client prefers HTML; clients that accept anything get JSON, and no browser sends a long header."""
    if len(request.headers.get("Accept", "")) > MAX_ACCEPT_LENGTH:
        return False
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def page(name: str) -> str:
    """A file from the package's `pages` folder."""
    return (files("glossator.web") / "pages" / name).read_text(encoding="utf-8")
