"""The built-in reader: shows stored pages with an anchor per heading, if the book is not published elsewhere.

`Accept: text/markdown`, or `.md` at the end of a page's address, returns the page as Markdown, also of a published
book, whose readers are sent to the published page. `?ask=` asks the book and returns the answer as Markdown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from markupsafe import Markup
from quart import Blueprint, Response, request

from glossator.domain.answering.proof.links import sentence_url
from glossator.domain.answering.proof.passage_sentences import PassageSentence, passage_sentences
from glossator.domain.book.index import PassageIndex
from glossator.domain.book.ingest.book_options import READER_URL, BookOptions
from glossator.domain.book.llms import SUFFIX, markdown_name, one_line, with_index
from glossator.domain.book.pages.rendering.marking import Mark, letters_of
from glossator.domain.book.pages.rendering.render import render
from glossator.domain.book.pages.sections import Heading
from glossator.domain.book.pages.standalone import standalone_markdown
from glossator.domain.book.pages.urls import encode_url
from glossator.domain.book.passages import Page, Passage
from glossator.domain.book.splitting.splitter import Splitter
from glossator.domain.ports.workers import Workers
from glossator.web.auth.current_reader import page_reader
from glossator.web.chat.chat import anonymous_question, refuse_if_overloaded
from glossator.web.http.bodies import validate
from glossator.web.http.context import WebOptions, services
from glossator.web.http.errors.problem import Problem
from glossator.web.http.limits import CHAT, count_request
from glossator.web.http.pages import ServedBook, absolute, own_address, page_response, preferred_type, served_book
from glossator.web.http.texts import PageLanguage, page_language
from glossator.web.metrics import ask
from glossator.web.request_bodies import ChatBody

bp = Blueprint("read", __name__, url_prefix="/read")

MARKDOWN: Final = "text/markdown"
CACHE_SECONDS: Final = 300
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
    found, as_markdown = await find_page(address), preferred_type("text/html", MARKDOWN) == MARKDOWN
    if found is None and address.endswith(SUFFIX):
        found, as_markdown = await find_by_name(address.removesuffix(SUFFIX)), True
    if found is None:
        raise Problem(404, "page_not_found")
    if as_markdown and request.method == "GET" and (text := request.args.get("ask", "").strip()):
        return await answer_as_markdown(text)
    if as_markdown:
        return await markdown_response(found, options)
    return await html_response(found, options) if options.own_reader else await to_published(found)


async def find_by_name(name: str) -> Page | None:
    """The page whose Markdown has this name: a folder's is called `index`, and `.html` is left out."""
    return await find_page(name) or await find_page(name.removesuffix("index")) or await find_page(f"{name}.html")


async def to_published(page: Page) -> Response:
    response = Response(status=302, headers={"Location": (await served_book()).url + page.url})
    del response.headers["Content-Type"]
    response.vary.add("Accept")
    return response


async def find_page(url: str) -> Page | None:
    """The page at this address, with or without the slash at its end."""
    index = services().get(PassageIndex)
    return await index.page(url) or (await index.page(url[:-1] if url.endswith("/") else f"{url}/") if url else None)


async def html_response(page: Page, options: BookOptions) -> Response:
    work = partial(show, page, options, services().get(Splitter), request.args.get("at", ""))
    shown = await services().get(Workers).run(work)
    book = await served_book()
    values = {"page": page, "shown": shown, "body": Markup(shown.html), **places(page, book)}  # noqa: S704 - our renderer escapes what it is given
    indexed = services().get(WebOptions).read_index
    response = await page_response("read.html", book, reader=await page_reader(), indexed=indexed, **values)
    response.headers["Link"] = f'<{values["markdown_url"]}>; rel="alternate"; type="{MARKDOWN}"'
    return await cached(response)


def places(page: Page, book: ServedBook) -> dict[str, Any]:
    """Where the page is in the book, and its address as Markdown."""
    contents = book.overview.contents
    before, after = contents.beside(page.path)
    return {
        "entries": contents.around(page.path),
        "before": before,
        "after": after,
        "markdown_url": f"{READER_URL}{markdown_name(page.url)}",
        "address": own_address(),
    }


async def page_markdown(page: Page) -> str:
    """With whole addresses in its links. Raises Unavailable and Overloaded."""
    book = await served_book()
    urls = book.overview.contents.urls
    published = not services().get(BookOptions).own_reader
    work = partial(standalone_markdown, page, absolute(own_address(), book.url), urls, images=published)
    return await services().get(Workers).run(work)


async def markdown_response(page: Page, options: BookOptions) -> Response:
    """Names the index of the book first, where a program finds its other pages."""
    text = with_index(await page_markdown(page), f"{own_address()}/llms.txt")
    response = Response(text, content_type=f"{MARKDOWN}; charset=utf-8")
    response.headers["X-Robots-Tag"] = "noindex"
    published = absolute(own_address(), (await served_book()).url + page.url)
    response.headers["Link"] = f'<{published}>; rel="{"alternate" if options.own_reader else "canonical"}"'
    return await cached(response)


async def answer_as_markdown(text: str) -> Response:
    """As an anonymous reader. Only a program that names this format costs money, since anyone can make a link load."""
    count_request(CHAT)
    question = anonymous_question(validate(ChatBody, {"query": text}), "markdown")
    refuse_if_overloaded()
    answer = await ask(replace(question, free=not is_asked_by_a_program()))
    links = [f"{one.n}. [{one_line(one.label)}]({absolute(own_address(), one.url)})" for one in answer.citations]
    sources = "\n".join(["\n\n## Sources\n", *links]) if links else ""
    text = f"# {one_line(text)}\n\n{answer.response}{sources}\n"
    response = Response(text, content_type=f"{MARKDOWN}; charset=utf-8")
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Cache-Control"] = "no-store"
    return response


def is_asked_by_a_program() -> bool:
    """It names this format, and no page of another site does so through a reader's browser."""
    from_elsewhere = request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}
    return MARKDOWN in request.headers.get("Accept", "").lower() and not from_elsewhere


async def cached(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", f"public, max-age={CACHE_SECONDS}, must-revalidate")
    response.vary.add("Accept")
    await response.add_etag()
    return await response.make_conditional(request)


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
