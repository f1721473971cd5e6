"""Zip archives for tests, good ones and such as no honest tool makes."""

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
    """One entry with the mode of a file system."""
    file, info = io.BytesIO(), zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    return file.getvalue()


def with_raw_name(name: bytes) -> bytes:
    """A name as it stands, which no tool would write."""
    placeholder = b"n" * len(name)
    return zipped({placeholder.decode(): "# Page"}).replace(placeholder, name)


def patched(archive: bytes, offset: int, value: int) -> bytes:
    """With another four-byte field in the first entry of the directory."""
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


def million_entries(said: int = 0xFFFF) -> bytes:
    """Nothing but a directory: 46 bytes and a name each. `said` is how many its end claims."""
    entries = b"".join(
        ENTRY.pack(b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0) + b"%06d" % number
        for number in range(1_000_000)
    )
    return b"PK\3\4" + entries + end_of(said, len(entries), 4)


def million_entries_zip64() -> bytes:
    """The same, the count and the length given in the 64-bit record alone."""
    small = million_entries()
    entries = small[4 : -END.size]
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, len(entries), 4)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, 4 + len(entries), 1)
    return b"PK\3\4" + entries + record + locator + end_of(1, 46, 4)


def overlapping(copies: int) -> bytes:
    """Many entries over the same compressed bytes."""
    single = zipped({"000.md": "# Page\n" * 100})
    directory = single.index(b"PK\1\2")
    end = single.index(b"PK\5\6")
    entry = single[directory:end]
    entries = b"".join(entry.replace(b"000.md", b"%03d.md" % number) for number in range(copies))
    return single[:directory] + entries + end_of(copies, len(entries), directory)
