import os
from pathlib import Path

import pytest

from glossator.domain.book.passages import BrokenPage, Page
from glossator.domain.book.sources.folder import read_pages


def write(root: Path, **files: str | bytes) -> None:
    """In names, `__` means a slash and `_dot_` a dot."""
    for name, content in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def test_pages_are_sorted_by_path_and_other_files_are_counted(tmp_path: Path) -> None:
    write(tmp_path, b_dot_md="# B", a__z_dot_MDX="# Z", a_dot_txt="text", logo_dot_png=b"\x89", x_dot_json="{}")

    folder = read_pages(tmp_path, "docusaurus")

    assert [page.path for page in folder] == ["a.txt", "a/z.MDX", "b.md"]
    assert (len(folder), folder.skipped) == (3, 2)


def test_hidden_files_partials_and_node_modules_are_ignored(tmp_path: Path) -> None:
    write(tmp_path, _dot_git__a_dot_md="x", _dot_b_dot_md="x", node_modules__c_dot_md="x", a_dot_md="x")
    (tmp_path / "_part.md").write_text("x")

    assert read_pages(tmp_path, "docusaurus").paths == ("a.md",)
    assert read_pages(tmp_path, "github").paths == ("_part.md", "a.md")


def test_single_file_is_a_book_of_one_page(tmp_path: Path) -> None:
    write(tmp_path, a_dot_md="# A", b_dot_md="# B")

    (page,) = read_pages(tmp_path / "b.md", "docusaurus")

    assert isinstance(page, Page)
    assert (page.path, page.title, page.url) == ("b.md", "B", "b")


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path, secret_dot_md="secret", out__c_dot_md="c", docs__a_dot_md="a", docs__real__b_dot_md="b")
    docs = tmp_path / "docs"
    (docs / "secret.md").symlink_to(tmp_path / "secret.md")
    (docs / "out").symlink_to(tmp_path / "out")
    (docs / "loop").symlink_to(docs)
    (docs / "broken.md").symlink_to(docs / "missing.md")
    (docs / "inside.md").symlink_to(docs / "real" / "b.md")

    assert read_pages(docs, "docusaurus").paths == ("a.md", "inside.md", "real/b.md")


def test_pipe_named_like_a_page_is_ignored(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.md")

    assert list(read_pages(tmp_path, "docusaurus")) == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"caf\xe9", "is not UTF-8: byte 4"),
        (b"\xff\xfe#\x00\x00", "is not UTF-16: byte 5"),
        (b"---\ntitle: [a\n---\n", "front matter: expected ',' or ']'"),
        (b"---\nslug: ../x\n---\n", "front matter: `slug` must be a plain path"),
        (b"x\n" * 60_000, "longer than 50000 lines"),
    ],
)
def test_broken_page_is_reported_and_the_others_are_read(tmp_path: Path, content: bytes, reason: str) -> None:
    write(tmp_path, a_dot_md=content, b_dot_md="fine")

    broken, fine = read_pages(tmp_path, "docusaurus")

    assert isinstance(broken, BrokenPage)
    assert (broken.path, fine.path) == ("a.md", "b.md")
    assert broken.reason.startswith(reason)


def test_page_that_is_too_large_is_broken(tmp_path: Path) -> None:
    with (tmp_path / "a.md").open("wb") as file:
        file.truncate(10**12)

    assert list(read_pages(tmp_path, "docusaurus")) == [BrokenPage("a.md", "larger than 5 MiB")]


def test_page_that_was_deleted_meanwhile_is_broken(tmp_path: Path) -> None:
    write(tmp_path, a_dot_md="x")
    folder = read_pages(tmp_path, "docusaurus")
    (tmp_path / "a.md").unlink()

    assert list(folder) == [BrokenPage("a.md", "cannot be read: No such file or directory")]


