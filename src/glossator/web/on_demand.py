"""Routes that few requests ask for. The first one loads their code, in a thread: until then it takes no memory.

Their modules have no blueprint: each function is named here. The operator's routes send no CORS headers.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from quart import Blueprint
from quart.typing import ResponseReturnValue
from quart_cors import cors_exempt

from glossator.kernel.deferred import load
from glossator.web.http.errors.programs import MCP_PATH, OPENAI_PATH

UPLOAD_PATH: Final = "/ingest"
MAX_UPLOAD_BYTES: Final = 64 * 2**20

View = Callable[..., Awaitable[ResponseReturnValue]]


@dataclass(frozen=True)
class RareRoute:
    """`place` is a module of this package and its function."""

    method: str
    rule: str
    place: str


OPERATOR: Final = (
    RareRoute("POST", UPLOAD_PATH, "ingest.ingest:start"),
    RareRoute("GET", f"{UPLOAD_PATH}/<job_id>", "ingest.ingest:get_job"),
    RareRoute("GET", "/evaluate", "operator:cost"),
    RareRoute("POST", "/evaluate", "operator:ask"),
    RareRoute("GET", "/links", "operator:links"),
    RareRoute("GET", "/report", "operator:report"),
    RareRoute("GET", "/usage", "operator:usage"),
)
PROGRAMS: Final = (
    RareRoute("POST", MCP_PATH, "programs.mcp.routes:mcp"),
    RareRoute("GET", f"{OPENAI_PATH}/models", "programs.openai.routes:models"),
    RareRoute("GET", f"{OPENAI_PATH}/models/<name>", "programs.openai.routes:model"),
    RareRoute("POST", f"{OPENAI_PATH}/chat/completions", "programs.openai.routes:completions"),
)

bp: Final = Blueprint("on_demand", __name__)


def view(place: str) -> View:
    route: View | None = None

    async def run(**parts: str) -> ResponseReturnValue:
        nonlocal route
        if route is None:
            route = await asyncio.to_thread(loaded_view, place)
        return await route(**parts)

    return run


def loaded_view(place: str) -> View:
    found: View = load(f"{__package__}.{place}")
    return found


def add(route: RareRoute, made: View) -> None:
    endpoint = route.place.replace(".", "_").replace(":", "_")
    bp.add_url_rule(route.rule, endpoint, made, methods=[route.method])


for _route in OPERATOR:
    add(_route, cors_exempt(view(_route.place)))
for _route in PROGRAMS:
    add(_route, view(_route.place))
