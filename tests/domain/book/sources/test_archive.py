"""Uploaded archives: which files are used, under which paths, and what rejects the whole upload."""

import io
import stat
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import suppress

import pytest

from glossator.domain.book.passages import BrokenPage, Page
from glossator.domain.book.sources.archive import Archive, open_archive
from glossator.domain.book.sources.upload import Upload, create_upload
from glossator.domain.errors import DomainError, UploadDamaged, UploadRefused, UploadTooLarge
from tests import archives

MIB = 2**20


def open_bytes(content: bytes, *, keep_top: bool = False) -> Archive:
    return open_archive(io.BytesIO(content), keep_top=keep_top)


def paths(content: bytes, *, keep_top: bool = False) -> list[str]:
    archive = open_bytes(content, keep_top=keep_top)
    return [part.path for part in create_upload(archive.files, "docusaurus").parts]


def upload(content: bytes) -> Upload:
    archive = open_bytes(content)
    return create_upload(archive.files, "docusaurus")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_pages_are_sorted_by_path_and_can_be_read_again(method: int) -> None:
    pages = upload(archives.zipped({"b.md": "# B", "a/c.html": "<h1>C</h1>", "a.txt": "A"}, method=method))

    assert len(pages) == 3
    for _ in range(2):
        assert [(page.path, page.title) for page in pages if isinstance(page, Page)] == [
            ("a.txt", "A"),
            ("a/c.html", "C"),
            ("b.md", "B"),
        ]


def test_other_files_are_counted_by_rule() -> None:
    found = upload(
        archives.zipped(
            {"a.md": "# A", "b.png": b"png", "c.js": "x", ".env": "x", "_part.md": "x", ".git/a.md": "x", "d/": ""}
        )
    )

    assert [part.path for part in found.parts] == ["a.md"]
    assert found.skipped == 2
    assert found.excluded == {"hidden": 2, "partial": 1}


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
def test_single_top_folder_is_not_part_of_the_paths(names: list[str], expected: list[str]) -> None:
    assert paths(archives.zipped(dict.fromkeys(names, ""))) == sorted(expected)


def test_single_top_folder_can_be_kept() -> None:
    assert paths(archives.zipped({"guides/a.md": "# A"}), keep_top=True) == ["guides/a.md"]


@pytest.mark.parametrize("raw", ["über.md".encode(), "über.md".encode("cp437")])
def test_names_without_an_encoding_flag_are_decoded(raw: bytes) -> None:
    assert paths(archives.with_raw_name(raw)) == ["über.md"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (b"/etc/a.md", "has an absolute path"),
        (b"../a.md", "has a path that contains .."),
        (b"a/../../b.md", "has a path that contains .."),
        (b"a/..", "has a path that contains .."),
        (b"C:a.md", "has a name that begins with a drive letter"),
        (b"c:/a.md", "has a name that begins with a drive letter"),
        (b"..\\a.md", "has a name that contains a backslash"),
        (b"a\\b.md", "has a name that contains a backslash"),
        (b"a\0.md", "has a name that contains a control character"),
        (b"a\x1b[2J.md", "has a name that contains a control character"),
        (b"a\nb.md", "has a name that contains a control character"),
        (b"x" * 1200 + b".md", "has a name longer than 1000 characters"),
        (b".", "has no name"),
    ],
)
def test_invalid_name_rejects_the_whole_upload(name: bytes, reason: str) -> None:
    with pytest.raises(UploadRefused) as caught:
        open_bytes(archives.with_raw_name(name))

    assert reason in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFBLK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
@pytest.mark.parametrize("name", ["a.md", "a.png", "a/"])
def test_links_and_devices_reject_the_upload(kind: int, name: str) -> None:
    with pytest.raises(UploadRefused, match=f"{name} is a link or a device"):
        open_bytes(archives.with_mode(name, kind | 0o644))


@pytest.mark.parametrize(
    ("content", "error", "text"),
    [
        (archives.encrypted(archives.zipped({"a.md": "x"})), UploadRefused, "a.md is encrypted"),
        (archives.zipped({"a.md": "x"}, method=zipfile.ZIP_LZMA), UploadRefused, "a.md uses a compression method"),
        (archives.zipped({"a.md": "x"}, method=zipfile.ZIP_BZIP2), UploadRefused, "a.md uses a compression method"),
        (archives.zipped({"b.zip": "x"}), UploadRefused, "b.zip is an archive inside the archive"),
        (archives.zipped({"b.tar.gz": "x"}), UploadRefused, "b.tar.gz is an archive inside the archive"),
        (
            archives.zipped({"a.md": archives.zipped({"b": "x"})}),
            UploadRefused,
            "a.md is an archive inside",
        ),
        (archives.zipped({"a.md": b"0" * MIB}), UploadTooLarge, "a.md unpacks to more than 200 times"),
        (archives.zipped({"a.bin": b"0" * MIB}), UploadTooLarge, "a.bin unpacks to more than 200 times"),
        (archives.overlapping(2), UploadRefused, "001.md overlaps another entry"),
        (archives.overlapping(500), UploadRefused, "overlaps another entry"),
        (archives.zipped({f"{n}.md": "" for n in range(10_001)}), UploadTooLarge, "more than 10,000 entries"),
    ],
)
def test_file_that_is_not_allowed_rejects_the_upload(content: bytes, error: type[DomainError], text: str) -> None:
    with pytest.raises(error, match=text):
        open_bytes(content)


