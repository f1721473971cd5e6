"""A passage or a page of the book as a document for programs, in parts that fit into the context of a model."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Annotated, Final
from urllib.parse import unquote, urlsplit

from pydantic import Field

from glossator.domain.answering.answer import AnsweringOptions
from glossator.domain.book.index import PassageIndex
from glossator.domain.book.ingest.book_options import READER_URL
from glossator.domain.book.llms import SUFFIX
from glossator.domain.book.pages.urls import encode_url
from glossator.domain.book.passages import Page, Passage
from glossator.domain.book.site_address import links_base
from glossator.domain.book.splitting.splitter import Splitter
from glossator.domain.ports.workers import Workers
from glossator.web.http.context import services
from glossator.web.http.errors.problem import FieldError, Problem, field_message
from glossator.web.http.pages import absolute, own_address
from glossator.web.reading.read import find_page, page_markdown

Cursor = Annotated[str, Field(max_length=100, description="`next_cursor` of the result before, which was cut.")]
CURSOR_DIGITS: Final = 16
PART_BYTES: Final = 18_000
"""Of texts as JSON. No model makes more than one token of a byte, so a result has less than 20,000 in any script."""


@dataclass(frozen=True)
class Document:
    """`text` is Markdown; `next_cursor` is there if more of it follows."""

    id: str
    title: str
    url: str
    text: str
    next_cursor: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)


def passage_id(passage: Passage) -> str:
    """The passage's page and its own id."""
    return f"{passage.url.partition('#')[0]}#{passage.id}"


async def document_of(name: str, cursor: str | None) -> Document:
    """`name` is a passage's id or a page's address. Raises Problem 404, and 422 for a bad cursor."""
    page, fragment, base = await known_page(name), name.partition("#")[2], await book_address()
    passage = await services().get(Workers).run(partial(_passage_of, page, fragment, services().get(Splitter)))
    title = " > ".join(passage.headings) if passage else page.title
    text = passage.text if passage else await page_markdown(page)
    part, following = await services().get(Workers).run(partial(_part, text, cursor))
    url = absolute(own_address(), base + (passage.url if passage else page.url))
    return Document(name, title or page.title, url, part, following, {"page": page.title})


async def known_page(address: str) -> Page:
    """Raises Problem 404."""
    page = await find_page(page_url(address.partition("#")[0], await book_address()))
    if page is None:
        raise Problem(404, "page_not_found")
    return page


async def book_address() -> str:
    """What the urls of pages are appended to."""
    live = await services().get(PassageIndex).live()
    return links_base(services().get(AnsweringOptions).base_url, live.base if live else "")


def page_url(address: str, base: str) -> str:
    """The url of a page in the index, from any address under which it is known."""
    path = urlsplit(address).path if "://" in address else address.partition("?")[0]
    for prefix in (urlsplit(base).path, READER_URL, "/"):
        if path.startswith(prefix):
            path = path.removeprefix(prefix)
            break
    return encode_url(unquote(path.removesuffix(SUFFIX).removesuffix("index")))


def _passage_of(page: Page, passage: str, splitter: Splitter) -> Passage | None:
    """None for any other fragment, such as that of a heading."""
    return next((one for one in splitter(page) if one.id == passage), None) if passage else None


def _part(text: str, cursor: str | None) -> tuple[str, str | None]:
    parts = list(parts_of(text))
    number = position_of(cursor, text, len(parts))
    return parts[number], cursor_at(number + 1, text) if number + 1 < len(parts) else None


def beginning(text: str, most: int) -> str:
    """At most so many bytes, in whole characters."""
    return text.encode()[:most].decode(errors="ignore")


def parts_of(text: str) -> Iterator[str]:
    """Whole lines, as long as one line is not longer than a part."""
    part: list[str] = []
    size = 0
    for line in _lines(text):
        if size + json_bytes(line) > PART_BYTES and part:
            yield "".join(part)
            part, size = [], 0
        part.append(line)
        size += json_bytes(line)
    yield "".join(part)


def json_bytes(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode(errors="replace"))


def _lines(text: str) -> Iterator[str]:
    """A line that is too long is cut, at a character whatever its width."""
    step = PART_BYTES // 8
    for line in text.splitlines(keepends=True):
        yield from (line[at : at + step] for at in range(0, len(line), step))


def cursor_at(position: int, of: str) -> str:
    """Where a result that did not fit goes on; it belongs to what it was given for."""
    digest = sha256(f"{position} {of}".encode(errors="replace")).hexdigest()
    return f"{position}-{digest[:CURSOR_DIGITS]}"


def position_of(cursor: str | None, of: str, end: int) -> int:
    """Before `end`; 0 without a cursor. Raises Problem 422."""
    if cursor is None:
        return 0
    number = cursor.partition("-")[0]
    position = int(number) if number.isascii() and number.isdigit() else 0
    if not 0 < position < end or cursor != cursor_at(position, of):
        error = FieldError("cursor", "must be the next_cursor of the result before; leave it out to start again")
        raise Problem(422, "invalid_field", detail=field_message(error.field, error.reason), fields=(error,))
    return position
