"""Uploaded pages: which files are accepted, and under which paths.

- A name that could lead out of a folder, or that cannot be displayed, rejects the whole upload.
- Nothing is written to disk under an uploaded name.
- A page contains the text of the uploaded files that it includes.
- Each iteration reads the pages again, one at a time. A page that is too large or not UTF-8 is broken, as in a folder.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import IO, Final, Protocol

from glossator.domain.book.pages.dialect.generators import DEFAULT_DIALECT, Dialect, GeneratorChoice
from glossator.domain.book.pages.formats import format_of
from glossator.domain.book.passages import BrokenPage, ExcludedPage
from glossator.domain.book.sources.copies import exclude_copies, exclude_generated, order_by_size
from glossator.domain.book.sources.file_rules import (
    PageItem,
    reject_duplicate_urls,
    sort_files,
)
from glossator.domain.book.sources.folder import page_from_bytes
from glossator.domain.book.sources.generator import HTML_BYTES, choose_dialect
from glossator.domain.book.sources.reading_order import Navigation, reading_order
from glossator.domain.book.sources.site_config import (
    CONFIGS,
    MAX_CONFIGS,
    NO_SITE,
    Site,
    SiteConfig,
    decode_config,
    sort_configs,
)
from glossator.domain.book.sources.site_config import MAX_BYTES as MAX_CONFIG_BYTES
from glossator.domain.errors import UploadDamaged, UploadRefused

MAX_NAME_LENGTH: Final = 1000
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
DRIVE: Final = re.compile(r"[A-Za-z]:")


class UploadPart(Protocol):
    """An uploaded file. `path` is safe."""

    @property
    def path(self) -> str: ...

    @property
    def size(self) -> int: ...

    def read(self, limit: int) -> bytes:
        """Read at most `limit` bytes from the start. Raises UploadDamaged."""
        ...


@dataclass(frozen=True)
class FilePart:
    """A separate file in the upload: `length` bytes of `file`, which several parts share."""

    path: str
    file: IO[bytes]
    start: int
    length: int

    @property
    def size(self) -> int:
        return self.length

    def with_path(self, path: str) -> "FilePart":
        return replace(self, path=path)

    def read(self, limit: int) -> bytes:
        self.file.seek(self.start)
        return self.file.read(min(limit, self.length))


@dataclass(frozen=True)
class UploadFiles:
    """The files that pages can include. The name of their folder is not known."""

    parts: Mapping[str, UploadPart]

    @property
    def folder(self) -> PurePosixPath:
        return PurePosixPath()

    def read(self, path: str, limit: int) -> bytes | None:
        try:
            return self.parts[path].read(limit) if path in self.parts else None
        except UploadDamaged:
            return None


@dataclass(frozen=True)
class UploadProject:
    """The uploaded files as a project."""

    parts: Mapping[str, UploadPart]

    def has_folder(self, path: str) -> bool:
        return any(part.startswith(f"{path}/") for part in self.parts)

    def home(self) -> str:
        return (UploadFiles(self.parts).read("index.html", HTML_BYTES) or b"").decode("utf-8", "replace")


@dataclass(frozen=True)
class Upload:
    """Pages in the order of their paths. `broken` are pages that the client could not read.

    `skipped`, `excluded`, `named` and `site` are like those of a folder.
    """

    parts: Sequence[UploadPart]
    dialect: Dialect
    broken: Sequence[BrokenPage] = ()
    skipped: int = 0
    excluded: Mapping[str, int] = field(default_factory=dict)
    site: Site = NO_SITE
    files: UploadFiles = field(default_factory=lambda: UploadFiles({}))
    named: Sequence[ExcludedPage] = ()

    @property
    def title(self) -> str:
        return self.site.title

    def __len__(self) -> int:
        return len(self.parts) + len(self.broken)

    def reading_order(self) -> Sequence[str]:
        pages = [part.path for part in self.parts]
        return reading_order(Navigation(pages, self.dialect, self.site, self.files))

    def __iter__(self) -> Iterator[PageItem]:
        pages = (self._page(part) for part in self.parts)
        yield from reject_duplicate_urls(exclude_copies(exclude_generated(pages)))
        yield from self.broken

    def _page(self, part: UploadPart) -> PageItem:
        try:
            content = part.read(format_of(part.path).max_bytes + 1)
        except UploadDamaged:
            return BrokenPage(part.path, "is damaged in the archive")
        return page_from_bytes(part.path, content, self.dialect, files=self.files)


def create_upload(
    files: Iterable[UploadPart],
    generator: GeneratorChoice,
    *,
    broken: Sequence[BrokenPage] = (),
    site: Site = NO_SITE,
    default: Dialect = DEFAULT_DIALECT,
) -> Upload:
    """`files` are all uploaded files. Raises UploadRefused if the path of a page appears more than once.

    `site` is what the client found around the folder; without it, the configuration is taken from the files. `default`
    is the dialect if nothing shows another one.
    """
    parts = list(files)
    by_path = {part.path: part for part in parts}
    site = site if site.configs else uploaded_site(by_path, site.folders)
    dialect = choose_dialect(generator, site, UploadProject(by_path), default)
    found = sort_files(by_path, dialect, UploadFiles(by_path))
    counts = Counter([part.path for part in parts] + [page.path for page in broken])
    for path in sorted({*found.pages, *(page.path for page in broken)}):
        if counts[path] > 1:
            raise upload_refused(path, "appears more than once")
    paths = order_by_size(found.pages, {path: by_path[path].size for path in found.pages})
    return Upload(
        [by_path[path] for path in paths],
        dialect,
        broken,
        found.assets,
        found.excluded,
        site,
        UploadFiles(by_path),
        found.named,
    )


def uploaded_site(parts: Mapping[str, UploadPart], folders: tuple[str, ...]) -> Site:
    """The configuration at the top of the upload."""
    named = [path for path in parts if any(kind.fits(path) for kind in CONFIGS)]
    try:
        configs = [SiteConfig(path, 0, decode_config(parts[path].read(MAX_CONFIG_BYTES))) for path in named]
    except UploadDamaged:
        configs = []
    return Site(folders, tuple(sort_configs(configs)[:MAX_CONFIGS]))


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