def test_zip_bomb_with_false_headers_is_found_while_reading() -> None:
    correct = archives.zipped({"a.md": b"0" * 4 * MIB})
    false = archives.patched(correct, 24, 1000)

    with pytest.raises(UploadDamaged, match=r"damaged at a\.md"):
        open_bytes(false)


def test_more_than_512_mib_in_the_headers_is_rejected() -> None:
    content = archives.zipped({"a.bin": bytes(range(256)) * 16384}, method=zipfile.ZIP_STORED)
    false = archives.patched(content, 24, 600 * MIB)

    with pytest.raises(UploadTooLarge, match="unpacks to more than 512 MiB"):
        open_bytes(false)


def test_duplicate_name_is_rejected() -> None:
    twice = archives.zipped({"a.md": "# A", "b.md": "# B"}).replace(b"b.md", b"a.md")

    with pytest.raises(UploadRefused, match=r"a\.md appears more than once"):
        open_bytes(twice)


def test_page_larger_than_5_mib_is_a_broken_page() -> None:
    words = b" ".join(b"%d" % number for number in range(900_000))
    pages = list(upload(archives.zipped({"big.md": words[: 5 * MIB + 1], "fits.md": words[: 5 * MIB]})))

    assert pages[0] == BrokenPage("big.md", "larger than 5 MiB")
    assert pages[1] == BrokenPage("fits.md", "longer than 50000 lines") or isinstance(pages[1], Page)


def test_page_that_is_not_utf8_is_a_broken_page() -> None:
    broken, page = upload(archives.zipped({"a.md": b"\xff", "b.md": "# B"}))

    assert broken == BrokenPage("a.md", "is not UTF-8: byte 1")
    assert page.path == "b.md"


GOOD = archives.zipped({"a.md": "# A\n" + "words " * 50, "b.md": "# B"})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        b"# A page, not an archive",
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
def test_damaged_archive_is_rejected(content: bytes) -> None:
    with pytest.raises((UploadDamaged, UploadRefused)):
        open_bytes(content)


@pytest.mark.parametrize("position", range(0, len(GOOD), 3))
def test_any_changed_byte_is_rejected_or_read_without_a_crash(position: int) -> None:
    changed = bytearray(GOOD)
    changed[position] ^= 0xFF

    with suppress(DomainError):
        list(upload(bytes(changed)))


def test_empty_archive_has_no_pages() -> None:
    assert len(upload(archives.zipped({}))) == 0


class CountedFile(io.BytesIO):
    """Counts the bytes that are read."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        content = super().read(size)
        self.count += len(content)
        return content


@pytest.mark.parametrize(
    "make",
    [archives.million_entries, lambda: archives.million_entries(count=1), archives.million_entries_zip64],
    ids=["correct count", "false count", "zip64"],
)
def test_million_entries_are_rejected_without_reading_the_directory(make: Callable[[], bytes]) -> None:
    file = CountedFile(make())
    tracemalloc.start()

    with pytest.raises(UploadTooLarge, match="more than 10,000 entries"):
        open_archive(file)

    assert file.count < MIB // 8
    assert tracemalloc.get_traced_memory()[1] < MIB
    tracemalloc.stop()


def test_false_count_of_a_small_directory_is_noticed() -> None:
    with pytest.raises(UploadTooLarge, match="more than 10,000 entries"):
        open_bytes(archives.directory_only(10_001, count=1))


def test_zip64_end_record_must_be_where_its_locator_says() -> None:
    content = archives.million_entries_zip64(entries=1)
    at = content.index(b"PK\6\7") + 8

    with pytest.raises(UploadDamaged):
        open_bytes(content[:at] + bytes(8) + content[at + 8 :])


def test_zip64_archive_is_read() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, archive.open("a.md", "w", force_zip64=True) as page:
        page.write(b"# A")

    assert paths(file.getvalue()) == ["a.md"]


def test_pages_contain_the_files_of_the_archive_that_they_include() -> None:
    content = archives.zipped(
        {"docs/a.mdx": "import P from './_p.md'\n\n<P />\n", "docs/_p.md": "Part", "docs/x.rs": "x"}
    )

    (page,) = upload(content)

    assert isinstance(page, Page)
    assert "\nPart\n" in page.source
