"""Uploaded archives: what is taken, under which paths, and everything that refuses the whole upload."""

import io
import stat
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import suppress

import pytest

from glossator.domain.book.pages.anchors import Generator
from glossator.domain.book.passages import BrokenPage, Page
from glossator.domain.book.sources.archive import Archive, open_archive
from glossator.domain.book.sources.upload import Upload, UploadDamaged, UploadRefused, UploadTooLarge, upload_of
from glossator.domain.errors import DomainError
from tests import archives

MIB = 2**20


def opened(content: bytes, *, generator: Generator = "docusaurus", keep_top: bool = False) -> Archive:
    return open_archive(io.BytesIO(content), generator, keep_top=keep_top)


def paths(content: bytes, *, keep_top: bool = False) -> list[str]:
    return [page.path for page in opened(content, keep_top=keep_top).pages]


def upload(content: bytes) -> Upload:
    archive = opened(content)
    return upload_of(archive.pages, "docusaurus", skipped=archive.skipped)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_pages_come_in_the_order_of_their_paths_and_can_be_read_again(method: int) -> None:
    pages = upload(archives.zipped({"b.md": "# B", "a/c.html": "<h1>C</h1>", "a.txt": "A"}, method=method))

    assert len(pages) == 3
    for _ in range(2):
        assert [(page.path, page.title) for page in pages if isinstance(page, Page)] == [
            ("a.txt", "A"),
            ("a/c.html", "C"),
            ("b.md", "B"),
        ]


def test_other_files_are_counted_and_hidden_ones_passed_over() -> None:
    archive = opened(
        archives.zipped(
            {"a.md": "# A", "b.png": b"png", "c.js": "x", ".env": "x", "_part.md": "x", ".git/a.md": "x", "d/": ""}
        )
    )

    assert [page.path for page in archive.pages] == ["a.md"]
    assert archive.skipped == 2


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["docs/a.md", "docs/b/c.md"], ["a.md", "b/c.md"]),
        (["docs/", "docs/a.md", "docs/i.png"], ["a.md"]),
        (["docs/a.md", "__MACOSX/docs/._a.md", "docs/.DS_Store", ".DS_Store"], ["a.md"]),
        (["docs/a.md", "b.md"], ["docs/a.md", "b.md"]),
        (["docs/a.md", "more/b.md"], ["docs/a.md", "more/b.md"]),
        (["docs/docs/a.md"], ["docs/a.md"]),
        (["./docs/a.md", "./docs/b.md"], ["a.md", "b.md"]),
        (["a.md"], ["a.md"]),
    ],
)
def test_one_folder_around_everything_is_no_part_of_the_paths(names: list[str], expected: list[str]) -> None:
    assert paths(archives.zipped(dict.fromkeys(names, ""))) == expected


def test_the_folder_around_everything_can_be_kept() -> None:
    assert paths(archives.zipped({"guides/a.md": "# A"}), keep_top=True) == ["guides/a.md"]


@pytest.mark.parametrize("raw", ["über.md".encode(), "über.md".encode("cp437")])
def test_names_that_do_not_say_their_encoding_are_read(raw: bytes) -> None:
    assert paths(archives.with_raw_name(raw)) == ["über.md"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (b"/etc/a.md", "has an absolute name"),
        (b"../a.md", "has a name with .. in it"),
        (b"a/../../b.md", "has a name with .. in it"),
        (b"a/..", "has a name with .. in it"),
        (b"C:a.md", "has a name that begins with a drive letter"),
        (b"c:/a.md", "has a name that begins with a drive letter"),
        (b"..\\a.md", "has a name with a backslash in it"),
        (b"a\\b.md", "has a name with a backslash in it"),
        (b"a\0.md", "has a name with a control character in it"),
        (b"a\x1b[2J.md", "has a name with a control character in it"),
        (b"a\nb.md", "has a name with a control character in it"),
        (b"x" * 1200 + b".md", "has a name longer than 1000 characters"),
        (b".", "has no name"),
    ],
)
def test_bad_name_refuses_the_whole_upload_by_name(name: bytes, reason: str) -> None:
    with pytest.raises(UploadRefused) as caught:
        opened(archives.with_raw_name(name))

    assert reason in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFBLK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
@pytest.mark.parametrize("name", ["a.md", "a.png", "a/"])
def test_links_and_devices_refuse_the_upload(kind: int, name: str) -> None:
    with pytest.raises(UploadRefused, match=f"{name} is a link or a device"):
        opened(archives.with_mode(name, kind | 0o644))


