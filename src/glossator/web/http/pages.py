"""Our pages: templates in `web/pages`, which escape every value, and what all of them show of the book."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from quart import Quart, Response, request

from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.book.overview import Overview, Overviews
from glossator.domain.book.site_address import links_base
from glossator.domain.errors import Unavailable
from glossator.web.http.context import services
from glossator.web.http.errors import error_response, to_problem, with_headers
from glossator.web.http.texts import PageLanguage, Texts, page_language, texts_for

MAX_ACCEPT_LENGTH: Final = 1000
PAGES: Final = ("/ask", "/read")
"""Their errors are pages too, for browsers."""


@dataclass(frozen=True)
class BookFacts:
    """`loaded` is None while the index is unavailable; `url` is where its pages are."""

    title: str
    url: str
    loaded: bool | None
    overview: Overview
    language: PageLanguage

    @property
    def texts(self) -> tuple[PageLanguage, Texts]:
        return texts_for(self.language)


async def book_facts() -> BookFacts:
    options = services().get(BookOptions)
    try:
        overview = await services().get(Overviews).now()
    except Unavailable:
        return _facts(options, Overview(), None)
    return _facts(options, overview, overview.is_loaded)


def _facts(options: BookOptions, overview: Overview, loaded: bool | None) -> BookFacts:
    live = overview.build
    title = options.ingest.title or (live.title if live else "")
    url = links_base(options.base_url, live.base if live else "")
    return BookFacts(title, url, loaded, overview, page_language(overview.sample or title))


@lru_cache(maxsize=1)
def environment() -> Environment:
    return Environment(
        loader=PackageLoader("glossator.web", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def load_templates() -> None:
    """Compiles the templates, which takes some milliseconds each."""
    for name in environment().list_templates(["html"]):
        environment().get_template(name)


def page_response(template: str, book: BookFacts, status: int = 200, **values: Any) -> Response:
    """`indexed` lets search engines list the page."""
    language, texts = book.texts
    shown = {"indexed": False, "new_tab": _new_tab(book), "book": book, "language": language, "t": texts, **values}
    html = environment().get_template(template).render(shown)
    response = Response(html, status, content_type="text/html; charset=utf-8")
    if not shown["indexed"]:
        response.headers["X-Robots-Tag"] = "noindex"
    response.vary.add("Accept")
    return response


def _new_tab(book: BookFacts) -> Markup:
    """A published book may refuse to be shown in a frame of another site."""
    framed = request.headers.get("Sec-Fetch-Dest") == "iframe" and not book.url.startswith("/")
    return Markup(' target="_blank"') if framed else Markup("")


def register(app: Quart) -> None:
    """Answers every error, in the form that the client expects."""
    load_templates()

    async def handle(error: Exception) -> Response:
        return await _error_page(error) if wants_error_page(request.path) else error_response(error)

    app.register_error_handler(Exception, handle)


async def _error_page(error: Exception) -> Response:
    problem = to_problem(error)
    response = page_response("problem.html", await book_facts(), problem.status, problem=problem)
    return with_headers(response, problem)


def wants_error_page(path: str) -> bool:
    return any(path == page or path.startswith(f"{page}/") for page in PAGES) and wants_page()


def wants_page() -> bool:
    """Whether the client prefers HTML; clients that accept anything get JSON, and no browser sends a long header."""
    return preferred_type("application/json", "text/html") == "text/html"


def preferred_type(*offered: str) -> str:
    """The first one where the client has no preference."""
    if len(request.headers.get("Accept", "")) > MAX_ACCEPT_LENGTH:
        return offered[0]
    return request.accept_mimetypes.best_match(offered) or offered[0]
