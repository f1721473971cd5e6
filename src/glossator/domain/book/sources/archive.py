"""An uploaded zip archive: checked whole before anything of it is used, then read page by page.

- Sizes are counted while reading: what headers say is believed only where it speaks against the archive.
- Folders, hidden files, `__MACOSX` and what a folder on disk would be passed over for are passed over here too.
- A folder that holds everything else is the archive's own and no part of the pages' paths, unless it is to be kept.
"""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath
from typing import IO, Final

from glossator.domain.book.pages.anchors import Generator
from glossator.domain.book.pages.formats import is_page
from glossator.domain.book.sources.folder import MAX_BYTES, is_seen
from glossator.domain.book.sources.upload import UploadDamaged, UploadTooLarge, refused, safe_path, shown
from glossator.domain.book.sources.zip_directory import check_directory, damaged

MAX_TOTAL: Final = 512 * 2**20
MAX_RATIO: Final = 200
LOCAL_HEADER: Final = 30
ENCRYPTED: Final = 0x1 | 0x40 | 0x2000
UTF_8: Final = 0x800
METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
PLAIN_TYPES: Final = frozenset({0, stat.S_IFREG, stat.S_IFDIR})
ARCHIVES: Final = frozenset({".zip", ".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".7z", ".rar", ".zst"})
DAMAGE: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, NotImplementedError, OverflowError,
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A file in the archive under its path in the book."""

    path: str
    info: zipfile.ZipInfo
    archive: zipfile.ZipFile

    def read(self, limit: int) -> bytes:
        """Raises UploadDamaged."""
        try:
            with self.archive.open(self.info) as file:
                return file.read(limit)
        except DAMAGE:
            raise UploadDamaged(f"the archive is damaged at {shown(self.path)} - nothing was changed") from None


@dataclass(frozen=True)
class Archive:
    """The pages that were found; `skipped` files are of kinds that are not read."""

    pages: Sequence[Entry]
    skipped: int


def open_archive(file: IO[bytes], generator: Generator, *, keep_top: bool = False) -> Archive:
    """Reads all of it once. The file stays open as long as its pages are needed.

    Raises UploadRefused, UploadDamaged or UploadTooLarge.
    """
    check_directory(file)
    try:
        archive = zipfile.ZipFile(file)
    except DAMAGE:
        raise damaged() from None
    check_entries(archive)
    found = [Entry(safe_path(name_of(info)), info, archive) for info in archive.infolist() if not info.is_dir()]
    seen = [entry for entry in without_top(found, keep_top=keep_top) if is_part_of_book(entry.path, generator)]
    pages = [entry for entry in seen if is_page(entry.path)]
    check_contents(pages)
    return Archive(pages, len(seen) - len(pages))


def check_entries(archive: zipfile.ZipFile) -> None:
    """Everything that can be known without reading an entry."""
    names: set[str] = set()
    for info in archive.infolist():
        name = name_of(info)
        path = safe_path(name)
        if path in names:
            raise refused(name, "is there more than once")
        names.add(path)
        check_entry(info, name)
    if sum(info.file_size for info in archive.infolist()) > MAX_TOTAL:
        raise too_large()
    check_places(archive)


def check_entry(info: zipfile.ZipInfo, name: str) -> None:
    if stat.S_IFMT(info.external_attr >> 16) not in PLAIN_TYPES:
        raise refused(name, "is a link or a device")
    if info.flag_bits & ENCRYPTED:
        raise refused(name, "is encrypted")
    if info.compress_type not in METHODS:
        raise refused(name, "is compressed by a method that is not read")
    if not info.is_dir() and PurePosixPath(name).suffix.lower() in ARCHIVES:
        raise refused(name, "is an archive in the archive")
    if info.file_size > MAX_RATIO * info.compress_size:
        raise unpacks_too_far(name)


def check_places(archive: zipfile.ZipFile) -> None:
    """Entries that share bytes are how a small archive becomes a huge one."""
    ordered = sorted(archive.infolist(), key=lambda info: info.header_offset)
    for info, following in pairwise(ordered):
        if end_of(info) > following.header_offset:
            raise refused(name_of(following), "overlaps another entry")
    if ordered and end_of(ordered[-1]) > archive.start_dir:
        raise damaged()


def end_of(info: zipfile.ZipInfo) -> int:
    """The first byte that cannot be the entry's own; extra fields and what follows the data are not counted."""
    encoding = "utf-8" if info.flag_bits & UTF_8 else "cp437"
    return info.header_offset + LOCAL_HEADER + len(info.orig_filename.encode(encoding)) + info.compress_size


def check_contents(pages: Iterable[Entry]) -> None:
    """Reads every page once, so that a bomb or a damaged page is known before anything is changed."""
    total = 0
    for page in pages:
        content = page.read(MAX_BYTES + 1)
        total += len(content)
        if len(content) > MAX_RATIO * page.info.compress_size:
            raise unpacks_too_far(page.path)
        if content.startswith(b"PK\3\4"):
            raise refused(page.path, "is an archive in the archive")
        if total > MAX_TOTAL:
            raise too_large()


def name_of(info: zipfile.ZipInfo) -> str:
    """Many tools write UTF-8 without saying so."""
    if info.flag_bits & UTF_8:
        return info.orig_filename
    try:
        return info.orig_filename.encode("cp437").decode("utf-8")
    except UnicodeDecodeError:
        return info.orig_filename


def without_top(entries: Sequence[Entry], *, keep_top: bool) -> Sequence[Entry]:
    tops = {PurePosixPath(entry.path).parts[0] for entry in entries if not is_noise(entry.path)}
    nested = all(len(PurePosixPath(entry.path).parts) > 1 for entry in entries if not is_noise(entry.path))
    if keep_top or len(tops) != 1 or not nested:
        return entries
    prefix = f"{tops.pop()}/"
    inside = (entry for entry in entries if entry.path.startswith(prefix))
    return [Entry(entry.path.removeprefix(prefix), entry.info, entry.archive) for entry in inside]


def is_noise(path: str) -> bool:
    """What operating systems add of their own accord."""
    parts = PurePosixPath(path).parts
    return parts[0] == "__MACOSX" or parts[-1].startswith(".")


def is_part_of_book(path: str, generator: Generator) -> bool:
    parts = PurePosixPath(path).parts
    return parts[0] != "__MACOSX" and all(is_seen(part, generator) for part in parts)


def too_large() -> UploadTooLarge:
    return UploadTooLarge(f"the archive unpacks to more than {MAX_TOTAL // 2**20} MiB - nothing was changed")


def unpacks_too_far(name: str) -> UploadTooLarge:
    what = f"{shown(name)} unpacks to more than {MAX_RATIO} times its size"
    return UploadTooLarge(f"the upload is refused: {what} - nothing was changed")
