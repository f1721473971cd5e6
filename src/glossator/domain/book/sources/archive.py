"""Reads an uploaded zip archive: all of it is checked before any page is used, then pages are read one by one.

- Sizes are counted while reading; sizes in headers are used only to reject an archive.
- If one top folder contains everything, it is not part of the pages' paths unless `keep_top` is set.
"""

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import PurePosixPath
from typing import IO, Final

from glossator.domain.book.pages.formats import format_of, is_page
from glossator.domain.book.sources.file_rules import common_rule
from glossator.domain.book.sources.upload import printable_name, safe_path, upload_refused
from glossator.domain.errors import UploadDamaged, UploadTooLarge

MAX_ENTRIES: Final = 10_000
MAX_DIRECTORY_BYTES: Final = 8 * 2**20
MAX_TOTAL_BYTES: Final = 512 * 2**20
MAX_RATIO: Final = 200
MAX_COMMENT_BYTES: Final = 0xFFFF
END_RECORD: Final = struct.Struct("<4s4H2LH")
END_RECORD_64: Final = struct.Struct("<4sQ2H2L4Q4sLQL")
"""The zip64 end record and the locator behind it, which precede the end record."""
LOCAL_HEADER: Final = 30
ENCRYPTED: Final = 0x1 | 0x40 | 0x2000
UTF_8: Final = 0x800
METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
PLAIN_TYPES: Final = frozenset({0, stat.S_IFREG, stat.S_IFDIR})
ARCHIVES: Final = frozenset({".zip", ".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".7z", ".rar", ".zst"})
READ_ERRORS: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, NotImplementedError, OverflowError,
)  # fmt: skip


@dataclass(frozen=True)
class ArchiveEntry:
    """A file in the archive. `path` is its path in the book."""

    path: str
    info: zipfile.ZipInfo
    archive: zipfile.ZipFile

    @property
    def size(self) -> int:
        return self.info.file_size

    def read(self, limit: int) -> bytes:
        """Raises UploadDamaged."""
        try:
            with self.archive.open(self.info) as file:
                return file.read(limit)
        except READ_ERRORS:
            raise UploadDamaged(
                f"the archive is damaged at {printable_name(self.path)} - nothing was changed"
            ) from None


@dataclass(frozen=True)
class Archive:
    """The files in the archive; `top` is the name of the folder that contained everything, or ""."""

    files: Sequence[ArchiveEntry]
    top: str


def open_archive(file: IO[bytes], *, keep_top: bool = False) -> Archive:
    """Check the whole archive. The file must stay open as long as its pages are needed.

    Raises UploadRefused, UploadDamaged or UploadTooLarge.
    """
    check_directory(file)
    try:
        archive = zipfile.ZipFile(file)
    except READ_ERRORS:
        raise damaged() from None
    check_entries(archive)
    files = [ArchiveEntry(safe_path(name_of(info)), info, archive) for info in archive.infolist() if not info.is_dir()]
    top = "" if keep_top else top_of(files)
    inside = remove_top(files, top) if top else files
    check_contents(entry for entry in inside if is_page(entry.path) and not common_rule(entry.path))
    return Archive(inside, top)


def check_directory(file: IO[bytes]) -> None:
    """Check the directory's size and count in the end record before `zipfile` creates an object for each entry.

    The archive must begin at the first byte and its directory must end at the end record, so that there is only one way
    to read it. Raises UploadDamaged or UploadTooLarge.
    """
    file.seek(0)
    if file.read(4) not in {b"PK\3\4", b"PK\5\6"}:
        raise UploadDamaged("the archive is not a zip file - nothing was changed")
    start = file.seek(max(0, file.seek(0, os.SEEK_END) - END_RECORD.size - MAX_COMMENT_BYTES))
    tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < END_RECORD.size:
        raise damaged()
    *_, count, length, offset, _ = END_RECORD.unpack_from(tail, at)
    end = start + at
    file.seek(max(0, end - END_RECORD_64.size))
    record_64 = file.read(min(end, END_RECORD_64.size))
    if record_64[-20:].startswith(b"PK\6\7"):
        if len(record_64) < END_RECORD_64.size or not record_64.startswith(b"PK\6\6"):
            raise damaged()
        end -= END_RECORD_64.size
        *_, count, length, offset, _, _, located_at, _ = END_RECORD_64.unpack(record_64)
        if located_at != end:
            raise damaged()
    if offset + length != end:
        raise damaged()
    if count > MAX_ENTRIES or length > MAX_DIRECTORY_BYTES:
        raise too_many_entries()


def check_entries(archive: zipfile.ZipFile) -> None:
    """Make every check that does not read an entry."""
    if len(archive.infolist()) > MAX_ENTRIES:  # the count in the end record may be wrong
        raise too_many_entries()
    paths: set[str] = set()
    for info in archive.infolist():
        name = name_of(info)
        path = safe_path(name)
        if path in paths:
            raise upload_refused(name, "appears more than once")
        paths.add(path)
        check_entry(info, name)
    if sum(info.file_size for info in archive.infolist()) > MAX_TOTAL_BYTES:
        raise too_large()
    check_overlap(archive)


def check_entry(info: zipfile.ZipInfo, name: str) -> None:
    if stat.S_IFMT(info.external_attr >> 16) not in PLAIN_TYPES:
        raise upload_refused(name, "is a link or a device")
    if info.flag_bits & ENCRYPTED:
        raise upload_refused(name, "is encrypted")
    if info.compress_type not in METHODS:
        raise upload_refused(name, "uses a compression method that is not supported")
    if not info.is_dir() and PurePosixPath(name).suffix.lower() in ARCHIVES:
        raise upload_refused(name, "is an archive inside the archive")
    if info.file_size > MAX_RATIO * info.compress_size:
        raise ratio_too_high(name)


def check_overlap(archive: zipfile.ZipFile) -> None:
    """Reject entries that share bytes, because a small archive can unpack to a huge size that way."""
    ordered = sorted(archive.infolist(), key=lambda info: info.header_offset)
    for info, following in pairwise(ordered):
        if end_of(info) > following.header_offset:
            raise upload_refused(name_of(following), "overlaps another entry")
    if ordered and end_of(ordered[-1]) > archive.start_dir:
        raise damaged()


def end_of(info: zipfile.ZipInfo) -> int:
    """A lower bound for the entry's end: extra fields and the data descriptor are not counted."""
    encoding = "utf-8" if info.flag_bits & UTF_8 else "cp437"
    return info.header_offset + LOCAL_HEADER + len(info.orig_filename.encode(encoding)) + info.compress_size


def check_contents(pages: Iterable[ArchiveEntry]) -> None:
    """Read every page once, so that a zip bomb or a damaged page is found before anything is changed."""
    total = 0
    for page in pages:
        content = page.read(format_of(page.path).max_bytes + 1)
        total += len(content)
        if len(content) > MAX_RATIO * page.info.compress_size:
            raise ratio_too_high(page.path)
        if content.startswith(b"PK\3\4"):
            raise upload_refused(page.path, "is an archive inside the archive")
        if total > MAX_TOTAL_BYTES:
            raise too_large()


def name_of(info: zipfile.ZipInfo) -> str:
    """Decode the name as UTF-8 if possible: many tools write UTF-8 without setting the flag."""
    if info.flag_bits & UTF_8:
        return info.orig_filename
    try:
        return info.orig_filename.encode("cp437").decode("utf-8")
    except UnicodeDecodeError:
        return info.orig_filename


def top_of(entries: Sequence[ArchiveEntry]) -> str:
    """The name of the folder that contains everything but system files; "" without one."""
    paths = [PurePosixPath(entry.path) for entry in entries if not is_system_file(entry.path)]
    tops = {path.parts[0] for path in paths}
    return tops.pop() if len(tops) == 1 and all(len(path.parts) > 1 for path in paths) else ""


def remove_top(entries: Sequence[ArchiveEntry], top: str) -> list[ArchiveEntry]:
    inside = (entry for entry in entries if entry.path.startswith(f"{top}/"))
    return [replace(entry, path=entry.path.removeprefix(f"{top}/")) for entry in inside]


def is_system_file(path: str) -> bool:
    """Whether an operating system adds such files without being asked."""
    parts = PurePosixPath(path).parts
    return parts[0] == "__MACOSX" or parts[-1].startswith(".")


def damaged() -> UploadDamaged:
    return UploadDamaged("the archive is damaged or incomplete - nothing was changed")


def too_many_entries() -> UploadTooLarge:
    return UploadTooLarge(f"the archive has more than {MAX_ENTRIES:,} entries - nothing was changed")


def too_large() -> UploadTooLarge:
    return UploadTooLarge(f"the archive unpacks to more than {MAX_TOTAL_BYTES // 2**20} MiB - nothing was changed")


def ratio_too_high(name: str) -> UploadTooLarge:
    reason = f"{printable_name(name)} unpacks to more than {MAX_RATIO} times its size"
    return UploadTooLarge(f"the upload was rejected: {reason} - nothing was changed")
