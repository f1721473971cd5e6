"""What the book has to read: `/llms.txt` for programs, `/sitemap.xml` and `/robots.txt` for search engines."""

from collections.abc import AsyncGenerator
from functools import partial
from hashlib import sha256
from typing import Final

from quart import Blueprint, Response, request

from glossator.domain.book.index import PassageIndex
from glossator.domain.book.ingest.book_options import READER_URL, BookOptions
from glossator.domain.book.llms import BookIndex, in_whole_book, markdown_name, sitemap
from glossator.domain.book.pages.standalone import standalone_markdown
from glossator.domain.errors import BookEmpty, Unavailable
from glossator.domain.ports.workers import Workers
from glossator.kernel.services import Services
from glossator.web.http.context import WebOptions, services
from glossator.web.http.errors.problem import Problem
from glossator.web.http.pages import ServedBook, absolute, own_address, served_book
from glossator.web.reading.read import cached

bp = Blueprint("listings", __name__)

TEXT: Final = "text/plain; charset=utf-8"
ROBOTS: Final = "User-agent: *\nDisallow: /ask\nDisallow: /*?ask=\n\nSitemap: {address}/sitemap.xml\n"
"""Each answer costs work, and none is the book's own text."""
NOTES: Final = (
    "Every page is here as Markdown. `{address}/llms-full.txt` has the whole book in one file.",
    "Ask the book: append `?ask=` and a question to the address of any page, and send `Accept: text/markdown`. "
    "The answer names the sections that prove it. `{address}/mcp` offers the same to MCP clients.",
)


@bp.get("/llms.txt")
async def llms() -> Response:
    return await _text((await _files())[0])


@bp.get("/llms-<int:number>.txt")
async def llms_part(number: int) -> Response:
    files = await _files()
    if not 0 < number < len(files):
        raise Problem(404, "not_found")
    return await _text(files[number])


@bp.get("/llms-full.txt")
async def llms_full() -> Response:
    """Streamed, one page at a time."""
    book = await _loaded()
    base = absolute(own_address(), book.url)
    response = Response(_pages(services(), book, base), content_type=TEXT)
    response.timeout = None
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Cache-Control"] = "public, max-age=300"
    response.set_etag(await _version_of(book, base), weak=True)
    return await response.make_conditional(request)


@bp.get("/sitemap.xml")
async def sitemap_xml() -> Response:
    """The published pages, or those of the built-in reader where search engines may list them."""
    book = await _loaded()
    own_reader, listed = services().get(BookOptions).own_reader, services().get(WebOptions).read_index
    base = absolute(own_address(), book.url)
    addresses = [base + page.url for page in book.overview.contents.pages] if listed or not own_reader else []
    text = await services().get(Workers).run(partial(sitemap, addresses))
    return await cached(Response(text, content_type="application/xml"))


@bp.get("/robots.txt")
async def robots() -> Response:
    return await cached(Response(ROBOTS.format(address=own_address()), content_type=TEXT))


async def _loaded() -> ServedBook:
    """Raises BookEmpty, and Unavailable while nobody knows whether the book is loaded."""
    book = await served_book()
    if book.loaded is None:
        raise Unavailable("index", "does not answer")
    if not book.loaded:
        raise BookEmpty("This book has not been loaded yet.")
    return book


async def _version_of(book: ServedBook, base: str) -> str:
    """Another one for each text of the whole book."""
    build = book.overview.build
    pages = services().get(PassageIndex).pages(build.number if build else 0)
    hashes = sorted([f"{page.path} {page.hash}" async for page in pages])
    parts = [services().get(WebOptions).version, base, repr(build), *hashes]
    return sha256("\n".join(parts).encode(errors="replace")).hexdigest()[:32]


async def _files() -> list[str]:
    book, address = await _loaded(), own_address()
    index = BookIndex(
        title=book.title or "Book",
        cover=book.overview.cover,
        notes=[note.format(address=address) for note in NOTES],
        contents=book.overview.contents,
        page=lambda url: f"{address}{READER_URL}{markdown_name(url)}",
        part=lambda number: f"{address}/llms-{number}.txt",
    )
    return await services().get(Workers).run(index.files)


async def _text(text: str) -> Response:
    response = Response(text, content_type=TEXT)
    response.headers["X-Robots-Tag"] = "noindex"
    return await cached(response)


async def _pages(running: Services, book: ServedBook, base: str) -> AsyncGenerator[str, None]:
    """Runs outside the context of the request. A page that was removed meanwhile is left out."""
    index, workers, published = running.get(PassageIndex), running.get(Workers), not running.get(BookOptions).own_reader
    contents = book.overview.contents
    for entry in contents.pages:
        page = await index.page(entry.url)
        if page is not None:
            text = await workers.run(partial(standalone_markdown, page, base, contents.urls, images=published))
            yield in_whole_book(text, base + page.url)
