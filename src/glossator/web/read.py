"""Our own reader, for a book that is published nowhere else: the stored page, each heading under its anchor."""

import asyncio
from html import escape
from string import Template

from quart import Blueprint, Response

from glossator.domain.book.index import PassageIndex
from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.book.pages.render import render
from glossator.domain.book.pages.urls import encode_url
from glossator.web.home import PAGE_POLICY, page, wants_page
from glossator.web.http.context import services
from glossator.web.http.problem import MESSAGES, Problem

bp = Blueprint("read", __name__, url_prefix="/read")


@bp.get("/")
@bp.get("/<path:url>")
async def read(url: str = "") -> Response:
    options = services().get(BookOptions)
    found = await services().get(PassageIndex).page(encode_url(url)) if options.own_reader else None
    if found is None:
        if not wants_page():
            raise Problem(404, "page_not_found")
        sentence = MESSAGES["page_not_found"]
        return shown(sentence, f"<h1>{escape(sentence)}</h1>", 404)
    content = await asyncio.to_thread(render, found, options.generator, base=options.base_url)
    return shown(found.title, content.html, 200)


def shown(title: str, body: str, status: int) -> Response:
    """`body` is HTML already."""
    html = Template(page("read.html")).substitute(title=escape(title), body=body)
    response = Response(html, status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Vary"] = "Accept"
    return response
