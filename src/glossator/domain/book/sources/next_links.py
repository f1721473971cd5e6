"""The order of the pages of a built site: each page links to the next one."""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import unquote, urlsplit

from glossator.domain.book.contents import name_order
from glossator.domain.book.pages.urls import page_address

LINK: Final = re.compile(r"<(?:a|link)\b([^<>]{1,2000})>", re.IGNORECASE)
NEXT: Final = re.compile(r"\brel=[\"']?(?:[\w-]+ )*next\b|--next\b|\bpager-link next\b", re.IGNORECASE)
HREF: Final = re.compile(r"\bhref=(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)


def pages_by_next_links(html: Iterable[tuple[str, str]]) -> Iterator[str]:
    """`html` has the path and the text of each page. A page without such links is left out."""
    found = {path: next_link(text) for path, text in html}
    by_address = {page_address(path): path for path in found}
    after = {path: target for path, link in found.items() if (target := linked_page(link, path, by_address))}
    starts = sorted({*after} - {*after.values()}, key=lambda path: [name_order(part) for part in path.split("/")])
    seen: set[str] = set()
    for path in starts:
        one: str | None = path
        while one is not None and one not in seen:
            seen.add(one)
            yield one
            one = after.get(one)


def next_link(html: str) -> str:
    """Where the page's link to the next one leads; "" without one."""
    tags = (found[1] for found in LINK.finditer(html))
    links = (HREF.search(tag) for tag in tags if NEXT.search(tag))
    return next(("".join(filter(None, found.groups())) for found in links if found), "")


def linked_page(link: str, page: str, by_address: Mapping[str, str]) -> str | None:
    """A link from the root of its host may begin with the path that the site is published under."""
    path = unquote(urlsplit(link).path)
    if not path:
        return None
    if not path.startswith("/"):
        return by_address.get(page_address(posixpath.normpath(posixpath.join(posixpath.dirname(page), path))))
    parts = page_address(path.strip("/")).split("/")
    candidates = ("/".join(parts[at:]) for at in range(len(parts)))
    return next((by_address[one] for one in candidates if one in by_address), None)