def test_name_that_is_not_utf8_is_a_broken_page(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.md")).write_text("x")

    assert list(read_pages(tmp_path, "docusaurus")) == [BrokenPage("caf\\udce9.md", "the file name is not UTF-8")]


def test_second_page_with_the_same_address_is_broken(tmp_path: Path) -> None:
    write(tmp_path, a__index_dot_md="x", a_dot_md="y", b_dot_md="---\nslug: /a\n---\n")

    first, *others = read_pages(tmp_path, "docusaurus")

    assert isinstance(first, Page)
    assert others == [BrokenPage(path, "has the same address as a.md: /a") for path in ("a/index.md", "b.md")]


def test_byte_order_mark_is_removed(tmp_path: Path) -> None:
    write(tmp_path, a_dot_md="\ufeff---\ntitle: T\n---\r\ntext")

    (page,) = read_pages(tmp_path, "docusaurus")

    assert isinstance(page, Page)
    assert page.title == "T"


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("a.md", "\ufeff# Été".encode("utf-16-be"), "# Été"),
        ("a.md", "\ufeff# Été".encode("utf-32"), "# Été"),
        ("a.md", "# A heading".encode("utf-16-le"), "# A heading"),
        ("a.txt", "A text".encode("utf-16-be"), "A text"),
        ("a.md", b"# A\r\n\r\nB\rC", "# A\n\nB\nC"),
        ("a.md", b"A\0B", "A\ufffdB"),
        ("a.html", "<meta charset=koi8-r><p>да".encode("koi8-r"), "да"),
        ("a.html", "<p>café \u2019".encode("cp1252"), "café \u2019"),
        ("a.htm", b"<p>\x81", "\ufffd"),
        ("a.rst", "\ufeffÉté".encode("utf-16-le"), "Été"),
    ],
)  # fmt: skip
def test_file_is_decoded_as_its_bytes_show(tmp_path: Path, name: str, content: bytes, text: str) -> None:
    (tmp_path / name).write_bytes(content)

    (page,) = read_pages(tmp_path, "docusaurus")

    assert isinstance(page, Page)
    assert page.source == text


def test_text_beside_html_is_one_page_whatever_the_case_of_the_suffix(tmp_path: Path) -> None:
    write(tmp_path, a_dot_TXT="A", a_dot_HTM="<p>A")

    assert [(page.path, page.rule) for page in read_pages(tmp_path, "docusaurus").named] == [("a.TXT", "text_of_html")]


def test_missing_folder_raises(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_pages(tmp_path / "none", "docusaurus")


def test_every_file_is_a_page_an_asset_or_excluded_by_a_rule(tmp_path: Path) -> None:
    write(
        tmp_path, out_dot_md="x", docs__a_dot_md="# A", docs__b_dot_html="<p>b", docs__b_dot_txt="b", docs__i_dot_png=""
    )
    write(
        tmp_path / "docs", _dot_git__x="", _dot_env="", node_modules__m__r_dot_md="", _p_dot_md="", print_dot_html="x"
    )
    (tmp_path / "docs" / "out.md").symlink_to(tmp_path / "out.md")
    os.mkfifo(tmp_path / "docs" / "pipe.md")

    folder = read_pages(tmp_path / "docs", "docusaurus")

    assert folder.paths == ("a.md", "b.html")
    assert folder.skipped == 1
    assert folder.excluded == {
        "hidden": 2,
        "node_modules": 1,
        "partial": 1,
        "link": 1,
        "special": 1,
        "generated": 1,
        "text_of_html": 1,
    }


@pytest.mark.parametrize(
    ("config", "content"),
    [
        ("docusaurus.config.ts", "// title: 'No'\nconst config = {\n  title: 'Deep wells',\n};"),
        ("mkdocs.yml", "site_name: Deep wells # here\nplugins: [!!python/name:x ]"),
        ("book.toml", '[book]\ntitle = "Deep wells"'),
        ("_config.yml", 'title: "Deep wells"'),
        ("hugo.toml", 'title = "Deep wells"'),
    ],
)
def test_title_is_that_of_the_site_or_the_name_of_the_folder(tmp_path: Path, config: str, content: str) -> None:
    write(tmp_path, wells__a_dot_md="# A")
    assert read_pages(tmp_path / "wells", "docusaurus").title == "wells"

    (tmp_path / config).write_text(content)

    assert read_pages(tmp_path / "wells", "docusaurus").title == "Deep wells"
