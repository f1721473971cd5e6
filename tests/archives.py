"""Zip archives for tests: valid ones, and invalid ones that no zip tool creates."""

import io
import struct
import zipfile
from collections.abc import Mapping

ENTRY = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")


def zipped(pages: Mapping[str, str | bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in pages.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return file.getvalue()


def with_mode(name: str, mode: int) -> bytes:
    """An archive of one entry with this file mode."""
    file, info = io.BytesIO(), zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    return file.getvalue()


def with_raw_name(name: bytes) -> bytes:
    """An archive of one entry whose name is these bytes."""
    placeholder = b"n" * len(name)
    return zipped({placeholder.decode(): "# Page"}).replace(placeholder, name)


def patched(archive: bytes, offset: int, value: int) -> bytes:
    """Replace a four-byte field in the first entry of the directory."""
    changed = bytearray(archive)
    struct.pack_into("<L", changed, archive.index(b"PK\1\2") + offset, value)
    return bytes(changed)


def encrypted(archive: bytes) -> bytes:
    changed = bytearray(archive)
    changed[6] |= 1
    changed[archive.index(b"PK\1\2") + 8] |= 1
    return bytes(changed)


def end_of(entries: int, length: int, offset: int) -> bytes:
    return END.pack(b"PK\5\6", 0, 0, min(entries, 0xFFFF), min(entries, 0xFFFF), length, offset, 0)


def directory_only(entries: int, *, count: int) -> bytes:
    """A directory without files: 46 bytes and a name for each entry. `count` is the number in the end record."""
    directory = b"".join(
        ENTRY.pack(b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0) + b"%06d" % number
        for number in range(entries)
    )
    return b"PK\3\4" + directory + end_of(count, len(directory), 4)


def million_entries(count: int = 0xFFFF) -> bytes:
    return directory_only(1_000_000, count=count)


def million_entries_zip64(entries: int = 1_000_000) -> bytes:
    """The same, but only the zip64 end record contains the directory's length."""
    directory = directory_only(entries, count=1)[4 : -END.size]
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, len(directory), 4)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, 4 + len(directory), 1)
    return b"PK\3\4" + directory + record + locator + end_of(1, 46, 4)


def overlapping(copies: int) -> bytes:
    """Entries that share the same compressed bytes."""
    single = zipped({"000.md": "# Page\n" * 100})
    directory = single.index(b"PK\1\2")
    end = single.index(b"PK\5\6")
    entry = single[directory:end]
    entries = b"".join(entry.replace(b"000.md", b"%03d.md" % number) for number in range(copies))
    return single[:directory] + entries + end_of(copies, len(entries), directory)
