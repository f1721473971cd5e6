"""Which texts belong to the book."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from glossator.domain.book.ingest.book_options import IngestOptions
from glossator.domain.book.ingest.ingest import Ingest
from glossator.domain.book.pages.parsing import parse_page
from glossator.domain.book.passages import Page
from glossator.domain.book.sources.folder import read_pages
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from glossator.domain.rewriting.book_texts.membership import IndexedBook
from glossator.domain.rewriting.book_texts.page_words import MAX_CACHED_CHARACTERS, MAX_CACHED_PAGES, PageWordsCache
from glossator.domain.rewriting.ports import BookMembership
from tests.domain.answering.models import library
from tests.domain.rewriting.browser import inner_texts
from tests.indexes import CountingEmbedder, MemoryIndex
from tests.places import STARLETTE_DOCS

PAGE = """
The inverted index maps a word to [its passages](https://book.example/a_(b).html?c#d).\u200b Each word is `stemmed`
first.

An embedding is a vector of many numbers. The cosine of two vectors measures how close their meanings are to each other.
"""
BOOK = library([("Words", PAGE), ("Others", "Something else is here, about quite another matter.")])


@pytest.mark.parametrize(
    "text",
    [
        "The cosine of two vectors measures how close their meanings are",
        "The inverted index maps a word to its passages.\u200b Each word is stemmed first.",
        "THE COSINE OF TWO VECTORS measures how close **their meanings** are.",
        "Next chapter",
        "حرف بعد",
        PAGE,
    ],
)
async def test_texts_of_a_page_and_labels_are_rewritten(text: str) -> None:
    assert await IndexedBook(BOOK).membership(text) is not BookMembership.OUTSIDE


@pytest.mark.parametrize(
    "text",
    [
        "Dear aunt, thank you for the parcel that you sent me at the beginning of the year.",
        "vectors two of cosine the are meanings their close how measures numbers many of vector",
        "The cosine of two vectors, dear aunt, thank you for the parcel that you sent me this year, it was a joy.",
        "of the and to a in is it of the and to a in is it of the",
        "%%% --- ### *** !!! ??? ;;; ::: ,,, ... %%% --- ### ***",
    ],
)
async def test_other_texts_are_outside_the_book(text: str) -> None:
    assert await IndexedBook(BOOK).membership(text) is BookMembership.OUTSIDE


@pytest.mark.parametrize(
    ("text", "membership"),
    [
        ("The cosine of two vectors measures how close their meanings are", BookMembership.IN_BOOK),
        ("Each word is stemmed", BookMembership.IN_BOOK),
        ("to its passages. Each word", BookMembership.IN_BOOK),
        ("The cosine of two vectors measures how close their meanings are, Ada", BookMembership.ALLOWED),
        ("Each word of Ada is stemmed", BookMembership.ALLOWED),
        ("Their passages are numbers", BookMembership.ALLOWED),
        ("Next chapter", BookMembership.ALLOWED),
    ],
)
async def test_a_text_with_other_words_or_in_another_order_is_not_in_the_book(
    text: str, membership: BookMembership
) -> None:
    assert await IndexedBook(BOOK).membership(text) is membership


MATHS = r"""
# Filters

A Kalman filter predicts the state $\hat{x}_k = A x_{k-1} + B u_k$ and its covariance $P_k = A P_{k-1} A^T + Q$.

The gain is $K_k = P_k H^T (H P_k H^T + R)^{-1}$, where $R$ is the noise.

The energy of a body at rest follows from its mass and from nothing else.
"""
FORMULAS = library([("Filters", MATHS), ("Others", "Something else is here, about quite another matter.")])
TYPESET = (
    "A Kalman filter predicts the state"
    " x^k=Axk\u22121+Buk\\hat{x}_k = A x_{k-1} + B u_kx^k\u200b=Axk\u22121\u200b+Buk\u200b"
    " and its covariance Pk=APk\u22121AT+QP_k = A P_{k-1} A^T + QPk\u200b=APk\u22121\u200bAT+Q."
)
SPACED = "The gain is K\nk\n\u200b\n=P\nk\n\u200b\nH\nT\n(HP\nk\n\u200b\nH\nT\n+R)\n\u22121\n, where RRR is the noise."


@pytest.mark.parametrize("text", [TYPESET, TYPESET.replace("\\hat{x}_k = A x_{k-1} + B u_k", ""), SPACED])
async def test_a_paragraph_with_typeset_formulas_is_in_the_book(text: str) -> None:
    assert await IndexedBook(FORMULAS).membership(text) is BookMembership.IN_BOOK


@pytest.mark.parametrize(
    "text",
    [
        "A Kalman filter predicts that my aunt will send me a parcel x^k=Axk\u22121+Buk at the beginning of the year.",
        "The gain xkxkxk hahaha bubu kaputt abab hahaha bubu pabab hahaha bubu pabab hahaha bubu pabab kaput abab",
        "x^k=Axk\u22121+Buk Dear aunt, thank you for the parcel that you sent me at the beginning of the year.",
    ],
)
async def test_formulas_do_not_let_other_words_pass(text: str) -> None:
    assert await IndexedBook(FORMULAS).membership(text) is BookMembership.OUTSIDE


SOURCE = """
Press <kbd>Ctrl</kbd> + <kbd>C</kbd> to stop the node, and <kbd>Ctrl</kbd> + <kbd>Z</kbd> to pause the launch file.

Visit <a href="https://docs.example/en/Installation.html" target="_blank" rel="noopener">the documentation</a> first.

Go on with <Link to="/docs/module-1/chapter-1">the first chapter</Link> or look at <Link to="/docs/kit">the kit</Link>.

Robots&nbsp;&mdash;&nbsp;like people&mdash;need balance, energy &amp; senses to move&#32;around safely.

See [the guide][g] and the [standard][s] as well as [the handbook][h] before you wire the motor.

<p align="center">The <strong>planner</strong> makes <em>paths</em> and
   the <strong>controller</strong> <em>follows</em> the <em>paths</em>.<br/>Designed &amp; crafted.</p>

[g]: https://g.example
[s]: https://s.example
[h]: https://h.example
"""
RENDERED = (
    "Press Ctrl + C to stop the node, and Ctrl + Z to pause the launch file.",
    "Ctrl + C to stop",
    "Visit the documentation first.",
    "Go on with the first chapter or look at the kit.",
    "Robots\xa0\u2014\xa0like people\u2014need balance, energy & senses to move around safely.",
    "energy & senses to move around",
    "See the guide and the standard as well as the handbook before you wire the motor.",
    "The planner makes paths and the controller follows the paths.\nDesigned & crafted.",
)


@pytest.mark.parametrize("text", RENDERED)
async def test_a_text_as_a_browser_shows_it_is_in_the_book(text: str) -> None:
    pages = [parse_page("words.mdx", SOURCE), parse_page("others.md", PAGE)]

    assert await IndexedBook(await ingested(pages)).membership(text) is BookMembership.IN_BOOK


async def ingested(pages: Sequence[Page]) -> MemoryIndex:
    index, embedder = MemoryIndex(), CountingEmbedder()
    splitter = Splitter(Limits(1000))
    await Ingest(index, embedder, splitter, batch=256).run(pages, IngestOptions())
    return index


@pytest.mark.skipif(not STARLETTE_DOCS.is_dir(), reason=f"the real book is not there: {STARLETTE_DOCS}")
async def test_every_text_of_a_real_book_is_rewritten() -> None:
    pages = [page for page in read_pages(STARLETTE_DOCS, "docusaurus") if isinstance(page, Page)][::3]
    book = IndexedBook(await ingested(pages))
    sent = [text for page in pages for text in inner_texts(page.source)]

    memberships = await asyncio.gather(*map(book.membership, sent))

    assert len(sent) > 150
    outside = [text for text, membership in zip(sent, memberships, strict=True) if membership is BookMembership.OUTSIDE]
    assert outside == []


async def test_a_page_is_parsed_once_per_batch() -> None:
    page = parse_page("words.md", SOURCE)
    cache = PageWordsCache()

    one, two = await asyncio.gather(cache.words(page), cache.words(replace(page)))

    assert one is two
    assert await cache.words(replace(page, source=f"{SOURCE}\nMore.")) is not one


@pytest.mark.parametrize(("characters", "left"), [(10, MAX_CACHED_PAGES), (MAX_CACHED_CHARACTERS // 3, 3)])
async def test_the_least_recently_used_pages_are_evicted(characters: int, left: int) -> None:
    pages = [parse_page(f"{number}.txt", "word " * (characters // 5)) for number in range(left + 1)]
    cache = PageWordsCache()
    first, second = [await cache.words(page) for page in pages[:2]]
    for page in (*pages[2:left], pages[0], pages[left]):
        await cache.words(page)

    assert await cache.words(pages[0]) is first
    assert await cache.words(pages[1]) is not second


async def test_every_text_is_outside_an_empty_book() -> None:
    text = "The cosine of two vectors measures how close they are"
    assert await IndexedBook(MemoryIndex()).membership(text) is BookMembership.OUTSIDE


@pytest.mark.parametrize(("always", "passes"), [(None, True), (False, True), (True, False)])
async def test_texts_outside_a_foreign_collection_are_refused_only_if_configured(
    always: bool | None, passes: bool
) -> None:
    index = library([("Words", PAGE)])
    index.stored[0] = index.stored.pop(index.live_number or 0)
    index.live_number = 0
    build = index.stored[0].build
    index.stored[0].build = type(build)(**{**vars(build), "number": 0})

    text = "Dear aunt, thank you for the parcel that you sent me at the beginning of the year."

    assert (await IndexedBook(index, only_book=always).membership(text) is not BookMembership.OUTSIDE) is passes
