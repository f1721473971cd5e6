"""Uploaded pages: what may come in, and under which paths.

- A name that could lead out of a folder, or that a person cannot read, refuses the whole upload.
- Nothing is written to disk under a name that was given.
- Pages are read one at a time, each time anew; a page that is too large or no text is a broken page, as in a folder.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import IO, Final, Protocol

from glossator.domain.book.pages.anchors import Generator
from glossator.domain.book.passages import BrokenPage, Page
from glossator.domain.book.sources.folder import MAX_BYTES, page_of, with_own_addresses
from glossator.domain.errors import Refused

LONGEST_NAME: Final = 1000
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
DRIVE: Final = re.compile(r"[A-Za-z]:")


class UploadRefused(Refused):
    """Something in the upload has no place in a book; the message names it. Nothing was changed."""


class UploadDamaged(Refused):
    """The upload cannot be read."""


class UploadTooLarge(Refused):
    """The upload, or what would come out of it, is more than is taken."""


class Part(Protocol):
    """A page that was uploaded and is not yet read; `path` is a safe one."""

    @property
    def path(self) -> str: ...

    def read(self, limit: int) -> bytes:
        """At most `limit` bytes from its beginning. Raises UploadDamaged."""
        ...


@dataclass(frozen=True)
class FilePart:
    """A page that was sent as a file of its own: `length` bytes of `file`, which many share."""

    path: str
    file: IO[bytes]
    start: int
    length: int

    def named(self, path: str) -> "FilePart":
        return replace(self, path=path)

    def read(self, limit: int) -> bytes:
        self.file.seek(self.start)
        return self.file.read(min(limit, self.length))


@dataclass(frozen=True)
class Upload:
    """Pages in the order of their paths. `broken` are pages that their sender could not read."""

    parts: Sequence[Part]
    generator: Generator
    broken: Sequence[BrokenPage] = ()
    skipped: int = 0

    def __len__(self) -> int:
        return len(self.parts) + len(self.broken)

    def __iter__(self) -> Iterator[Page | BrokenPage]:
        yield from with_own_addresses(self._page(part) for part in self.parts)
        yield from self.broken

    def _page(self, part: Part) -> Page | BrokenPage:
        try:
            return page_of(part.path, part.read(MAX_BYTES + 1), self.generator)
        except UploadDamaged:
            return BrokenPage(part.path, "is damaged in the archive")


def upload_of(
    parts: Iterable[Part], generator: Generator, *, broken: Sequence[BrokenPage] = (), skipped: int = 0
) -> Upload:
    """Raises UploadRefused when a page is there twice."""
    ordered = sorted(parts, key=lambda part: part.path)
    times = Counter([part.path for part in ordered] + [page.path for page in broken])
    for path, number in times.items():
        if number > 1:
            raise refused(path, "is there more than once")
    return Upload(ordered, generator, broken, skipped)


def safe_path(name: str) -> str:
    """The path that a page of this name has in the book. Raises UploadRefused."""
    reason = fault_of(name)
    if reason:
        raise refused(name, reason)
    return PurePosixPath(name).as_posix()


def fault_of(name: str) -> str:
    """Why there can be no page of this name; "" for a good one."""
    rules = {
        "has a name with a control character in it": CONTROL.search(name),
        "has a name with a backslash in it": "\\" in name,
        "has a name that begins with a drive letter": DRIVE.match(name),
        "has an absolute name": name.startswith("/"),
        "has a name with .. in it": ".." in name.split("/"),
        f"has a name longer than {LONGEST_NAME} characters": len(name) > LONGEST_NAME,
        "has no name": not PurePosixPath(name).name,
    }
    return next((reason for reason, broken in rules.items() if broken), "")


def refused(name: str, reason: str) -> UploadRefused:
    return UploadRefused(f"the upload is refused: {shown(name)} {reason} - nothing was changed")


def shown(name: str) -> str:
    """The name as it can be printed: short, and without what a terminal would obey."""
    plain = CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), name)
    return plain if len(plain) <= 200 else f"{plain[:199]}…"
