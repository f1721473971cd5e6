"""Our own reader, for a book that is published nowhere else: the stored page, each heading under its anchor."""

import asyncio
from html import escape
from string import Template

from quart import Blueprint, Response

from glossator.domain.book.render import render
from glossator.domain.book.rules import BookRules
from glossator.domain.book.urls import encoded
from glossator.domain.ports import PassageIndex
from glossator.web.context import services
from glossator.web.errors import Problem
from glossator.web.home import PAGE_POLICY, page

bp = Blueprint("read", __name__, url_prefix="/read")


@bp.get("/")
@bp.get("/<path:url>")
async def read(url: str = "") -> Response:
    rules = services().get(BookRules)
    found = await services().get(PassageIndex).page(encoded(url)) if rules.own_reader else None
    if found is None:
        raise Problem(404, "page_not_found")
    shown = await asyncio.to_thread(render, found, rules.generator, base=rules.base_url)
    html = Template(page("read.html")).substitute(title=escape(found.title), body=shown.html)
    response = Response(html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    response.headers["X-Robots-Tag"] = "noindex"
    return response
