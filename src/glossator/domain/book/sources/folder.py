"""Reads the pages in a folder.

- Files with the suffix of a page format are read in the order of their paths; other files are only counted.
- Hidden files and folders and `node_modules` are ignored, and for Docusaurus also names that begin with `_` (partials,
  which have no address of their own).
- Links to folders are not followed; a link to a file is followed only if the file is inside the folder.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from glossator.domain.book.pages.anchors import Generator
from glossator.domain.book.pages.formats import is_page
from glossator.domain.book.pages.front_matter import BadPage
from glossator.domain.book.pages.sections import parse_page
from glossator.domain.book.passages import BrokenPage, Page

MAX_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True)
class Folder:
    """The pages of a book. `paths` are POSIX paths under `root`, in order.

    Each iteration reads the files again, one at a time.
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
        return reject_duplicate_urls(pages)


def reject_duplicate_urls(pages: Iterable[Page | BrokenPage]) -> Iterator[Page | BrokenPage]:
    """Report the second of two pages with one address as broken."""
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
        found = list(find_files(root, generator))
    pages = sorted(filter(is_page, found))
    return Folder(root, tuple(pages), len(found) - len(pages), generator, max_bytes)


def find_files(root: Path, generator: Generator) -> Iterator[str]:
    """POSIX paths of the files under `root`."""
    for folder, folders, files in os.walk(root, followlinks=False):
        folders[:] = [name for name in folders if is_included(name, generator)]
        for name in files:
            path = Path(folder, name)
            if is_included(name, generator) and path.is_file() and path.resolve().is_relative_to(root):
                yield path.relative_to(root).as_posix()


def is_included(name: str, generator: Generator) -> bool:
    """Whether a file or folder with this name can be part of the book."""
    ignored = (".", "_") if generator == "docusaurus" else (".",)
    return not name.startswith(ignored) and name != "node_modules"


def read_page(root: Path, path: str, generator: Generator, max_bytes: int) -> Page | BrokenPage:
    try:
        content = read_bytes(root / path, max_bytes)
    except OSError as error:
        return BrokenPage(printable_path(path), f"cannot be read: {error.strerror}")
    return page_from_bytes(path, content, generator, max_bytes)


def read_bytes(path: Path, max_bytes: int) -> bytes:
    """Read one byte more than `max_bytes` at most, so that the caller notices a larger file."""
    with path.open("rb") as file:
        return file.read(max_bytes + 1)


def page_from_bytes(path: str, content: bytes, generator: Generator, max_bytes: int = MAX_BYTES) -> Page | BrokenPage:
    """`content` may be truncated after `max_bytes` + 1 bytes."""
    if len(content) > max_bytes:
        return BrokenPage(printable_path(path), size_error(max_bytes))
    try:
        return parse_page(path, content.decode("utf-8"), generator)
    except BadPage as error:
        return BrokenPage(printable_path(path), str(error))
    except UnicodeDecodeError as error:
        return BrokenPage(printable_path(path), f"is not UTF-8: byte {error.start + 1}")


def size_error(max_bytes: int) -> str:
    return f"larger than {max_bytes / 2**20:g} MiB"


def printable_path(path: str) -> str:
    """The path as valid Unicode, which can be stored and sent."""
    return path.encode("utf-8", "backslashreplace").decode()
