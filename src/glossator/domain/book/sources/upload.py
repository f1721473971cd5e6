"""Uploaded pages: which files are accepted, and under which paths.

- A name that could lead out of a folder, or that cannot be displayed, rejects the whole upload.
- Nothing is written to disk under an uploaded name.
- Each iteration reads the pages again, one at a time. A page that is too large or not UTF-8 is broken, as in a folder.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import IO, Final, Protocol

from glossator.domain.book.pages.anchors import Generator
from glossator.domain.book.passages import BrokenPage, Page
from glossator.domain.book.sources.folder import MAX_BYTES, page_from_bytes, reject_duplicate_urls
from glossator.domain.errors import Refused

MAX_NAME_LENGTH: Final = 1000
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
DRIVE: Final = re.compile(r"[A-Za-z]:")


class UploadRefused(Refused):
    """The upload contains a file that is not allowed; the message names it. Nothing was changed."""


class UploadDamaged(Refused):
    """The upload cannot be read."""


class UploadTooLarge(Refused):
    """The upload or its unpacked content is larger than the limit."""


class UploadPart(Protocol):
    """An uploaded page that is not parsed yet. `path` is safe."""

    @property
    def path(self) -> str: ...

    def read(self, limit: int) -> bytes:
        """Read at most `limit` bytes from the start. Raises UploadDamaged."""
        ...


@dataclass(frozen=True)
class FilePart:
    """A page that was uploaded as a separate file: `length` bytes of `file`, which several pages share."""

    path: str
    file: IO[bytes]
    start: int
    length: int

    def with_path(self, path: str) -> "FilePart":
        return replace(self, path=path)

    def read(self, limit: int) -> bytes:
        self.file.seek(self.start)
        return self.file.read(min(limit, self.length))


@dataclass(frozen=True)
class Upload:
    """Pages in the order of their paths. `broken` are pages that the client could not read."""

    parts: Sequence[UploadPart]
    generator: Generator
    broken: Sequence[BrokenPage] = ()
    skipped: int = 0

    def __len__(self) -> int:
        return len(self.parts) + len(self.broken)

    def __iter__(self) -> Iterator[Page | BrokenPage]:
        yield from reject_duplicate_urls(self._page(part) for part in self.parts)
        yield from self.broken

    def _page(self, part: UploadPart) -> Page | BrokenPage:
        try:
            return page_from_bytes(part.path, part.read(MAX_BYTES + 1), self.generator)
        except UploadDamaged:
            return BrokenPage(part.path, "is damaged in the archive")


def create_upload(
    parts: Iterable[UploadPart], generator: Generator, *, broken: Sequence[BrokenPage] = (), skipped: int = 0
) -> Upload:
    """Raises UploadRefused if a path appears more than once."""
    ordered = sorted(parts, key=lambda part: part.path)
    counts = Counter([part.path for part in ordered] + [page.path for page in broken])
    for path, number in counts.items():
        if number > 1:
            raise upload_refused(path, "appears more than once")
    return Upload(ordered, generator, broken, skipped)


def safe_path(name: str) -> str:
    """The path in the book of a page with this name. Raises UploadRefused."""
    error = name_error(name)
    if error:
        raise upload_refused(name, error)
    return PurePosixPath(name).as_posix()


def name_error(name: str) -> str:
    """Why a page cannot have this name; "" for a valid name."""
    errors = {
        "has a name that contains a control character": CONTROL.search(name),
        "has a name that contains a backslash": "\\" in name,
        "has a name that begins with a drive letter": DRIVE.match(name),
        "has an absolute path": name.startswith("/"),
        "has a path that contains ..": ".." in name.split("/"),
        f"has a name longer than {MAX_NAME_LENGTH} characters": len(name) > MAX_NAME_LENGTH,
        "has no name": not PurePosixPath(name).name,
    }
    return next((error for error, found in errors.items() if found), "")


def upload_refused(name: str, reason: str) -> UploadRefused:
    return UploadRefused(f"the upload was rejected: {printable_name(name)} {reason} - nothing was changed")


def printable_name(name: str) -> str:
    """The name, shortened and without terminal control sequences."""
    plain = CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), name)
    return plain if len(plain) <= 200 else f"{plain[:199]}…"
