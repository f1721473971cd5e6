"""The built-in reader, for a book that is not published elsewhere: shows stored pages with an anchor per heading."""

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
        message = MESSAGES["page_not_found"]
        return html_response(message, f"<h1>{escape(message)}</h1>", 404)
    content = await asyncio.to_thread(render, found, options.generator, base=options.base_url)
    return html_response(found.title, content.html, 200)


def html_response(title: str, body: str, status: int) -> Response:
    """`body` is HTML."""
    html = Template(page("read.html")).substitute(title=escape(title), body=body)
    response = Response(html, status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Vary"] = "Accept"
    return response
