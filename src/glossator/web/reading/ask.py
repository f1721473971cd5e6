"""`/ask`: a question and its answer as a page, without a script.

- The form of our own pages asks as `POST /chat` does, for the reader who is signed in.
- A link asks as an anonymous reader. If the reader did not open it, nothing that costs money is called: other sites can
  make a browser load it, and programs fetch links before a reader decides to open them.
- Another site's form is treated as such a link. With a cookie it is refused, as everywhere.
"""

from dataclasses import replace
from functools import partial
from typing import Final
from urllib.parse import parse_qs

from markupsafe import Markup
from quart import Blueprint, Response, request

from glossator.domain.answering.notices import notices_in
from glossator.domain.answering.question import Answer, Question
from glossator.domain.answering.suggestions.suggested_questions import SuggestedQuestions
from glossator.domain.answering.writing.html import answer_html
from glossator.domain.conversations.history import History
from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.ports.workers import Workers
from glossator.web.auth.origins import is_own_page
from glossator.web.chat.chat import (
    anonymous_question,
    follow_ups_of,
    prepare_question,
    refuse_if_overloaded,
    remembering,
)
from glossator.web.http.bodies import read_bytes, validate
from glossator.web.http.context import services
from glossator.web.http.errors.problem import Problem
from glossator.web.http.pages import page_response, served_book
from glossator.web.metrics import ask
from glossator.web.request_bodies import ChatBody

bp = Blueprint("ask", __name__)

FORM: Final = "application/x-www-form-urlencoded"
MAX_FORM_BYTES: Final = 64 * 1024
MAX_FIELDS: Final = 20
PREFETCH_HEADERS: Final = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")


@bp.get("/ask")
async def ask_by_link() -> Response:
    text = request.args.get("q", "").strip()
    if not text or request.method == "HEAD":
        return await page_response("ask.html", await served_book(), answer=None, question="")
    return await _anonymous_answer(validate(ChatBody, {"query": text}), free=not is_own_navigation())


@bp.post("/ask")
async def ask_by_form() -> Response:
    body = validate(ChatBody, {"query": (await _form()).get("q", "")})
    if not is_own_page(request.headers.get("Origin", "")):
        return await _anonymous_answer(body, free=True)
    question, thread = await prepare_question(body, "markdown")
    answer = await ask(question)
    remembering(question, thread)(answer)
    if thread is not None:
        await services().get(History).store(thread, thread.completed_exchange(answer))
    return await _answer_page(question, answer)


async def _anonymous_answer(body: ChatBody, *, free: bool) -> Response:
    refuse_if_overloaded()
    question = replace(anonymous_question(body, "markdown"), free=free)
    answer = await ask(question)
    if not free:  # a reader asked
        remembering(question, None)(answer)
    return await _answer_page(question, answer)


def is_own_navigation() -> bool:
    """Whether a reader opened the link. Browsers set these headers, and no script can."""
    opened = request.headers.get("Sec-Fetch-User") == "?1" and request.headers.get("Sec-Fetch-Mode") == "navigate"
    return opened and not any(request.headers.get(name) for name in PREFETCH_HEADERS)


async def _form() -> dict[str, str]:
    """The first value of each field. Raises Problem 400, 413 or 415."""
    if request.mimetype != FORM:
        raise Problem(415, "unsupported_media_type", detail="The request must be a form.")
    data = await read_bytes()
    if len(data) > MAX_FORM_BYTES:
        raise Problem(413, "body_too_large")
    try:
        fields = parse_qs(data.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError:
        raise Problem(400, "bad_request") from None
    return {name: values[0] for name, values in fields.items()}


async def _answer_page(question: Question, answer: Answer) -> Response:
    book = await served_book()
    html = await services().get(Workers).run(partial(answer_html, answer, book.url))
    return await page_response(
        "ask.html",
        book,
        question=question.text,
        answer=answer,
        spent=notices_in(book.texts[0].tag).spent(answer.cap) if answer.cap else "",
        answer_html=Markup(html),  # noqa: S704 - our renderer escapes what it is given
        quoted_link=question.free and services().get(ChatModel).generates,
        follow_ups=await follow_ups_of(question, answer, services().get(SuggestedQuestions)),
    )
