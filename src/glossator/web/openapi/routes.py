"""`/openapi.json` and `/docs`: the API, described for programs and for readers."""

import json
from functools import lru_cache, partial
from typing import Any, Final

from markupsafe import Markup
from quart import Blueprint, Response, request
from quart_cors import cors

from glossator.domain.ports.workers import Workers
from glossator.kernel.deferred import load
from glossator.web.http.context import WebOptions, services
from glossator.web.http.pages import environment, page_response, served_book

bp: Final = cors(
    Blueprint("openapi", __name__),
    allow_origin="*",
    allow_methods=["GET", "OPTIONS"],
    allow_headers=["content-type", "x-request-id"],
    expose_headers=["x-request-id"],
    max_age=600,
)
CACHE_SECONDS: Final = 300


@bp.get("/openapi.json")
async def openapi() -> Response:
    text = await services().get(Workers).run(partial(document_text, services().get(WebOptions).version))
    return await _cached(Response(text, content_type="application/json"))


@bp.get("/docs")
async def docs() -> Response:
    main = await services().get(Workers).run(partial(docs_main, services().get(WebOptions).version))
    return await page_response("docs.html", await served_book(), indexed=True, main=main)


async def _cached(response: Response) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={CACHE_SECONDS}"
    await response.add_etag()
    return await response.make_conditional(request)


@lru_cache(maxsize=1)
def document(version: str) -> dict[str, Any]:
    """Built when it is first asked for: its models take a tenth of a second of every start otherwise."""
    built: dict[str, Any] = load("glossator.web.openapi.document:openapi")(version)
    return built


@lru_cache(maxsize=1)
def document_text(version: str) -> str:
    return json.dumps(document(version), ensure_ascii=False)


@lru_cache(maxsize=1)
def docs_main(version: str) -> Markup:
    template, view = environment().get_template("docs_main.html"), load("glossator.web.openapi.page:docs_view")
    return Markup(template.render(docs=view(document(version))))  # noqa: S704 - the template escapes
