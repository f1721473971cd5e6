"""Pages that generators make from other pages are excluded and named, whatever their names are."""

from pathlib import Path

import pytest

from glossator.domain.book.passages import ExcludedPage, Page
from glossator.domain.book.sources.folder import read_pages
from tests.pdfs import pdf_bytes

SAILS = "<h1 id=sails>Sails</h1><p>A sail catches the wind.</p><h2 id=jib>Jib</h2><p>The jib is the small one.</p>"
HULL = "<h1 id=hull>Hull</h1><p>The hull floats. See <a href=sails.html>sails</a>.</p><p>It is made of oak.</p>"
PRINTED = (SAILS + HULL).replace("id=", "id=all-").replace("sails.html", "#all-sails").replace("h2", "h3")
PROSE = "Each mast carries its own sail, and each sail its own name. " * 60


def write(root: Path, **files: str) -> None:
    """In names, `_dot_` means a dot."""
    for name, content in files.items():
        (root / name.replace("_dot_", ".")).write_text(content)


def excluded(root: Path) -> dict[str, str]:
    return {page.path: page.rule for page in read_pages(root, "docusaurus") if isinstance(page, ExcludedPage)}


@pytest.mark.parametrize("name", ["all.html", "a.html", "onepage.htm"])
def test_page_that_has_the_text_of_others_is_a_copy_whatever_its_name(tmp_path: Path, name: str) -> None:
    write(tmp_path, sails_dot_html=SAILS, hull_dot_html=HULL)
    (tmp_path / name).write_text(PRINTED)

    assert excluded(tmp_path) == {name: "copy"}


def test_home_page_is_kept_rather_than_its_copy(tmp_path: Path) -> None:
    write(tmp_path, a_dot_html=f"<h1>Sails</h1><p>{PROSE}</p>", index_dot_html=f"<h1>Sails</h1><p>{PROSE}</p>")

    assert excluded(tmp_path) == {"a.html": "copy"}


def test_whole_book_in_one_markdown_file_is_a_copy(tmp_path: Path) -> None:
    pages = {
        f"p{n}": f"# Page {n}\n\nWords of page {n}.\n\n- A list of page {n}\n\n## More\n\nEnd {n}." for n in range(5)
    }
    for name, text in pages.items():
        (tmp_path / f"{name}.md").write_text(f"---\ntitle: T\n---\n{text}")
    write(tmp_path, llms_full_dot_txt="\n\n".join(pages.values()))

    assert excluded(tmp_path) == {"llms_full.txt": "copy"}


def test_long_copy_may_have_a_cover(tmp_path: Path) -> None:
    write(tmp_path, a_dot_html=f"<h1>A</h1><p>{PROSE}</p>", b_dot_html=f"<h1>B</h1><p>b {PROSE}</p>")
    write(tmp_path, z_dot_html=f"<h1>Cover</h1><h2>1. A</h2><p>{PROSE}</p><h2>2. B</h2><p>b {PROSE}</p>")

    assert excluded(tmp_path) == {"z.html": "copy"}


@pytest.mark.parametrize("own", ["<p>A sentence of its own.</p>", "<pre>own()</pre>", "<table><tr><td>own</table>"])
def test_page_with_text_of_its_own_is_no_copy(tmp_path: Path, own: str) -> None:
    write(tmp_path, a_dot_html=f"<h1>A</h1><p>{PROSE}</p>", b_dot_html=f"<h1>A</h1><p>{PROSE}</p>{own}")

    assert excluded(tmp_path) == {}


def test_menus_of_all_pages_make_no_copy(tmp_path: Path) -> None:
    menus = f"<p>{PROSE}</p><ul><li>Home<li>Search</ul>"
    for name in "abc":
        (tmp_path / f"{name}.html").write_text(f"{menus}<h1>{name}</h1><p>About {name}.</p><p>{name} is short.</p>")

    assert excluded(tmp_path) == {}


def test_short_pages_alike_are_no_copies(tmp_path: Path) -> None:
    write(tmp_path, a_dot_md="# Soon\n\nComing soon.", b_dot_md="# Soon\n\nComing soon.")

    assert excluded(tmp_path) == {}


@pytest.mark.parametrize("name", ["search.html", "404.html", "de/search/index.html"])
def test_search_and_404_pages_are_excluded_unless_they_are_about_something(tmp_path: Path, name: str) -> None:
    links = "<li><a href=x.html>Some of the other pages of this book</a>" * 100
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"<h1>Search</h1><p>Please enable JavaScript.</p><ul>{links}</ul>")
    assert excluded(tmp_path) == {name: "generated"}

    path.write_text(f"<h1>Search</h1><p>{PROSE}</p>")
    assert excluded(tmp_path) == {}


def test_pages_that_are_excluded_by_name_are_named(tmp_path: Path) -> None:
    write(tmp_path, a_dot_html=SAILS, a_dot_txt="Sails", print_dot_html=SAILS, genindex_dot_html="<p>x", _b_dot_md="x")

    folder = read_pages(tmp_path, "docusaurus")

    assert {(page.path, page.rule) for page in folder.named} == {
        ("print.html", "generated"),
        ("genindex.html", "generated"),
        ("_b.md", "partial"),
        ("a.txt", "text_of_html"),
    }


def test_every_file_of_the_folder_is_counted_once(tmp_path: Path) -> None:
    write(tmp_path, a_dot_html=SAILS, b_dot_html=HULL, z_dot_html=PRINTED, search_dot_html="<p>x", print_dot_html="x")
    write(
        tmp_path,
        c_dot_md="---\ntitle: [\n---\n",
        d_dot_png="",
        _dot_e="",
        _f_dot_md="x",
        g_dot_rst="G\n=",
        h_dot_htm="",
    )
    (tmp_path / "i.pdf").write_bytes(pdf_bytes([["I."]]))
    (tmp_path / "j.md").mkdir()
    (tmp_path / "j.md" / "k.md").write_bytes(b"\0caf\xe9")

    folder = read_pages(tmp_path, "docusaurus")
    items = [*folder]

    assert len(items) == len(folder)
    assert sum(isinstance(item, Page) for item in items) == 5
    assert len(items) + folder.skipped + sum(folder.excluded.values()) == sum(
        path.is_file() for path in tmp_path.rglob("*")
    )
