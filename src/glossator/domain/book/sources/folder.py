"""Reading a folder of pages.

- .md, .mdx, .txt and .html, in the order of their paths; every other file is counted and left alone.
- Hidden files and folders and `node_modules` are passed over, for Docusaurus also names that begin with `_` (parts of
  pages, which have no address of their own).
- Links to folders are not followed; a link to a file only when the file is in the folder too.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from glossator.domain.book.pages.anchors import Generator
from glossator.domain.book.pages.formats import is_html, is_page
from glossator.domain.book.pages.front_matter import BadPage
from glossator.domain.book.pages.html import parse_html
from glossator.domain.book.pages.sections import parse_page
from glossator.domain.book.passages import BrokenPage, Page

MAX_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True)
class Folder:
    """The pages of a book, found but not yet read: `paths` are POSIX paths under `root`, in their order.

    Each iteration reads them anew, one at a time.
    """

    root: Path
    paths: tuple[str, ...]
    skipped: int
    generator: Generator
    max_bytes: int = MAX_BYTES

    def __len__(self) -> int:
        return len(self.paths)

    def __iter__(self) -> Iterator[Page | BrokenPage]:
        pages = (read_page(self.root, path, self.generator, self.max_bytes) for path in self.paths)
        return with_own_addresses(pages)


def with_own_addresses(pages: Iterable[Page | BrokenPage]) -> Iterator[Page | BrokenPage]:
    """Of two pages with one address the second is broken."""
    by_url: dict[str, str] = {}
    for page in pages:
        if isinstance(page, Page) and (other := by_url.setdefault(page.url, page.path)) != page.path:
            yield BrokenPage(page.path, f"has the same address as {other}: /{page.url}")
        else:
            yield page


def read_pages(path: Path, generator: Generator, *, max_bytes: int = MAX_BYTES) -> Folder:
    """`path` is a folder or one page. Raises FileNotFoundError, NotADirectoryError or PermissionError."""
    root = path.resolve(strict=True)
    if root.is_file():
        found, root = [root.name], root.parent
    else:
        os.scandir(root).close()
        found = list(walk(root, generator))
    pages = sorted(filter(is_page, found))
    return Folder(root, tuple(pages), len(found) - len(pages), generator, max_bytes)


def walk(root: Path, generator: Generator) -> Iterator[str]:
    """POSIX paths of the files under `root`."""
    for folder, folders, files in os.walk(root, followlinks=False):
        folders[:] = [name for name in folders if is_seen(name, generator)]
        for name in files:
            path = Path(folder, name)
            if is_seen(name, generator) and path.is_file() and path.resolve().is_relative_to(root):
                yield path.relative_to(root).as_posix()


def is_seen(name: str, generator: Generator) -> bool:
    """Whether a file or folder of this name takes part in the book."""
    hidden = (".", "_") if generator == "docusaurus" else (".",)
    return not name.startswith(hidden) and name != "node_modules"


def read_page(root: Path, path: str, generator: Generator, max_bytes: int) -> Page | BrokenPage:
    try:
        content = read_bytes(root / path, max_bytes)
    except OSError as error:
        return BrokenPage(shown(path), f"cannot be read: {error.strerror}")
    return page_of(path, content, generator, max_bytes)


def read_bytes(path: Path, max_bytes: int) -> bytes:
    """At most one more than `max_bytes`, which is how a larger file is known."""
    with path.open("rb") as file:
        return file.read(max_bytes + 1)


def page_of(path: str, content: bytes, generator: Generator, max_bytes: int = MAX_BYTES) -> Page | BrokenPage:
    """`content` may be cut off behind `max_bytes` + 1."""
    if len(content) > max_bytes:
        return BrokenPage(shown(path), too_large(max_bytes))
    parse = parse_html if is_html(path) else parse_page
    try:
        return parse(path, content.decode("utf-8"), generator)
    except BadPage as error:
        return BrokenPage(shown(path), str(error))
    except UnicodeDecodeError as error:
        return BrokenPage(shown(path), f"is not UTF-8: byte {error.start + 1}")


def too_large(max_bytes: int) -> str:
    return f"larger than {max_bytes / 2**20:g} MiB"


def shown(path: str) -> str:
    """The path as text that can be stored and sent."""
    return path.encode("utf-8", "backslashreplace").decode()
