"""Checks where the book is published: the base of its links, and one link that readers get.

The link is one of the index, or of the running server; before the first ingest it is one of DOCS_PATH.
"""

import asyncio
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

import httpx

from glossator.commands.check.findings import Finding, ServiceReport
from glossator.commands.check.published_page import check_link
from glossator.commands.server.local_server import LocalServer
from glossator.configuration.core import Configuration
from glossator.domain.book.index import Build, PassageIndex
from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.book.pages.front_matter import BadPage
from glossator.domain.book.passages import Page, Passage
from glossator.domain.book.site_address import AddressNote, address_note, links_base
from glossator.domain.book.sources.folder import read_pages
from glossator.domain.book.sources.site_base import SiteBase, site_base
from glossator.domain.book.sources.site_config import find_site
from glossator.domain.errors import Unavailable
from glossator.wiring.book import book_options, book_splitter

NAME: Final = "site"
MAX_SOUGHT: Final = 200
"""Passages or pages that are read to find a link with an anchor."""


async def check_site(
    configuration: Configuration, index: PassageIndex | None, server: LocalServer | None = None
) -> ServiceReport | None:
    """None if the book is not published."""
    options = book_options(configuration)
    if options.own_reader:
        return None
    configured = await asyncio.to_thread(configured_base, options)
    live = await live_build(index) if index else None
    base_url = links_base(options.base_url, live.base if live else configured.path if configured else "")
    note = address_note(options.ingest.site_url, configured)
    is_stored = live is None or configured is None or live.base == configured.path
    address = address_finding(note, base_url, is_stored=is_stored)
    if server:
        return ServiceReport(NAME, (address, *(await check_server(server, options))))
    if index and live:
        url = await url_of_index(index, live)
    else:
        url = await asyncio.to_thread(url_of_folder, configuration, options)
    return ServiceReport(NAME, (address, *([no_page()] if url is None else await check_link(base_url + url))))


def configured_base(options: BookOptions) -> SiteBase | None:
    """Of the configuration around DOCS_PATH."""
    try:
        docs = options.docs.resolve(strict=True) if options.docs else None
    except OSError:
        return None
    return site_base(find_site(docs)) if docs and docs.is_dir() else None


def address_finding(note: AddressNote | None, base_url: str, *, is_stored: bool) -> Finding:
    """`is_stored`: the index has the same base as the configuration."""
    if note is None:
        return Finding("address", "ok", f"links begin with {base_url}")
    if note.kind == "base" and not is_stored:
        return Finding("address", "warning", f"{note.message} after the next ingest", "run glossator ingest")
    return Finding("address", "ok" if note.kind == "base" else "warning", note.message, note.fix)


def no_page() -> Finding:
    return Finding("page", "ok", "there is no page to open before the first ingest")


async def live_build(index: PassageIndex) -> Build | None:
    """None for the collection of another program, too."""
    try:
        live = await index.live()
    except Unavailable:
        return None
    return live if live and live.number else None


async def url_of_index(index: PassageIndex, live: Build) -> str | None:
    found: list[Passage] = []
    try:
        async for passage in index.lacking(live.number, ""):  # no passage has a vector in a space without a name
            found.append(passage)
            if "#" in passage.url or len(found) == MAX_SOUGHT:
                break
    except Unavailable:
        return None
    return best_link(passage.url for passage in found)


def url_of_folder(configuration: Configuration, options: BookOptions) -> str | None:
    """Of the first page with an anchor."""
    splitter, found = book_splitter(configuration.settings), list[str]()
    try:
        pages = iter(read_pages(options.docs, options.generator)) if options.docs else iter(())
        for page, _ in zip(pages, range(MAX_SOUGHT), strict=False):
            found += [passage.url for passage in splitter(page)] if isinstance(page, Page) else []
            if any("#" in url for url in found):
                break
    except (OSError, BadPage):
        return None
    return best_link(found)


def best_link(links: Iterable[str]) -> str | None:
    """With an anchor, if there is one."""
    return min(links, key=lambda link: "#" not in link, default=None)


async def check_server(server: LocalServer, options: BookOptions) -> list[Finding]:
    """Checks a link that the running server gives to readers."""
    try:
        async with server.reader_client() as client:
            title = (await client.get("/config")).json()["book"]["title"]
            found = (await client.post("/search", json={"query": title, "limit": 10})).json()["passages"]
        link = best_link(str(passage["url"]) for passage in found)
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return [no_page()]
    if link is None:
        return [no_page()]
    if urlsplit(link).netloc != urlsplit(options.base_url).netloc:
        return [Finding("page", "warning", "the running server has another SITE_URL", "start it again")]
    return await check_link(link)
