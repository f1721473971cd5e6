"""A book is pages; a page is cut into passages; a passage is what is searched, quoted and cited."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """One source file.

    `path` is its POSIX path under the docs folder and names the page everywhere. `url` is its address under the
    published site, without base, leading slash or fragment (`""` is the site's root). `hash` covers everything the
    passages are made from, `source` is the text that passages' offsets count in.
    """

    path: str
    title: str
    url: str
    source: str
    hash: str


@dataclass(frozen=True)
class Passage:
    """A piece of one page under one heading.

    `text` is exactly `page.source[start:end]` (offsets in characters). `headings` is the path from the page's title
    down to the nearest heading, `url` the page's url with the nearest heading's `#anchor`. `hash` covers heading path
    and text, that is all that is embedded; `id` is a UUID (version 5) of page path, hash and a count for twins.
    """

    id: str
    page: str
    headings: tuple[str, ...]
    url: str
    start: int
    end: int
    text: str
    hash: str

    @property
    def indexed_text(self) -> str:
        """What is embedded and searched for words: the heading path, then the text."""
        return indexed_text(self.headings, self.text)


def indexed_text(headings: tuple[str, ...], text: str) -> str:
    """The text that stands for a passage in both indexes."""
    return f"{' > '.join(headings)}\n{text}" if headings else text


@dataclass(frozen=True)
class BrokenPage:
    """A source file that gave no page; `path` as a page's would be, `reason` a phrase of ours."""

    path: str
    reason: str
