"""The built-in reader, for a book that is not published elsewhere: shows stored pages with an anchor per heading."""

from collections.abc import Sequence
from functools import partial
from html import escape
from string import Template

from quart import Blueprint, Response, request

from glossator.domain.answering.proof.links import sentence_url
from glossator.domain.answering.proof.passage_text import PassageSentence, passage_sentences
from glossator.domain.book.index import PassageIndex
from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.book.pages.marking import Mark, letters_of
from glossator.domain.book.pages.render import render
from glossator.domain.book.pages.urls import encode_url
from glossator.domain.book.passages import Page, Passage
from glossator.domain.book.splitting.splitter import Splitter
from glossator.domain.ports.workers import Workers
from glossator.web.home import page, wants_page
from glossator.web.http.context import services
from glossator.web.http.problem import MESSAGES, Problem

bp = Blueprint("read", __name__, url_prefix="/read")


@bp.get("/")
@bp.get("/<path:url>")
async def read(url: str = "") -> Response:
    options = services().get(BookOptions)
    found = await find_page(encode_url(url)) if options.own_reader else None
    if found is None:
        if not wants_page():
            raise Problem(404, "page_not_found")
        message = MESSAGES["page_not_found"]
        return html_response(message, f"<h1>{escape(message)}</h1>", 404)
    work = partial(show, found, options, services().get(Splitter), request.args.get("at", ""))
    html = await services().get(Workers).run(work)
    return html_response(found.title, html, 200)


async def find_page(url: str) -> Page | None:
    """The page at this address, with or without the slash at its end."""
    index = services().get(PassageIndex)
    return await index.page(url) or (await index.page(url[:-1] if url.endswith("/") else f"{url}/") if url else None)


def show(page: Page, options: BookOptions, splitter: Splitter, at: str) -> str:
    """`at` names the sentence to mark by the id of its passage and its number; the page of any other is not marked."""
    mark = find_mark(splitter(page), at) if at else None
    return render(page, base=options.base_url, mark=mark).html


def find_mark(passages: Sequence[Passage], at: str) -> Mark | None:
    passage_id, _, number = at.rpartition(".")
    for passage in passages:
        sentences = passage_sentences(passage) if passage.id == passage_id else ()
        for sentence in sentences:
            if str(sentence.number) == number and sentence.kind != "code":
                return mark_of(passage, sentences, sentence)
    return None


def mark_of(passage: Passage, sentences: Sequence[PassageSentence], sentence: PassageSentence) -> Mark:
    """The id is the fragment of the link: browsers without text fragments look for an element with this id."""
    prose = [one for one in sentences if one.kind != "code"]
    wanted, shown = letters_of(sentence.text), "".join(letters_of(one.text) for one in prose)
    before = sum(len(letters_of(one.text)) for one in prose if one.number < sentence.number)
    occurrence = sum(shown.startswith(wanted, at) for at in range(before))
    fragment = sentence_url("", passage, sentence).partition("#")[2]
    return Mark(passage.start, passage.end, sentence.text, occurrence, fragment)


def html_response(title: str, body: str, status: int) -> Response:
    """`body` is HTML."""
    html = Template(page("read.html")).substitute(title=escape(title), body=body)
    response = Response(html, status, content_type="text/html; charset=utf-8")
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Vary"] = "Accept"
    return response
