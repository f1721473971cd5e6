"""Links of passages against the folder of a built site."""

from dataclasses import replace
from pathlib import Path

import pytest

from glossator.domain.book.links import BookLink, check_links, read_links
from glossator.domain.errors import BookEmpty
from tests.domain.answering.models import library
from tests.indexes import MemoryIndex

PAGE = "<h1 id='top'>A</h1><a name='old'></a><h2 id='caf\u00e9 noir'>B</h2><!-- <i id='hidden'></i> -->"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for path in ("index.html", "guide/index.html", "plain.html", "exact", "a b.html", "old.htm"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(PAGE, encoding="utf-8")
    return tmp_path


def broken(site: Path, *urls: str, base: str = "") -> list[tuple[str, str]]:
    links = [BookLink(url, url, 1) for url in sorted(urls)]
    return [(one.link.url, one.missing) for one in check_links(links, site, base).broken]


@pytest.mark.parametrize(
    "url",
    [
        "", "#top", "guide", "guide/", "guide/#top", "guide/index.html", "plain", "plain.html#top", "exact", "a%20b",
        "old", "plain#old", "plain#caf%C3%A9%20noir",
    ],
)  # fmt: skip
def test_link_opens_what_a_web_server_sends(site: Path, url: str) -> None:
    assert broken(site, url) == []


@pytest.mark.parametrize(
    ("url", "missing"),
    [
        ("nowhere", "page"), ("nowhere#top", "page"), ("guide/plain", "page"), ("../plain", "page"), ("Plain", "page"),
        ("plain/", "page"),         ("plain#TOP", "anchor"), ("plain#hidden", "anchor"), ("plain#", None),
    ],
)  # fmt: skip
def test_broken_link_names_what_is_missing(site: Path, url: str, missing: str | None) -> None:
    assert broken(site / "guide" if url.startswith("..") else site, url) == ([(url, missing)] if missing else [])


def test_link_out_of_the_folder_is_broken(site: Path, tmp_path: Path) -> None:
    (site / "guide" / "out.html").symlink_to(tmp_path / "plain.html")

    assert broken(site / "guide", "out") == [("out", "page")]


@pytest.mark.parametrize(
    ("base", "below"), [("", ""), ("manual", ""), ("guide", "guide"), ("manual/guide", "guide"), ("guide/x", "")]
)
def test_folder_may_lack_the_beginning_of_the_base(site: Path, base: str, below: str) -> None:
    (site / "guide" / "one.html").write_text(PAGE)
    (site / "guide" / "two.html").write_text(PAGE)
    urls = ["one#top", "two#top"] if below else ["plain#top", "old#top"]

    report = check_links([BookLink(url, url, 1) for url in urls], site, base)

    assert (report.below, report.broken) == (below, ())


@pytest.mark.parametrize(
    ("base_url", "base"),
    [("/read/", "docs"), ("https://book.example/", "docs"), ("https://book.example/manual/", "manual")],
)
async def test_each_link_of_the_live_book_is_read_once(base_url: str, base: str) -> None:
    index = library()
    index.stored[1].build = replace(index.stored[1].build, base="docs")

    book = await read_links(index, base_url)

    assert (book.title, book.passages, book.pages, book.base) == ("Book", 3, 3, base)
    assert book.links == tuple(BookLink(f"{name}.md", f"{name}#top", 1) for name in ("fusion", "meaning", "words"))


async def test_without_a_book_there_is_nothing_to_check() -> None:
    with pytest.raises(BookEmpty):
        await read_links(MemoryIndex(), "/read/")
