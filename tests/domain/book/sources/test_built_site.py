"""Folders of HTML: which generator built them, and which address each of their files has."""

from pathlib import Path

import pytest

from glossator.domain.book.pages.dialect.generators import Dialect
from glossator.domain.book.passages import Page
from glossator.domain.book.sources.folder import Folder, read_pages

PAGE = "<html><head>{}</head><body><h1>A</h1><p>A text that is on this page only: {}.</p></body></html>"
SPHINX = '<script src="_static/documentation_options.js"></script>'


def built(folder: Path, head: str = "") -> Folder:
    (folder / "index.html").write_text(PAGE.format(head, "home"))
    (folder / "a.html").write_text(PAGE.format(head, "a"))
    (folder / "notes.txt").write_text("Notes.")
    (folder / "_sources").mkdir()
    (folder / "_sources" / "a.rst.txt").write_text("A text that is on this page only: a.")
    return read_pages(folder, "auto")


def addresses(folder: Folder) -> set[str]:
    return {page.url for page in folder if isinstance(page, Page)}


@pytest.mark.parametrize(
    ("head", "generator"),
    [("", "docusaurus"), (SPHINX, "sphinx"), ('<meta name="generator" content="mkdocs-1.6.1">', "mkdocs")],
)
def test_files_keep_their_paths(tmp_path: Path, head: str, generator: str) -> None:
    folder = built(tmp_path, head)

    assert folder.dialect.generator == generator
    assert addresses(folder) == {"", "a.html", "notes.txt"}


def test_addresses_of_docusaurus_have_no_suffix(tmp_path: Path) -> None:
    assert addresses(built(tmp_path, '<meta name="generator" content="Docusaurus v3.7.0">')) == {"", "a", "notes.txt"}


def test_sources_in_a_site_are_no_pages(tmp_path: Path) -> None:
    assert built(tmp_path, SPHINX).excluded == {"generated": 1}


def test_folder_without_html_has_the_default_dialect(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A")

    assert read_pages(tmp_path, "auto").dialect == Dialect()


def test_pages_outside_the_published_folder_of_a_project_are_excluded(tmp_path: Path) -> None:
    (tmp_path / "docs" / "guide").mkdir(parents=True)
    (tmp_path / "mkdocs.yml").write_text("site_name: A")
    for path in ("README.md", "CHANGES.txt", "docs/index.md", "docs/guide/a.md"):
        (tmp_path / path).write_text(f"# {path}")

    folder = read_pages(tmp_path, "auto")

    assert addresses(folder) == {"", "guide/a/"}
    assert (folder.excluded, folder.skipped) == ({"outside": 2}, 1)