@pytest.mark.parametrize(
    ("content", "error", "text"),
    [
        (archives.encrypted(archives.zipped({"a.md": "x"})), UploadRefused, "a.md is encrypted"),
        (archives.zipped({"a.md": "x"}, method=zipfile.ZIP_LZMA), UploadRefused, "a.md is compressed by a method"),
        (archives.zipped({"a.md": "x"}, method=zipfile.ZIP_BZIP2), UploadRefused, "a.md is compressed by a method"),
        (archives.zipped({"b.zip": "x"}), UploadRefused, "b.zip is an archive in the archive"),
        (archives.zipped({"b.tar.gz": "x"}), UploadRefused, "b.tar.gz is an archive in the archive"),
        (archives.zipped({"a.md": archives.zipped({"b": "x"})}), UploadRefused, "a.md is an archive in the archive"),
        (archives.zipped({"a.md": b"0" * MIB}), UploadTooLarge, "a.md unpacks to more than 200 times"),
        (archives.zipped({"a.bin": b"0" * MIB}), UploadTooLarge, "a.bin unpacks to more than 200 times"),
        (archives.overlapping(2), UploadRefused, "001.md overlaps another entry"),
        (archives.overlapping(500), UploadRefused, "overlaps another entry"),
        (archives.zipped({f"{n}.md": "" for n in range(10_001)}), UploadTooLarge, "more than 10,000 entries"),
    ],
)
def test_what_has_no_place_in_a_book_refuses_the_upload(content: bytes, error: type[DomainError], text: str) -> None:
    with pytest.raises(error, match=text):
        opened(content)


def test_bomb_whose_headers_lie_is_seen_while_it_is_read() -> None:
    honest = archives.zipped({"a.md": b"0" * 4 * MIB})
    lying = archives.patched(honest, 24, 1000)

    with pytest.raises(UploadDamaged, match=r"damaged at a\.md"):
        opened(lying)


def test_more_than_512_mib_by_the_headers_is_refused() -> None:
    content = archives.zipped({"a.bin": bytes(range(256)) * 16384}, method=zipfile.ZIP_STORED)
    lying = archives.patched(content, 24, 600 * MIB)

    with pytest.raises(UploadTooLarge, match="unpacks to more than 512 MiB"):
        opened(lying)


def test_same_name_twice_is_refused() -> None:
    twice = archives.zipped({"a.md": "# A", "b.md": "# B"}).replace(b"b.md", b"a.md")

    with pytest.raises(UploadRefused, match=r"a\.md is there more than once"):
        opened(twice)


def test_page_larger_than_5_mib_is_a_broken_page() -> None:
    words = b" ".join(b"%d" % number for number in range(900_000))
    pages = list(upload(archives.zipped({"big.md": words[: 5 * MIB + 1], "fits.md": words[: 5 * MIB]})))

    assert pages[0] == BrokenPage("big.md", "larger than 5 MiB")
    assert pages[1] == BrokenPage("fits.md", "longer than 50000 lines") or isinstance(pages[1], Page)


def test_page_that_is_no_text_is_a_broken_page() -> None:
    broken, page = upload(archives.zipped({"a.md": b"\xff", "b.md": "# B"}))

    assert broken == BrokenPage("a.md", "is not UTF-8: byte 1")
    assert page.path == "b.md"


GOOD = archives.zipped({"a.md": "# A\n" + "words " * 50, "b.md": "# B"})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        b"# A page, no archive",
        b"\x1f\x8b\x08" + b"0" * 100,
        b"MZ" + GOOD,
        GOOD[:-1],
        GOOD[:-30],
        GOOD[: len(GOOD) // 2],
        GOOD + b"PK\5\6",
        GOOD.replace(b"PK\1\2", b"PK\1\3", 1),
        archives.patched(GOOD, 16, 0xDEAD),
        archives.patched(GOOD, 20, 0xFFFFFF),
        archives.patched(GOOD, 42, 0xFFFFFF),
        archives.patched(GOOD, 42, 7),
        b"PK\3\4" + archives.end_of(0, 46, 0),
        GOOD.replace(b"PK\3\4", b"PK\3\5", 1),
    ],
)
def test_damaged_archive_is_refused(content: bytes) -> None:
    with pytest.raises((UploadDamaged, UploadRefused)):
        opened(content)


@pytest.mark.parametrize("position", range(0, len(GOOD), 3))
def test_any_damaged_byte_is_refused_or_read_never_a_crash(position: int) -> None:
    changed = bytearray(GOOD)
    changed[position] ^= 0xFF

    with suppress(DomainError):
        list(upload(bytes(changed)))


def test_empty_archive_has_no_pages() -> None:
    assert len(upload(archives.zipped({}))) == 0


@pytest.mark.parametrize(
    "make",
    [archives.million_entries, lambda: archives.million_entries(said=1), archives.million_entries_zip64],
    ids=["honest", "lying", "zip64"],
)
def test_million_entries_are_refused_at_once_and_in_little_memory(make: Callable[[], bytes]) -> None:
    file = io.BytesIO(make())
    tracemalloc.start()
    began = time.perf_counter()

    with pytest.raises(UploadTooLarge, match="more than 10,000 entries"):
        open_archive(file, "docusaurus")

    assert time.perf_counter() - began < 0.5
    assert tracemalloc.get_traced_memory()[1] < 12 * MIB
    tracemalloc.stop()


def test_zip64_archive_is_read() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, archive.open("a.md", "w", force_zip64=True) as page:
        page.write(b"# A")

    assert paths(file.getvalue()) == ["a.md"]
