"""`/widget.js` and the files beside it: the component `<glossator-chat>` for the pages of any site.

`make widget` builds them from `clients/`. An address with a hash never changes its content; `/widget.js` does with an
upgrade.
"""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Final

from quart import Blueprint, Response, request
from quart_cors import cors_exempt

from glossator.web.http.context import services
from glossator.web.http.errors.problem import Problem

bp = Blueprint("widget", __name__)

SCRIPT: Final = "widget.js"
LICENSES: Final = "widget-licenses.txt"
FIVE_MINUTES: Final = 300
YEAR: Final = 31_536_000


@dataclass(frozen=True)
class BuiltFile:
    """`address` is its name below the backend, with a hash except for the licences; `integrity` is for a script tag."""

    address: str
    integrity: str
    data: bytes

    @cached_property
    def compressed(self) -> bytes:
        return gzip.compress(self.data, mtime=0)

    @property
    def seconds(self) -> int:
        return FIVE_MINUTES if self.address == LICENSES else YEAR

    @property
    def content_type(self) -> str:
        return f"text/{'plain' if self.address == LICENSES else 'javascript'}; charset=utf-8"


@dataclass(frozen=True)
class Component:
    """The script and, by address, every file including the script."""

    script: BuiltFile
    files: Mapping[str, BuiltFile]


def read_component() -> Component:
    """Reads the built files, once per start. Each is compressed for its first reader."""
    folder = files("glossator.web") / "built"
    built = {}
    for name, entry in json.loads((folder / "manifest.json").read_text("utf-8")).items():
        data = (folder / name).read_bytes()
        built[name] = BuiltFile(entry["address"], entry["integrity"], data)
    return Component(built[SCRIPT], {file.address: file for file in built.values()})


@bp.get(f"/{SCRIPT}")
@cors_exempt
async def script() -> Response:
    return await _respond(services().get(Component).script, FIVE_MINUTES)


@bp.get("/widget-<name>")
@cors_exempt
async def part(name: str) -> Response:
    file = services().get(Component).files.get(f"widget-{name}")
    if file is None:
        raise Problem(404, "not_found")
    return await _respond(file, file.seconds)


async def _respond(file: BuiltFile, seconds: int) -> Response:
    """Each encoding has its own ETag, since their bytes differ.

    The CORS header is the same for every request, so that caches may serve one response to all pages.
    """
    by_gzip = request.accept_encodings["gzip"] > 0
    response = Response(file.compressed if by_gzip else file.data, content_type=file.content_type)
    if by_gzip:
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(f"{file.integrity}{'-gzip' * by_gzip}")
    response.headers["Cache-Control"] = f"public, max-age={seconds}{', immutable' * (seconds == YEAR)}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.vary.add("Accept-Encoding")
    return await response.make_conditional(request)
