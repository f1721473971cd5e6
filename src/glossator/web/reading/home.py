"""The root: JSON for programs, the page of the book for browsers; its files."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Final

from quart import Blueprint, Response, jsonify

from glossator.domain.answering.suggestions.suggested_questions import SuggestedQuestions
from glossator.domain.book.index import Suggestion
from glossator.domain.errors import Unavailable
from glossator.domain.ports.chat_model import ChatModel
from glossator.web.auth.current_reader import page_reader
from glossator.web.config import retentions
from glossator.web.http.context import WebOptions, services
from glossator.web.http.errors.problem import Problem
from glossator.web.http.pages import page_response, served_book, wants_page

bp = Blueprint("home", __name__)

_TYPES: Final = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}
MAX_STARTERS: Final = 6


@bp.get("/")
async def home() -> Response:
    if wants_page():
        response = await _page()
    else:
        response = jsonify({"status": "online", "service": "glossator", "version": services().get(WebOptions).version})
    response.vary.add("Accept")
    return response


async def _page() -> Response:
    book = await served_book()
    return await page_response(
        "home.html",
        book,
        reader=await page_reader(),
        indexed=True,
        kept=[retention.detail(book.texts[1]) for retention in retentions()],
        generates=services().get(ChatModel).generates,
        suggestions=await _starters(),
    )


async def _starters() -> Sequence[Suggestion]:
    try:
        return (await services().get(SuggestedQuestions).of_book()).starters[:MAX_STARTERS]
    except Unavailable:
        return ()


@bp.get("/assets/<name>")
async def asset(name: str) -> Response:
    if name not in _TYPES:
        raise Problem(404, "not_found")
    text = (files("glossator.web") / "pages" / name).read_text(encoding="utf-8")
    response = Response(text, content_type=f"{_TYPES[name]}; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=600"
    return response
