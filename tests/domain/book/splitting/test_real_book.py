"""A real documentation site, cut as its readers would meet it."""

from itertools import pairwise

import pytest

from glossator.domain.book.pages.rendering.render import render
from glossator.domain.book.passages import Page
from glossator.domain.book.sources.folder import read_pages
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from tests.places import STARLETTE_DOCS

SPLITTER = Splitter(Limits(1000))

pytestmark = pytest.mark.skipif(
    not STARLETTE_DOCS.is_dir(), reason=f"needs the Starlette documentation in {STARLETTE_DOCS}"
)


def pages() -> list[Page]:
    return [page for page in read_pages(STARLETTE_DOCS, "docusaurus") if isinstance(page, Page)]


def test_every_page_is_read() -> None:
    assert len(pages()) == len(list(STARLETTE_DOCS.glob("*.md"))) > 0


@pytest.mark.parametrize("page", pages() if STARLETTE_DOCS.is_dir() else [], ids=lambda page: page.path)
def test_passages_are_exact_apart_and_short_and_their_links_open(page: Page) -> None:
    passages = SPLITTER(page)
    html = render(page).html

    assert passages
    assert all(page.source[passage.start : passage.end] == passage.text for passage in passages)
    assert all(len(passage.text) <= 1000 for passage in passages)
    assert all(one.end <= other.start for one, other in pairwise(passages))
    fragments = {passage.url.partition("#")[2] for passage in passages} - {""}
    assert all(f' id="{fragment}"' in html for fragment in fragments)


def test_few_passages_are_too_small_to_answer_anything() -> None:
    lengths = [len(passage.text) for page in pages() for passage in SPLITTER(page)]

    assert sum(length < 100 for length in lengths) < len(lengths) / 10
