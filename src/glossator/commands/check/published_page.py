"""Opens one page of the published book and looks for one anchor in it, as a reader does who follows a citation.

Only http and https are used, a redirect to another host is not followed, and time, size and redirects are limited. A
page that does not exist is a failure; what prevents the check is only a warning.
"""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

import httpx

from glossator.commands.check.findings import Finding
from glossator.domain.book.pages.html.anchors import anchors_in
from glossator.domain.book.pages.html.reader import MAX_DEPTH, nesting_depth

FETCH_SECONDS: Final = 8.0
MAX_BYTES: Final = 4 * 2**20
MAX_REDIRECTS: Final = 5
GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
HEADERS: Final = {"User-Agent": "glossator-check", "Accept": "text/html", "Accept-Encoding": "identity"}
NETWORK: Final = "check SITE_URL and the network of this machine"


class NotChecked(Exception):
    """The message says why the page could not be checked."""


@dataclass(frozen=True)
class FetchedPage:
    """`whole` is off if the body is longer than the limit."""

    status: int
    is_html: bool
    text: str
    whole: bool


async def check_link(link: str) -> list[Finding]:
    """The finding `page`, and the finding `anchor` if the page exists and the link has one."""
    address, _, anchor = link.partition("#")
    try:
        async with asyncio.timeout(FETCH_SECONDS):
            answer = await fetch(address)
    except TimeoutError:
        return [Finding("page", "warning", f"{address} does not answer within {FETCH_SECONDS:g} s", NETWORK)]
    except NotChecked as error:
        return [Finding("page", "warning", f"{address} {error}", NETWORK)]
    page = page_finding(address, answer)
    return [page, anchor_finding(address, unquote(anchor), answer)] if page.status == "ok" and anchor else [page]


async def fetch(address: str) -> FetchedPage:
    """Raises NotChecked."""
    url = address
    async with httpx.AsyncClient(headers=HEADERS, timeout=FETCH_SECONDS) as client:
        for _ in range(MAX_REDIRECTS + 1):
            try:
                async with client.stream("GET", url) as response:
                    if not response.has_redirect_location:
                        return await read_answer(response)
                    url = redirect_target(url, response.headers["location"])
            except (httpx.HTTPError, httpx.InvalidURL):
                raise NotChecked("cannot be opened") from None
    raise NotChecked(f"redirects more than {MAX_REDIRECTS} times")


def redirect_target(url: str, location: str) -> str:
    """Raises NotChecked for another host, and for http after https."""
    try:
        here, target = urlsplit(url), urlsplit(urljoin(url, location))
        same_host = (target.hostname, target.port) == (here.hostname, here.port)
    except ValueError:
        raise NotChecked("redirects to an invalid address") from None
    if not same_host or target.scheme not in {here.scheme, "https"}:
        raise NotChecked("redirects to another host, which is not opened")
    return target.geturl()


async def read_answer(response: httpx.Response) -> FetchedPage:
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > MAX_BYTES:
            break
    text = content[:MAX_BYTES].decode(response.encoding or "utf-8", "replace")
    is_html = "html" in response.headers.get("content-type", "")
    return FetchedPage(response.status_code, is_html, text, len(content) <= MAX_BYTES)


def page_finding(address: str, answer: FetchedPage) -> Finding:
    if answer.status in GONE:
        fix = "set SITE_URL to the address that the pages are below, with its path, and check SITE_GENERATOR"
        return Finding("page", "failed", f"{address} does not exist ({answer.status})", fix)
    if answer.status != HTTPStatus.OK:
        return Finding("page", "warning", f"{address} answers with status {answer.status}", "open it in a browser")
    return Finding("page", "ok", f"{address} exists")


def anchor_finding(address: str, anchor: str, answer: FetchedPage) -> Finding:
    if not answer.is_html or nesting_depth(answer.text) > MAX_DEPTH:
        return Finding("anchor", "warning", f"{address} cannot be read as HTML, so #{anchor} was not checked")
    if {anchor, f"user-content-{anchor}"} & anchors_in(answer.text):
        return Finding("anchor", "ok", f"#{anchor} is in the page")
    if not answer.whole:
        return Finding("anchor", "warning", f"#{anchor} is not in the first {MAX_BYTES // 2**20} MiB of {address}")
    fix = "check SITE_GENERATOR, and that the published site is the current one; glossator links checks all links"
    return Finding("anchor", "failed", f"#{anchor} is not in {address}", fix)
