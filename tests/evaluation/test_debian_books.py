"""Whole manuals, as Debian publishes them: no link leads nowhere, no term is cut off, no page is lost.

`make test-long` downloads them with apt and prints their versions; it skips a manual that apt cannot download.
"""

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from glossator.domain.book.links import BookLink, check_links
from glossator.domain.book.passages import BrokenPage, ExcludedPage, Page, Passage
from glossator.domain.book.sources.folder import read_pages
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter

MANUALS: Final = {
    "git-doc": "git-doc",
    "postgresql-doc-15": "postgresql-doc-15/html",
    "python3.11-doc": "python3.11/html",
    "rust-doc": "rust-doc/html/book",
}
"""Debian packages, and the folder of each book in /usr/share/doc. `python3-doc` only depends on `python3.11-doc`."""
DOWNLOAD_SECONDS: Final = 300
MAX_CUT: Final = 0.01
SPLITTER: Final = Splitter(Limits(1000))
TARGET: Final = re.compile(r"\](?:\([^()\s]*\)|\[[^\[\]]*\])")
NOT_LETTERS: Final = re.compile(r"[\W_]+")

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module", params=[pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in MANUALS])
def manual(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    package, folder = request.param, tmp_path_factory.mktemp("debian")
    try:
        run("apt-get", "download", package, folder=folder)
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"apt cannot download {package}: {error}")
    (archive,) = folder.glob("*.deb")
    run("dpkg", "-x", archive.name, "files", folder=folder)
    print(f"read: {archive.name}")
    return folder / "files" / "usr" / "share" / "doc" / MANUALS[package]


def run(*command: str, folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=DOWNLOAD_SECONDS)


@cache
def pages_of(manual: Path) -> list[Page | BrokenPage | ExcludedPage]:
    return list(read_pages(manual, "auto"))


@cache
def read(manual: Path) -> list[tuple[Page, list[Passage]]]:
    return [(page, SPLITTER(page)) for page in pages_of(manual) if isinstance(page, Page)]


@cache
def parse(path: Path) -> LexborHTMLParser:
    return LexborHTMLParser(path.read_text(errors="replace"))


@cache
def ids_of(path: Path) -> frozenset[str | None]:
    nodes = parse(path).css("[id], a[name]")
    return frozenset(node.attributes.get(name) for node in nodes for name in ("id", "name"))


def test_no_page_is_lost(manual: Path) -> None:
    assert [page for page in pages_of(manual) if isinstance(page, BrokenPage)] == []
    assert [page.path for page, passages in read(manual) if not passages] == []


def test_every_anchor_is_in_its_file(manual: Path) -> None:
    linked = [
        (page.path, unquote(passage.url.partition("#")[2])) for page, passages in read(manual) for passage in passages
    ]

    assert [(path, anchor) for path, anchor in linked if anchor and anchor not in ids_of(manual / path)] == []


def test_every_link_opens_a_page_and_an_anchor(manual: Path) -> None:
    urls = sorted({(page.path, passage.url) for page, passages in read(manual) for passage in passages})

    report = check_links([BookLink(page, url, 1) for page, url in urls], manual, "")

    print(f"{len(urls)} links, {len(report.broken)} broken")
    assert report.broken == ()


def test_terms_stay_with_their_definitions(manual: Path) -> None:
    found = [
        any(term in passage for passage in passages if definition in passage)
        for page, passages in searchable(manual)
        for term, definition in definitions(manual / page.path)
        if any(definition in passage for passage in passages)
    ]
    cut = len(found) - sum(found)

    print(f"{cut} of {len(found)} terms are cut off")
    assert cut <= MAX_CUT * len(found)


def searchable(manual: Path) -> Iterator[tuple[Page, list[str]]]:
    """The letters of each passage and of its heading path."""
    for page, passages in read(manual):
        yield page, [letters(" ".join((*one.headings, TARGET.sub("", one.text)))) for one in passages]


def definitions(path: Path) -> Iterator[tuple[str, str]]:
    """The beginnings of the terms and definitions of a page, tables of contents excepted."""
    for term in parse(path).css("dt") if path.suffix == ".html" else []:
        definition = next((node for node in following(term) if node.tag != "dt"), None)
        texts = letters(term.text())[:12], letters(definition.text() if definition else "")[:30]
        if all(texts) and not any("toc" in (node.attributes.get("class") or "") for node in ancestors(term)):
            yield texts


def following(node: LexborNode) -> Iterator[LexborNode]:
    found = node.next
    while found is not None:
        if found.tag in {"dt", "dd"}:
            yield found
        found = found.next


def ancestors(node: LexborNode) -> Iterator[LexborNode]:
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def letters(text: str) -> str:
    return NOT_LETTERS.sub("", text)
