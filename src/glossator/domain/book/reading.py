"""Reading a folder of pages: the only module of the book that touches files.

- .md, .mdx and .txt, in the order of their paths; every other file is counted and left alone.
- Hidden files and folders and `node_modules` are passed over, for Docusaurus also names that begin with `_` (parts of
  pages, which have no address of their own).
- Links to folders are not followed; a link to a file only when the file is in the folder too.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from glossator.domain.book.anchors import Generator
from glossator.domain.book.front_matter import BadPage
from glossator.domain.book.parse import parse_page
from glossator.domain.book.passages import BrokenPage, Page

SUFFIXES = frozenset({".md", ".mdx", ".txt"})
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
        by_url: dict[str, str] = {}
        for path in self.paths:
            page = read_page(self.root, path, self.generator, self.max_bytes)
            if isinstance(page, Page) and (other := by_url.setdefault(page.url, path)) != path:
                page = BrokenPage(path, f"has the same address as {other}: /{page.url}")
            yield page


def read_pages(path: Path, generator: Generator, *, max_bytes: int = MAX_BYTES) -> Folder:
    """`path` is a folder or one page. Raises FileNotFoundError, NotADirectoryError or PermissionError."""
    root = path.resolve(strict=True)
    if root.is_file():
        found, root = [root.name], root.parent
    else:
        os.scandir(root).close()
        found = list(walk(root, generator))
    pages = sorted(name for name in found if Path(name).suffix.lower() in SUFFIXES)
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
    hidden = (".", "_") if generator == "docusaurus" else (".",)
    return not name.startswith(hidden) and name != "node_modules"


def read_page(root: Path, path: str, generator: Generator, max_bytes: int) -> Page | BrokenPage:
    shown = path.encode("utf-8", "backslashreplace").decode()
    try:
        return parse_page(path, read_text(root / path, max_bytes), generator)
    except BadPage as error:
        return BrokenPage(shown, str(error))
    except OSError as error:
        return BrokenPage(shown, f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        return BrokenPage(shown, f"is not UTF-8: byte {error.start + 1}")


def read_text(path: Path, max_bytes: int) -> str:
    """Raises BadPage, before anything is read, for a file that is too large."""
    size = path.stat().st_size
    with path.open("rb") as file:
        content = file.read(max_bytes + 1) if size <= max_bytes else None
    if content is None or len(content) > max_bytes:
        raise BadPage(f"larger than {max_bytes / 2**20:g} MiB")
    return content.decode("utf-8")
