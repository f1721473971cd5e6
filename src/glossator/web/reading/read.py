"""The built-in reader, for a book that is not published elsewhere: shows stored pages with an anchor per heading.

`Accept: text/markdown`, or `.md` at the end of a page's address, returns the page as Markdown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from markupsafe import Markup
from quart import Blueprint, Response, request

from glossator.domain.answering.proof.links import sentence_url
from glossator.domain.answering.proof.passage_text import PassageSentence, passage_sentences
from glossator.domain.book.index import PassageIndex
from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.book.pages.formats import format_of
from glossator.domain.book.pages.front_matter import body_start
from glossator.domain.book.pages.marking import Mark, letters_of
from glossator.domain.book.pages.render import render
from glossator.domain.book.pages.sections import Heading
from glossator.domain.book.pages.urls import encode_url
from glossator.domain.book.passages import Page, Passage
from glossator.domain.book.splitting.splitter import Splitter
from glossator.domain.ports.workers import Workers
from glossator.web.auth.current_reader import page_reader
from glossator.web.http.context import services
from glossator.web.http.pages import BookFacts, book_facts, page_response, preferred_type
from glossator.web.http.problem import Problem
from glossator.web.http.texts import PageLanguage, page_language

bp = Blueprint("read", __name__, url_prefix="/read")

MARKDOWN: Final = "text/markdown"
SUFFIX: Final = ".md"
LISTED_LEVELS: Final = (2, 3)
SAMPLE_LENGTH: Final = 2_000


@dataclass(frozen=True)
class ShownPage:
    html: str
    headings: tuple[Heading, ...]
    language: PageLanguage


@bp.get("/")
@bp.get("/<path:url>")
async def read(url: str = "") -> Response:
    options, address = services().get(BookOptions), encode_url(url)
    found = await find_page(address) if options.own_reader else None
    as_markdown = preferred_type("text/html", MARKDOWN) == MARKDOWN
    if found is None and options.own_reader and address.endswith(SUFFIX):
        found, as_markdown = await find_page(address.removesuffix(SUFFIX).removesuffix("index")), True
    if found is None:
        raise Problem(404, "page_not_found")
    return markdown_response(found) if as_markdown else await html_response(found, options)


async def find_page(url: str) -> Page | None:
    """The page at this address, with or without the slash at its end."""
    index = services().get(PassageIndex)
    return await index.page(url) or (await index.page(url[:-1] if url.endswith("/") else f"{url}/") if url else None)


async def html_response(page: Page, options: BookOptions) -> Response:
    work = partial(show, page, options, services().get(Splitter), request.args.get("at", ""))
    shown = await services().get(Workers).run(work)
    book = await book_facts()
    values = {"page": page, "shown": shown, "body": Markup(shown.html), **places(page, book)}  # noqa: S704 - our renderer escapes what it is given
    return page_response("read.html", book, reader=await page_reader(), **values)


def places(page: Page, book: BookFacts) -> dict[str, Any]:
    """Where the page is in the book, and its address as Markdown."""
    contents = book.overview.contents
    before, after = contents.beside(page.path)
    name = page.url.rstrip("/") or "index"
    return {
        "entries": contents.around(page.path),
        "before": before,
        "after": after,
        "markdown_url": f"{book.url}{name}{SUFFIX}",
    }


def page_markdown(page: Page) -> str:
    """The source without its front matter, with its title."""
    start = body_start(page.source) if format_of(page.path).front_matter else 0
    text = page.source[start:].lstrip("\n")
    return text if text.startswith("# ") else f"# {page.title}\n\n{text}"


def markdown_response(page: Page) -> Response:
    response = Response(page_markdown(page), content_type=f"{MARKDOWN}; charset=utf-8")
    response.headers["X-Robots-Tag"] = "noindex"
    response.vary.add("Accept")
    return response


def show(page: Page, options: BookOptions, splitter: Splitter, at: str) -> ShownPage:
    """`at` names the sentence to mark by the id of its passage and its number; the page of any other is not marked."""
    mark = find_mark(splitter(page), at) if at else None
    rendered = render(page, base=options.base_url, mark=mark)
    headings = tuple(one for one in rendered.headings if one.level in LISTED_LEVELS and one.anchor)
    return ShownPage(rendered.html, headings, page_language(f"{page.title} {page.source[:SAMPLE_LENGTH]}"))


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
