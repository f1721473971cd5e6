"""What every page says of the served book: its title, a line about it, its contents and its language."""

import asyncio
import re
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Final

from markdown_it.token import Token

from glossator.domain.book.contents import Contents, contents_of
from glossator.domain.book.index import Build, PageTitle, PassageIndex
from glossator.domain.book.pages.formats import format_of
from glossator.domain.book.pages.markdown import inline_text, parse_body
from glossator.domain.book.passages import Page
from glossator.domain.ports.workers import Workers

MAX_COVER_LENGTH: Final = 240
COVER_SOURCE: Final = 5_000
"""Characters at the start of the root page, where its first paragraph is."""
SAMPLE_TITLES: Final = 200
_FIRST_SENTENCE: Final = re.compile(r".{20,}?[.!?\u06d4\u061f\u3002](?=\s|$)|.*", re.DOTALL)


@dataclass(frozen=True)
class Overview:
    """`cover` is the first sentence of the root page; `sample` has titles, which show the book's language.

    Without a build there is no book yet.
    """

    build: Build | None = None
    cover: str = ""
    contents: Contents = field(default_factory=Contents)
    sample: str = ""

    @property
    def is_loaded(self) -> bool:
        return self.build is not None and self.build.passages > 0


class Overviews:
    """Reads the overview once for each version of the book."""

    def __init__(self, index: PassageIndex, workers: Workers) -> None:
        self._index = index
        self._workers = workers
        self._lock = asyncio.Lock()
        self._known = Overview()

    async def now(self) -> Overview:
        """Raises Unavailable and Overloaded."""
        live = await self._index.live()
        if live == self._known.build:
            return self._known
        async with self._lock:
            if live != self._known.build:
                self._known = await self._read(live)
            return self._known

    async def _read(self, live: Build | None) -> Overview:
        if live is None or live.number == 0:  # another program's collection has no pages
            return Overview(live)
        titles = [title async for title in self._index.titles(live.number)]
        root = await self._index.page("")
        return await self._workers.run(partial(overview_of, live, titles, root))


def overview_of(live: Build, titles: list[PageTitle], root: Page | None) -> Overview:
    contents = contents_of(titles, live.order)
    names = [page.title for page in contents.pages[:SAMPLE_TITLES]]
    cover = first_sentence(root) if root else ""
    return Overview(live, cover, contents, " ".join([live.title, *names, cover]))


def first_sentence(page: Page) -> str:
    """Of the first paragraph that has text; empty if there is none or its first sentence is long."""
    if not format_of(page.path).markdown:
        return ""
    body = parse_body(page.path, page.source[:COVER_SOURCE], cells=False)
    paragraphs = (after for before, after in pairwise(body.tokens) if _opens_paragraph(before))
    texts = (" ".join(inline_text(body.markdown, one.content, body.env, images=False).split()) for one in paragraphs)
    found = _FIRST_SENTENCE.match(next(filter(None, texts), ""))
    return found[0] if found and len(found[0]) <= MAX_COVER_LENGTH else ""


def _opens_paragraph(token: Token) -> bool:
    return token.type == "paragraph_open" and token.level == 0
