"""The directory of a zip archive, looked at before a library reads it.

A library makes an object of every entry before anybody can count them, so a million of them has to be seen earlier.
Only an archive that begins at the file's first byte and whose directory ends where its end record says is taken:
there is then one way to read it.
"""

import os
import struct
from typing import IO, Final

from glossator.domain.book.sources.upload import UploadDamaged, UploadTooLarge

MAX_ENTRIES: Final = 10_000
MAX_DIRECTORY: Final = 8 * 2**20

END: Final = struct.Struct("<4s4H2LH")
END_64: Final = struct.Struct("<4sQ2H2L4Q")
LOCATOR: Final = struct.Struct("<4sLQL")
ENTRY: Final = struct.Struct("<4s24x3H12x")
LONGEST_COMMENT: Final = 0xFFFF


def check_directory(file: IO[bytes]) -> None:
    """Cheap, whatever the file holds. Raises UploadDamaged or UploadTooLarge."""
    file.seek(0)
    if file.read(4) not in {b"PK\3\4", b"PK\5\6"}:
        raise UploadDamaged("the archive is no zip file - nothing was changed")
    end, count, length, offset = end_record(file)
    if offset + length != end:
        raise damaged()
    if count > MAX_ENTRIES or length > MAX_DIRECTORY:
        raise too_many()
    file.seek(offset)
    count_entries(file.read(length))


def end_record(file: IO[bytes]) -> tuple[int, int, int, int]:
    """Where the directory ends, how many entries it says to have, its length and where it begins."""
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - END.size - LONGEST_COMMENT)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < END.size:
        raise damaged()
    _, _, _, _, count, length, offset, _ = END.unpack_from(tail, at)
    end = start + at
    if LOCATOR.size <= end and read_at(file, end - LOCATOR.size, 4) == b"PK\6\7":
        return end_record_64(file, end - LOCATOR.size - END_64.size)
    return end, count, length, offset


def end_record_64(file: IO[bytes], at: int) -> tuple[int, int, int, int]:
    record = read_at(file, at, END_64.size) if at >= 0 else b""
    if len(record) < END_64.size or not record.startswith(b"PK\6\6"):
        raise damaged()
    *_, count, length, offset = END_64.unpack(record)
    return at, count, length, offset


def read_at(file: IO[bytes], position: int, size: int) -> bytes:
    file.seek(position)
    return file.read(size)


def count_entries(directory: bytes) -> None:
    """The end record's own count may be a lie."""
    at = count = 0
    while at < len(directory):
        if len(directory) - at < ENTRY.size or not directory.startswith(b"PK\1\2", at):
            raise damaged()
        _, name, extra, comment = ENTRY.unpack_from(directory, at)
        at += ENTRY.size + name + extra + comment
        count += 1
        if count > MAX_ENTRIES:
            raise too_many()
    if at != len(directory):
        raise damaged()


def damaged() -> UploadDamaged:
    return UploadDamaged("the archive is damaged or not whole - nothing was changed")


def too_many() -> UploadTooLarge:
    return UploadTooLarge(f"the archive has more than {MAX_ENTRIES:,} entries - nothing was changed")
