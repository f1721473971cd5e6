"""Reads the pages in a folder.

- Files with the suffix of a page format are read; other files are only counted, and so are files that a rule excludes.
- Pages are read in the order of their paths, but large HTML pages last: they may be copies of the others.
- A page contains the text of the files that it includes from the folder.
- Links to folders are not followed; a link to a file is followed only if the file is inside the folder.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from glossator.domain.book.pages.dialect.generators import Dialect, GeneratorChoice
from glossator.domain.book.pages.formats import format_of, is_page
from glossator.domain.book.pages.front_matter import BadPage
from glossator.domain.book.pages.parsing import normalize, parse_page
from glossator.domain.book.passages import BrokenPage, ExcludedPage
from glossator.domain.book.sources.copies import exclude_copies, exclude_generated, order_by_size
from glossator.domain.book.sources.file_rules import (
    NEEDS_EXTRA,
    PageItem,
    name_rule,
    reject_duplicate_urls,
    sort_files,
)
from glossator.domain.book.sources.generator import FolderProject, choose_dialect
from glossator.domain.book.sources.includes.expansion import BookFiles, FolderFiles, expand_includes
from glossator.domain.book.sources.reading_order import Navigation, reading_order
from glossator.domain.book.sources.site_config import NO_SITE, Site, find_site


@dataclass(frozen=True)
class Folder:
    """The pages of a book. `paths` are POSIX paths under `root`, in order.

    `skipped` files are not pages, `excluded` counts the files that a rule excludes, `named` has the pages among them,
    and `site` has the name of the folder and the configuration of the site. Each iteration reads the files again, one
    at a time.
    """

    root: Path
    paths: tuple[str, ...]
    skipped: int
    dialect: Dialect
    excluded: Mapping[str, int] = field(default_factory=dict)
    site: Site = NO_SITE
    named: Sequence[ExcludedPage] = ()

    @property
    def title(self) -> str:
        return self.site.title

    def __len__(self) -> int:
        return len(self.paths)

    def reading_order(self) -> Sequence[str]:
        return reading_order(Navigation(self.paths, self.dialect, self.site, FolderFiles(self.root)))

    def __iter__(self) -> Iterator[PageItem]:
        pages = (read_page(self.root, path, self.dialect) for path in self.paths)
        return reject_duplicate_urls(exclude_copies(exclude_generated(pages)))


def read_pages(path: Path, generator: GeneratorChoice) -> Folder:
    """`path` is a folder or one page. Raises FileNotFoundError, NotADirectoryError or PermissionError."""
    root = path.resolve(strict=True)
    folder = root.parent if root.is_file() else root
    site = find_site(folder)
    dialect = choose_dialect(generator, site, FolderProject(folder))
    if root.is_file():
        pages = [root.name] if is_page(root.name) else []
        return Folder(root.parent, tuple(pages), 1 - len(pages), dialect)
    os.scandir(root).close()
    found, excluded = find_files(root, dialect)
    files = sort_files(found, dialect, FolderFiles(root))
    paths = tuple(order_by_size(files.pages, {path: file_size(root / path) for path in files.pages}))
    return Folder(root, paths, files.assets, dialect, files.excluded + excluded, site, files.named)


def find_files(root: Path, dialect: Dialect) -> tuple[list[str], Counter[str]]:
    """The POSIX paths of the files under `root`, and the number of links and special files that are not followed."""
    found: list[str] = []
    excluded: Counter[str] = Counter()

    def count_unreadable(_: OSError) -> None:
        excluded["unreadable"] += 1

    for folder, folders, files in os.walk(root, onerror=count_unreadable, followlinks=False):
        relative = Path(folder).relative_to(root)
        excluded["link"] += sum(Path(folder, name).is_symlink() for name in folders)
        for path in ((relative / name).as_posix() for name in files):
            rule = "" if name_rule(path, dialect) else link_rule(root, path)
            if rule:
                excluded[rule] += 1
            else:
                found.append(path)
    return found, +excluded


def link_rule(root: Path, path: str) -> str:
    file = root / path
    if file.is_symlink() and not (file.exists() and file.resolve().is_relative_to(root)):
        return "link"
    return "" if file.is_file() else "special"


def file_size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def read_page(root: Path, path: str, dialect: Dialect) -> PageItem:
    try:
        content = read_bytes(root / path, format_of(path).max_bytes)
    except OSError as error:
        return BrokenPage(printable_path(path), f"cannot be read: {error.strerror}")
    return page_from_bytes(path, content, dialect, files=FolderFiles(root))


def read_bytes(path: Path, max_bytes: int) -> bytes:
    """Read one byte more than `max_bytes` at most, so that the caller notices a larger file."""
    with path.open("rb") as file:
        return file.read(max_bytes + 1)


def page_from_bytes(path: str, content: bytes, dialect: Dialect, *, files: BookFiles | None = None) -> PageItem:
    """`content` may be truncated after the format's `max_bytes` + 1 bytes. Without `files`, no file is included."""
    row = format_of(path)
    if not row.is_readable:
        return ExcludedPage(printable_path(path), NEEDS_EXTRA)
    if len(content) > row.max_bytes:
        return BrokenPage(printable_path(path), size_error(row.max_bytes))
    try:
        text, missing = normalize(row.decode(content)), 0
        if files is not None and row.includes:
            expanded = expand_includes(path, text, files)
            text, missing = expanded.text, expanded.missing
        return replace(parse_page(path, text, dialect), not_included=missing)
    except BadPage as error:
        return BrokenPage(printable_path(path), str(error))


def included_files(root: Path, path: str) -> frozenset[str]:
    """The files under `root` that the page includes."""
    row = format_of(path)
    if not row.includes:
        return frozenset()
    try:
        text = normalize(row.decode(read_bytes(root / path, row.max_bytes)))
    except (OSError, BadPage):
        return frozenset()
    return expand_includes(path, text, FolderFiles(root)).included


def size_error(max_bytes: int) -> str:
    return f"larger than {max_bytes / 2**20:g} MiB"


def printable_path(path: str) -> str:
    """The path as valid Unicode, which can be stored and sent."""
    return path.encode("utf-8", "backslashreplace").decode()
