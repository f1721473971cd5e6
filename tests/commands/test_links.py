"""`glossator links` and `glossator llms` as processes."""

import json
from pathlib import Path

import pytest

from tests.processes import Workplace


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A folder with a stored book and its built site."""
    place = Workplace.made_in(tmp_path_factory.mktemp("stored"))
    docs, site = place.folder / "pages", place.folder / "site" / "docs"
    docs.mkdir()
    site.mkdir(parents=True)
    (place.folder / "mkdocs.yml").write_text("site_url: https://book.example/docs/")
    (docs / "index.md").write_text("# Wells\n\n## Deep wells\n\nDeep.\n\n## Old wells\n\nOld.\n")
    (docs / "gone.md").write_text("# Gone\n\nGone.\n")
    (site / "index.html").write_text("<h1>Wells</h1><h2 id='deep-wells'>Deep wells</h2>")
    embedded = place.having(GLOSSATOR_ENV="embedded")
    assert embedded.runs("ingest", str(docs)).code == 0
    return embedded


def test_broken_links_are_listed_and_the_exit_code_is_1(stored: Workplace) -> None:
    text = stored.runs("links", "--site", str(stored.folder / "site"))
    printed = json.loads(stored.runs("links", "--site", str(stored.folder / "site"), "--json").output)

    assert (text.code, text.errors) == (1, "")
    assert "  index.md: /#old-wells - the anchor does not exist" in text.output.splitlines()
    assert "  gone.md: /gone/ - the page does not exist" in text.output.splitlines()
    assert (printed["links"], printed["broken_pages"], printed["broken_anchors"]) == (3, 1, 1)
    assert printed["below"] == "docs"
    assert printed["broken"][0] == {"page": "gone.md", "url": "gone/", "passages": 1, "missing": "page"}


def test_right_links_exit_with_0(stored: Workplace, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<h2 id='deep-wells'>Deep</h2><h2 id='old-wells'>Old</h2>")
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone" / "index.html").write_text("<h1>Gone</h1>")

    assert stored.runs("links", "--site", str(tmp_path)).code == 0


def test_without_a_book_the_command_says_what_to_do(tmp_path: Path) -> None:
    done = Workplace.made_in(tmp_path).having(GLOSSATOR_ENV="embedded").runs("links", "--site", str(tmp_path))

    assert done.code == 69
    assert "glossator ingest PATH" in done.errors


def test_running_server_that_owns_the_book_tells_its_links(served: Workplace, tmp_path: Path) -> None:
    done = served.runs("links", "--site", str(tmp_path), "--json")

    printed = json.loads(done.output)
    assert (done.code, printed["passages"]) == (1, 2)
    assert printed["broken_pages"] == printed["links"] > 0


def test_the_book_is_written_into_the_built_site(stored: Workplace) -> None:
    site = stored.folder / "site"
    (site / "docs" / "gone.md").write_text("The site's own file.\n")

    done = stored.having(SITE_URL="https://book.example").runs("llms", str(site), "--json")

    assert (done.code, done.errors) == (0, "")
    assert json.loads(done.output) == {"folder": str(site / "docs"), "pages": 2, "written": 3, "kept": 1}
    listed = (site / "docs" / "llms.txt").read_text()
    assert "- [Wells](https://book.example/docs/index.md)\n- [Gone](https://book.example/docs/gone.md)" in listed
    page = (site / "docs" / "index.md").read_text()
    assert page.startswith("> All pages of this book: https://book.example/docs/llms.txt\n\n# Wells\n")
    assert "# Gone" in (site / "docs" / "llms-full.txt").read_text()
    (site / "docs" / "gone.md").unlink()


def test_without_the_address_of_the_site_nothing_is_written(stored: Workplace) -> None:
    done = stored.runs("llms", str(stored.folder / "site"))

    assert done.code == 1
    assert "SITE_URL is not set" in done.errors
