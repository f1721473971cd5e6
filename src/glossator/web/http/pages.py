"""Our pages: templates in `web/pages`, which escape every value, and what all of them show of the book."""

import asyncio
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from quart import Quart, Response, request

from glossator.domain.accounts.account import Account
from glossator.domain.accounts.sessions.authentication import Authentication
from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.book.overview import Overview, Overviews
from glossator.domain.book.site_address import links_base
from glossator.domain.errors import Unavailable
from glossator.web.http.context import WebOptions, services
from glossator.web.http.errors.responses import error_response, to_problem, with_headers
from glossator.web.http.session_cookies import expire_session
from glossator.web.http.texts import PageLanguage, Texts, page_language, problem_sentence, texts_for

MAX_ACCEPT_LENGTH: Final = 1000
PAGES: Final = ("/ask", "/read")
"""Their errors are pages too, for browsers."""
NEW_TAB: Final = Markup(' target="_blank"')


@dataclass(frozen=True)
class PageReader:
    """Whom a page shows as signed in. `ended`: the cookie is valid no longer, and the page deletes it."""

    account: Account | None = None
    ended: bool = False


ANYONE: Final = PageReader()


@dataclass(frozen=True)
class ServedBook:
    """`loaded` is None while the index is unavailable; `url` is where its pages are."""

    title: str
    url: str
    loaded: bool | None
    overview: Overview
    language: PageLanguage

    @property
    def texts(self) -> tuple[PageLanguage, Texts]:
        return texts_for(self.language)


async def served_book() -> ServedBook:
    options = services().get(BookOptions)
    try:
        overview = await services().get(Overviews).now()
    except Unavailable:
        return _facts(options, Overview(), None)
    return _facts(options, overview, overview.is_loaded)


def _facts(options: BookOptions, overview: Overview, loaded: bool | None) -> ServedBook:
    live = overview.build
    title = options.ingest.title or (live.title if live else "")
    url = links_base(options.base_url, live.base if live else "")
    return ServedBook(title, url, loaded, overview, page_language(overview.sample or title))


def own_address() -> str:
    """Scheme and host, without a slash at the end: those of the platform, else those that the program used."""
    if services().get(WebOptions).public_url:
        return services().get(WebOptions).public_url
    is_https = request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip() == "https"
    return f"{'https' if is_https else request.scheme}://{request.host}"


def absolute(address: str, url: str) -> str:
    """Programs cannot follow a path."""
    return f"{address}{url}" if url.startswith("/") else url


@lru_cache(maxsize=1)
def environment() -> Environment:
    """With all templates. Call it in a thread: compiling them takes some milliseconds each."""
    templates = Environment(
        loader=PackageLoader("glossator.web", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in templates.list_templates(["html"]):
        templates.get_template(name)
    return templates


async def page_response(
    template: str, book: ServedBook, status: int = 200, *, reader: PageReader = ANYONE, **values: Any
) -> Response:
    """`indexed` lets search engines list the page."""
    language, texts = book.texts
    shown = {"book": book, "language": language, "t": texts, "reader": reader.account}
    templates = await asyncio.to_thread(environment)
    html = templates.get_template(template).render({**_common(book), **shown, **values})
    response = Response(html, status, content_type="text/html; charset=utf-8")
    if not values.get("indexed"):
        response.headers["X-Robots-Tag"] = "noindex"
    response.vary.update(("Accept", "Cookie") if Authentication in services() else ("Accept",))
    if reader.ended:
        expire_session(response, services().get(WebOptions).cookies)
    return response


def _common(book: ServedBook) -> dict[str, Any]:
    """In a frame of another site, a published book may refuse to be shown, and browsers keep no cookie for us."""
    tab = NEW_TAB if request.headers.get("Sec-Fetch-Dest") == "iframe" else Markup("")
    return {
        "indexed": False,
        "accounts": Authentication in services(),
        "has_session": services().get(WebOptions).cookies.session in request.cookies,
        "sign_in_tab": tab,
        "new_tab": Markup("") if book.url.startswith("/") else tab,
        "sentence": partial(problem_sentence, language=book.texts[0]),
    }


def register(app: Quart) -> None:
    """Answers every error, in the form that the client expects."""

    async def handle(error: Exception) -> Response:
        return await _error_page(error) if wants_error_page(request.path) else error_response(error)

    app.register_error_handler(Exception, handle)


async def _error_page(error: Exception) -> Response:
    problem = to_problem(error)
    response = await page_response("problem.html", await served_book(), problem.status, problem=problem)
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
