"""From a page to its passages.

- A passage never crosses a heading, so that its link opens at its own heading. A short section becomes a short passage;
  the search finds it by the heading path in front of it.
- Within a section neighbouring blocks share a passage as long as they fit.
- Passages follow each other and never overlap; what lies between them is markup, comments, imports or white space.
- The text of a passage is its part of the source without escapes. A part of a table begins with the table's header.
- The path starts with the page's title, which is not repeated when it is the first heading too.
"""

import hashlib
import re
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from glossator.domain.book.pages.blocks import Block
from glossator.domain.book.pages.formats import format_of
from glossator.domain.book.pages.sections import Section, read_sections
from glossator.domain.book.passages import Page, Passage, indexed_text
from glossator.domain.book.splitting.packing import Limits, Room, pack, runs
from glossator.domain.book.splitting.passage_text import PassageText

SPLITTER = "headings-5"
"""Changes whenever the same page would give other passages."""

NAMESPACE = uuid.UUID("b3f9d0a8-6a0c-5f0e-9a55-0d6b4d1b3c11")
LONGEST_TITLE = 200
UNSAFE_IN_FRAGMENT = re.compile(r"[^\w.~:@!$&'()*+,;=/?-]")


@dataclass(frozen=True)
class Splitter:
    """Splits pages into passages. The limit is in characters: a model embeds a longer text in windows."""

    limits: Limits

    @property
    def version(self) -> str:
        """Stored with a build: passages of another version do not fit beside these."""
        return f"{SPLITTER}/{self.limits.characters}"

    def __call__(self, page: Page) -> list[Passage]:
        twins: Counter[str] = Counter()
        passages = []
        row = format_of(page.path)
        text_of = PassageText(page.source, self.limits.characters, row.markdown, row.own_ids)
        for section in read_sections(page):
            headings = self.path(page, section)
            room = Room(page.source, self.limits)
            for pieces in packed(section, room):
                text = text_of(pieces)
                digest = passage_hash(headings, text)
                number = twins[digest]
                twins[digest] += 1
                passages.append(
                    Passage(
                        id=str(uuid.uuid5(NAMESPACE, f"{page.path}\n{digest}\n{number}")),
                        page=page.path,
                        headings=headings,
                        url=passage_url(page, section),
                        start=pieces[0].start,
                        end=pieces[-1].end,
                        text=text,
                        hash=digest,
                    )
                )
        return passages

    def path(self, page: Page, section: Section) -> tuple[str, ...]:
        """The heading path, without its outer parts when it is longer than half of a passage."""
        titles = [heading.title for heading in section.headings if heading.title]
        if titles[:1] != [page.title]:
            titles.insert(0, page.title)
        titles = [title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…" for title in titles]
        while len(titles) > 1 and len(indexed_text(tuple(titles), "")) > self.limits.characters // 2:
            titles.pop(0)
        return tuple(titles)


def packed(section: Section, room: Room) -> Iterator[Sequence[Block]]:
    for run in runs(section.blocks, room):
        yield from pack(run, room)


def passage_hash(headings: tuple[str, ...], text: str) -> str:
    whole = "\0".join((*headings, text)).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(whole, digest_size=16).hexdigest()


def passage_url(page: Page, section: Section) -> str:
    anchor = section.headings[-1].anchor if section.headings else ""
    return f"{page.url}#{fragment(anchor)}" if anchor else page.url


def fragment(anchor: str) -> str:
    """Letters of every script stay readable; a browser finds the id in both forms."""
    return UNSAFE_IN_FRAGMENT.sub(lambda found: quote(found[0], safe=""), anchor)
