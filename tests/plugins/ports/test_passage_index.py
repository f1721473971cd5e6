"""The suite of the port PassageIndex, for every implementation."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import numpy as np
import pytest
import qdrant_edge
from qdrant_client import AsyncQdrantClient, models

from glossator.domain.book.index import (
    Build,
    PageEntry,
    PageTitle,
    PassageEntry,
    PassageIndex,
    PassagePoint,
    Query,
    Suggestion,
    VectorSpace,
)
from glossator.domain.book.passages import Page, Passage
from glossator.domain.book.words import document_words, query_words, words_of
from glossator.domain.errors import BookMismatch, Unavailable
from glossator.domain.ports.embedder import Vectors
from glossator.kernel.guards.guard import Guard
from glossator_plugins.qdrant import requests
from glossator_plugins.qdrant_edge.folder import EdgeFolder
from glossator_plugins.qdrant_edge.index import EdgeIndex
from tests.plugins.qdrant.services import index_over, open_qdrant
from tests.servers.qdrant_server import qdrant_server

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")

DIMENSION = 8
BUILD = Build(1, "A Book", "https://book.example", (VectorSpace("dense", "some-model", DIMENSION),), "splitter-1", "2")
TEXTS = {
    "intro.md": ["Welcome to the book of servers", "A server answers requests from clients"],
    "routing.md": ["Mount StaticFiles to serve a directory", "A route has a path and an endpoint"],
    "tests.md": ["The TestClient sends requests without a socket"],
}


OpenIndex = Callable[[Path, bool], AbstractAsyncContextManager[PassageIndex]]
"""In a folder; `durable`: the data are there for the next one."""


@asynccontextmanager
async def embedded(folder: Path, _: bool) -> AsyncIterator[PassageIndex]:
    index = EdgeIndex(EdgeFolder(folder), Guard("qdrant_edge"))
    try:
        yield index
    finally:
        await index.close()


@asynccontextmanager
async def in_process(folder: Path, durable: bool) -> AsyncIterator[PassageIndex]:
    """The client's in-process mode."""
    client = AsyncQdrantClient(path=str(folder / "client")) if durable else AsyncQdrantClient(":memory:")
    index = index_over(client)
    try:
        yield index
    finally:
        await index.close()


@asynccontextmanager
async def remote(folder: Path, durable: bool) -> AsyncIterator[PassageIndex]:
    """The whole plugin, with a server that speaks the protocol."""
    async with qdrant_server(folder=folder / "server" if durable else None) as server, open_qdrant(server.url) as index:
        yield index


IMPLEMENTATIONS: Final[dict[str, OpenIndex]] = {
    "qdrant_edge": embedded,
    "qdrant_in_process": in_process,
    "qdrant": remote,
}


@pytest.fixture(params=IMPLEMENTATIONS)
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PassageIndex]:
    async with IMPLEMENTATIONS[request.param](tmp_path, False) as implementation:
        yield implementation


def axis(number: int) -> Vectors:
    row = np.zeros(DIMENSION, dtype=np.float32)
    row[number % DIMENSION] = 1
    return row


def passage(page: str, number: int, text: str) -> Passage:
    name = str(uuid5(NAMESPACE_URL, f"{page} {number} {text}"))
    start = number * 100
    return Passage(name, page, ("Book", page), f"{page}#h{number}", start, start + len(text), text, f"hash of {text}")


def named(vector: Vectors | None) -> dict[str, Vectors]:
    return {} if vector is None else {"dense": vector}


def point(page: str, number: int, text: str, vector: Vectors | None) -> PassagePoint:
    return PassagePoint(passage(page, number, text), f"hash of {page}", named(vector), document_words(text))


def page(path: str) -> Page:
    return Page(path, path.title(), path.removesuffix(".md"), "\n".join(TEXTS[path]), f"hash of {path}")


def book() -> Iterator[PassagePoint]:
    passages = [(path, number, text) for path, texts in TEXTS.items() for number, text in enumerate(texts)]
    for position, (path, number, text) in enumerate(passages):
        yield point(path, number, text, axis(position))


@pytest.fixture
async def full_index(index: PassageIndex) -> PassageIndex:
    await index.create(BUILD)
    await index.put_passages(1, list(book()))
    await index.put_pages(1, [page(path) for path in TEXTS])
    await index.activate(1)
    return index


def query(text: str, vector: Vectors | None = None, limit: int = 10, page: str | None = None) -> Query:
    return Query(named(vector), query_words(text), limit, page=page)


async def test_an_empty_index_has_no_build_no_page_and_no_hits(index: PassageIndex) -> None:
    assert await index.live() is None
    assert await index.builds() == []
    assert await index.page("intro") is None
    assert await index.search(query("server", axis(0))) == []


async def test_a_created_build_is_listed_and_not_live(index: PassageIndex) -> None:
    await index.create(BUILD)
    assert await index.builds() == [BUILD]
    assert await index.live() is None
    assert await index.search(query("server", axis(0))) == []


async def test_an_activated_build_is_live(full_index: PassageIndex) -> None:
    assert await full_index.live() == BUILD


async def test_words_find_a_passage_with_all_its_stored_fields(full_index: PassageIndex) -> None:
    (hit,) = await full_index.search(query("testclient"))
    assert hit.passage == passage("tests.md", 0, TEXTS["tests.md"][0])
    assert hit.cosines.get("dense") is None
    assert hit.keyword > 0


async def test_a_vector_finds_its_passage_with_the_cosine(full_index: PassageIndex) -> None:
    best = (await full_index.search(Query({"dense": axis(3)}, query_words(""), 10)))[0]
    assert best.passage.text == "A route has a path and an endpoint"
    assert best.cosines.get("dense") == pytest.approx(1.0, abs=1e-5)
    assert best.keyword == 0


async def test_both_searches_are_fused(full_index: PassageIndex) -> None:
    hits = await full_index.search(query("mount static files", axis(2)))
    assert hits[0].passage.text == "Mount StaticFiles to serve a directory"
    assert hits[0].cosines.get("dense") == pytest.approx(1.0, abs=1e-5)
    assert hits[0].keyword > 0
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(0 <= hit.score <= 1 for hit in hits)


async def test_limit_and_candidates_limit_the_hits(full_index: PassageIndex) -> None:
    assert len(await full_index.search(query("server requests", axis(0), limit=2))) == 2
    assert len(await full_index.search(Query({"dense": axis(0)}, query_words(""), 10, candidates=3))) == 3


async def test_a_page_filters_both_searches(full_index: PassageIndex) -> None:
    hits = await full_index.search(query("requests", axis(0), page="tests.md"))
    assert {hit.passage.page for hit in hits} == {"tests.md"}
    assert hits[0].keyword > 0
    assert hits[0].cosines.get("dense") is not None


async def test_an_empty_query_finds_nothing(full_index: PassageIndex) -> None:
    assert await full_index.search(query("???")) == []


async def test_pages_and_builds_are_neither_hits_nor_counted_as_documents(index: PassageIndex) -> None:
    await index.create(BUILD)
    await index.put_passages(1, list(book()))
    await index.activate(1)
    before = await index.search(query("testclient", axis(0)))
    await index.put_pages(1, [page(path) for path in TEXTS] * 20)
    assert await index.search(query("testclient", axis(0))) == before


async def test_the_keyword_score_is_bm25_with_qdrants_idf(full_index: PassageIndex) -> None:
    (hit,) = await full_index.search(query("testclient"))
    weights = dict(zip(*_indices_and_values(TEXTS["tests.md"][0]), strict=True))
    idf = np.log(1 + (5 - 1 + 0.5) / (1 + 0.5))
    assert hit.keyword == pytest.approx(weights[query_words("testclient").indices[0]] * idf, rel=1e-4)


def _indices_and_values(text: str) -> tuple[tuple[int, ...], tuple[float, ...]]:
    words = document_words(text)
    return words.indices, words.values


async def test_a_page_is_found_by_its_url(full_index: PassageIndex) -> None:
    assert await full_index.page("routing") == page("routing.md")
    assert await full_index.page("routing.md#h0") is None
    assert await full_index.page("") is None


async def test_the_root_page_has_the_empty_url(full_index: PassageIndex) -> None:
    root = replace(page("intro.md"), path="index.md", url="")
    await full_index.put_pages(1, [root])
    assert await full_index.page("") == root


async def test_stored_pages_and_passages_are_listed(full_index: PassageIndex) -> None:
    assert {entry async for entry in full_index.pages(1)} == {PageEntry(path, f"hash of {path}") for path in TEXTS}
    assert {entry async for entry in full_index.passages(1)} == {
        PassageEntry(p.passage.id, p.passage.page, p.page_hash, p.passage.hash) for p in book()
    }


async def test_stored_pages_are_listed_with_their_titles(full_index: PassageIndex) -> None:
    pages = [page(path) for path in TEXTS]
    assert {one async for one in full_index.titles(1)} == {PageTitle(one.path, one.title, one.url) for one in pages}


async def test_long_lists_are_complete(index: PassageIndex) -> None:
    await index.create(BUILD)
    many = [point("long.md", number, f"text {number}", axis(number)) for number in range(1203)]
    await index.put_passages(1, many)
    assert {entry.id async for entry in index.passages(1)} == {p.passage.id for p in many}


async def test_a_second_write_replaces_the_first(full_index: PassageIndex) -> None:
    await full_index.put_passages(1, list(book()))
    changed = replace(page("tests.md"), title="Testing", hash="new")
    await full_index.put_pages(1, [changed])
    assert len([entry async for entry in full_index.passages(1)]) == 5
    assert await full_index.page("tests") == changed


async def test_a_moved_passage_keeps_its_vectors(full_index: PassageIndex) -> None:
    stored = passage("tests.md", 0, TEXTS["tests.md"][0])
    moved = replace(stored, start=700, end=746, url="tests.md#elsewhere")
    await full_index.move_passages(1, [(moved, "new page hash")])
    hits = await full_index.search(query("testclient", axis(4)))
    assert hits[0].passage == moved
    assert hits[0].keyword > 0
    assert hits[0].cosines.get("dense") == pytest.approx(1.0, abs=1e-5)
    hashes = {entry.id: entry.page_hash async for entry in full_index.passages(1)}
    assert hashes[moved.id] == "new page hash"


async def test_deleted_passages_and_pages_disappear_at_once(full_index: PassageIndex) -> None:
    deleted = [p.passage.id for p in book() if p.passage.page == "routing.md"]
    await full_index.delete(1, passages=deleted, pages=["routing.md"])
    assert await full_index.page("routing") is None
    assert await full_index.search(query("mount static files route")) == []
    assert {entry.page async for entry in full_index.passages(1)} == {"intro.md", "tests.md"}


async def test_deleting_unknown_passages_and_pages_does_nothing(full_index: PassageIndex) -> None:
    await full_index.delete(1, passages=[str(uuid5(NAMESPACE_URL, "none"))], pages=["none.md"])
    await full_index.delete(1)
    assert len([entry async for entry in full_index.passages(1)]) == 5


async def test_a_saved_build_is_returned_unchanged(full_index: PassageIndex) -> None:
    finished = replace(BUILD, title="Another title", state="ready", pages=3, passages=5)
    await full_index.save(finished)
    assert await full_index.live() == finished
    assert await full_index.builds() == [finished]


async def test_a_new_build_is_searched_only_after_its_activation(full_index: PassageIndex) -> None:
    second = replace(BUILD, number=2)
    await full_index.create(second)
    await full_index.put_passages(2, [point("new.md", 0, "Entirely new words", axis(0))])
    assert await full_index.search(query("entirely new")) == []
    await full_index.activate(2)
    (hit,) = await full_index.search(query("entirely new"))
    assert hit.passage.page == "new.md"
    assert await full_index.live() == second
    assert await full_index.search(query("testclient")) == []


async def test_an_old_build_can_be_activated_again(full_index: PassageIndex) -> None:
    await full_index.create(replace(BUILD, number=2))
    await full_index.activate(2)
    await full_index.activate(1)
    assert await full_index.live() == BUILD
    assert len(await full_index.search(query("testclient"))) == 1


async def test_builds_are_listed_by_number(index: PassageIndex) -> None:
    for number in (10, 9, 2):
        await index.create(replace(BUILD, number=number))
    assert [build.number for build in await index.builds()] == [2, 9, 10]


async def test_a_dropped_build_disappears_and_frees_its_number(full_index: PassageIndex) -> None:
    await full_index.create(replace(BUILD, number=2))
    await full_index.drop(2)
    assert await full_index.builds() == [BUILD]
    await full_index.drop(2)
    await full_index.create(replace(BUILD, number=2, title="Again"))
    assert [build.title for build in await full_index.builds()] == ["A Book", "Again"]


async def test_creating_a_build_again_empties_it(index: PassageIndex) -> None:
    await index.create(BUILD)
    await index.put_passages(1, list(book()))
    await index.create(replace(BUILD, title="Again"))
    assert [entry async for entry in index.passages(1)] == []
    assert [build.title for build in await index.builds()] == ["Again"]


async def test_the_live_build_cannot_be_dropped_or_replaced(full_index: PassageIndex) -> None:
    with pytest.raises(ValueError, match="build 1 is live"):
        await full_index.drop(1)
    with pytest.raises(ValueError, match="build 1 is live"):
        await full_index.create(BUILD)
    assert len(await full_index.search(query("testclient"))) == 1


async def test_a_build_without_a_model_is_searched_by_words_alone(index: PassageIndex) -> None:
    await index.create(replace(BUILD, spaces=()))
    await index.put_passages(1, [point("a.md", 0, "only words here", None)])
    await index.activate(1)
    (hit,) = await index.search(query("words"))
    assert (hit.cosines.get("dense"), hit.passage.page) == (None, "a.md")
    assert len(await index.search(query("words", axis(0)))) == 1


async def test_a_vector_of_a_different_length_is_a_mismatch(full_index: PassageIndex) -> None:
    with pytest.raises(BookMismatch, match="8 dimensions, the question with 5"):
        await full_index.search(query("words", np.ones(5, dtype=np.float32)))


async def test_a_passage_without_words_is_found_by_its_vector(full_index: PassageIndex) -> None:
    await full_index.put_passages(1, [point("x.md", 0, "???", axis(7))])
    assert (await full_index.search(Query({"dense": axis(7)}, query_words(""), 1)))[0].passage.page == "x.md"
    await full_index.delete(1, passages=[passage("x.md", 0, "???").id])


async def test_texts_of_any_script_are_returned_unchanged(full_index: PassageIndex) -> None:
    text = "\u0645\u0631\u062d\u0628\u0627 \U0001f600 \u51fd\u6570 \t\r\n line \x7f"
    await full_index.put_passages(1, [point("\u9875 1.md", 0, text, axis(7))])
    hits = await full_index.search(query("\u51fd\u6570", page="\u9875 1.md"))
    assert [hit.passage.text for hit in hits] == [text]


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS.values(), ids=IMPLEMENTATIONS)
async def test_all_data_survives_a_restart(implementation: OpenIndex, tmp_path: Path) -> None:
    async with implementation(tmp_path, True) as index:
        await index.create(BUILD)
        await index.put_passages(1, list(book()))
        await index.put_pages(1, [page("tests.md")])
        await index.put_suggestions(1, {"tests.md": [Suggestion("What is a test?", "tests#top", 0.5)]})
        await index.activate(1)
        before = await index.search(query("requests", axis(0)))
    async with implementation(tmp_path, True) as index:
        assert await index.live() == BUILD
        assert await index.page("tests") == page("tests.md")
        assert await index.search(query("requests", axis(0))) == before
        (stored,) = [page async for page in index.suggested(1)]
        assert stored.suggestions == (Suggestion("What is a test?", "tests#top", 0.5),)


async def test_writing_to_an_unknown_build_is_unavailable(index: PassageIndex) -> None:
    with pytest.raises(Unavailable):
        await index.put_passages(7, list(book()))
    with pytest.raises(Unavailable):
        await index.activate(7)


TWO_SPACES = replace(
    BUILD,
    spaces=(VectorSpace("dense", "some-model", DIMENSION), VectorSpace("wide", "other-model", 2 * DIMENSION)),
    pending=("wide",),
)


def wide(number: int) -> Vectors:
    row = np.zeros(2 * DIMENSION, dtype=np.float32)
    row[number] = 1
    return row


@pytest.fixture
async def half_filled(index: PassageIndex) -> PassageIndex:
    """A live build whose second space is pending."""
    await index.create(TWO_SPACES)
    await index.put_passages(1, list(book()))
    await index.put_pages(1, [page(path) for path in TEXTS])
    await index.activate(1)
    return index


async def filled_by(index: PassageIndex, first: int = 0) -> None:
    """Adds vectors of the second space; the passage number n lies on its axis n + first."""
    vectors = {point.passage.id: wide(first + number) for number, point in enumerate(book())}
    await index.add_vectors(1, "wide", vectors)
    await index.save(replace(TWO_SPACES, pending=()))


async def lacking(index: PassageIndex, space: str) -> set[str]:
    return {stored.text async for stored in index.lacking(1, space)}


async def test_passages_without_a_vector_in_a_space_are_listed_whole(half_filled: PassageIndex) -> None:
    assert {stored async for stored in half_filled.lacking(1, "wide")} == {point.passage for point in book()}
    assert await lacking(half_filled, "dense") == set()
    assert len(await lacking(half_filled, "")) == 5


async def test_an_added_vector_is_no_longer_lacking(half_filled: PassageIndex) -> None:
    first, *others = book()
    await half_filled.add_vectors(1, "wide", {first.passage.id: wide(0)})
    assert await lacking(half_filled, "wide") == {other.passage.text for other in others}
    assert await lacking(half_filled, "dense") == set()


async def test_a_vector_for_an_absent_passage_is_ignored(half_filled: PassageIndex) -> None:
    first = next(book()).passage
    await half_filled.add_vectors(1, "wide", {str(uuid5(NAMESPACE_URL, "none")): wide(0), first.id: wide(1)})
    await half_filled.add_vectors(1, "wide", {})
    assert len([entry async for entry in half_filled.passages(1)]) == 5
    assert first.text not in await lacking(half_filled, "wide")


async def test_an_added_vector_leaves_the_passage_its_words_and_other_vectors(half_filled: PassageIndex) -> None:
    await filled_by(half_filled)
    hits = await half_filled.search(Query({"dense": axis(4), "wide": wide(4)}, query_words("testclient"), 3))
    assert hits[0].passage == passage("tests.md", 0, TEXTS["tests.md"][0])
    assert hits[0].cosines == {"dense": pytest.approx(1.0, abs=1e-5), "wide": pytest.approx(1.0, abs=1e-5)}
    assert hits[0].keyword > 0


async def test_several_spaces_are_searched_and_fused(half_filled: PassageIndex) -> None:
    await filled_by(half_filled, first=1)
    both = await half_filled.search(Query({"dense": axis(0), "wide": wide(3)}, query_words(""), 5))
    assert {hit.passage.text for hit in both[:2]} == {TEXTS["intro.md"][0], TEXTS["routing.md"][0]}
    assert {name for hit in both for name in hit.cosines} == {"dense", "wide"}


async def test_each_space_can_be_searched_alone(half_filled: PassageIndex) -> None:
    await filled_by(half_filled, first=1)
    (hit, *_) = await half_filled.search(Query({"wide": wide(3)}, query_words(""), 5))
    assert (hit.passage.text, {*hit.cosines}) == (TEXTS["routing.md"][0], {"wide"})


async def test_a_pending_space_is_not_searched(half_filled: PassageIndex) -> None:
    await half_filled.add_vectors(1, "wide", {next(book()).passage.id: wide(0)})
    hits = await half_filled.search(Query({"dense": axis(0), "wide": wide(0)}, query_words(""), 5))
    assert {name for hit in hits for name in hit.cosines} == {"dense"}
    assert await half_filled.search(Query({"wide": wide(0)}, query_words(""), 5)) == []


async def test_a_space_that_the_build_does_not_have_is_not_searched(full_index: PassageIndex) -> None:
    hits = await full_index.search(Query({"dense": axis(0), "wide": wide(0)}, query_words(""), 5))
    assert {name for hit in hits for name in hit.cosines} == {"dense"}


async def test_a_moved_passage_keeps_its_added_vectors(half_filled: PassageIndex) -> None:
    await filled_by(half_filled)
    stored = passage("tests.md", 0, TEXTS["tests.md"][0])
    await half_filled.move_passages(1, [(replace(stored, start=700, end=746), "new page hash")])
    assert await lacking(half_filled, "wide") == set()
    (hit, *_) = await half_filled.search(Query({"wide": wide(4)}, query_words(""), 5))
    assert hit.passage.start == 700
    assert hit.cosines["wide"] == pytest.approx(1.0, abs=1e-5)


async def test_a_build_that_is_not_live_can_be_searched_by_its_number(full_index: PassageIndex) -> None:
    await full_index.create(replace(BUILD, number=2))
    await full_index.put_passages(2, [point("new.md", 0, "Entirely new words", axis(0))])
    (hit,) = await full_index.search(replace(query("entirely new", axis(0)), build=2))
    assert hit.passage.page == "new.md"
    assert await full_index.search(query("entirely")) == []


async def test_the_vocabulary_counts_the_pages_of_each_word(full_index: PassageIndex) -> None:
    counts = await full_index.vocabulary(1)
    assert counts[words_of("server")[0]] == 1
    assert counts[words_of("requests")[0]] == 2
    assert counts[words_of("tests.md")[0]] >= 1
    assert counts.get("nowhere", 0) == 0
    await full_index.delete(1, pages=["tests.md"])
    assert (await full_index.vocabulary(1))[words_of("requests")[0]] == 1


FORMER_TEXT: Final = "Not once, but twice"
FORMER_BUILD: dict[str, Any] = {
    "kind": "build", "number": 1, "title": "A Book", "site_url": "", "embedding_model": "some-model",
    "dimension": DIMENSION, "splitter": "headings-1/docusaurus/1000/256", "distance": "Cosine", "state": "ready",
    "pages": 1, "passages": 1,
}  # fmt: skip
"""As version 0.1 stored it: one space, its model in fields of its own, and no `words`."""


def former_payloads() -> dict[str, dict[str, Any]]:
    """The points of a build of version 0.1 by id: the build, a page without words and a passage without spaces."""
    stored = passage("a.md", 0, FORMER_TEXT)
    passage_payload = asdict(stored) | {"kind": "passage", "page_hash": "hash of a.md", "splitter": "headings-1"}
    return {
        str(uuid5(NAMESPACE_URL, "glossator:build")): FORMER_BUILD,
        str(uuid5(NAMESPACE_URL, "glossator:page:intro.md")): {"kind": "page", **asdict(page("intro.md"))},
        passage_payload.pop("id"): passage_payload,
    }


def write_former_folder(path: Path) -> None:
    folder = EdgeFolder(path)
    folder.add(BUILD)
    words = document_words(FORMER_TEXT)
    vectors = {"dense": axis(0).tolist(), "bm25": qdrant_edge.SparseVector([*words.indices], [*words.values])}
    new = [
        qdrant_edge.Point(name, vectors if payload["kind"] == "passage" else {}, payload)
        for name, payload in former_payloads().items()
    ]
    folder.shard(1).update(qdrant_edge.UpdateOperation.upsert_points(new))
    folder.activate(1)
    folder.close()


async def write_former_collection(path: Path) -> None:
    client = AsyncQdrantClient(path=str(path))
    await requests.create("book--1", BUILD, client)
    (form,) = [requests.passage_point(point("a.md", 0, FORMER_TEXT, axis(0)), BUILD)]
    new = [
        models.PointStruct(id=name, vector=form.vector if payload["kind"] == "passage" else {}, payload=payload)
        for name, payload in former_payloads().items()
    ]
    await requests.upsert("book--1", new, client)
    await requests.make_live("book--live", "book--1", client, replaced=False)
    await client.close()


@pytest.fixture(params=IMPLEMENTATIONS)
async def former(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PassageIndex]:
    """A live build that version 0.1 wrote."""
    if request.param == "qdrant_edge":
        write_former_folder(tmp_path)
    else:
        await write_former_collection(tmp_path / ("client" if request.param == "qdrant_in_process" else "server"))
    async with IMPLEMENTATIONS[request.param](tmp_path, True) as implementation:
        yield implementation


async def test_a_build_of_version_0_1_is_read_with_one_space_and_the_first_word_rules(former: PassageIndex) -> None:
    (build,) = await former.builds()
    assert build.spaces == BUILD.spaces
    assert (build.words, build.splitter, build.pending) == ("1", "headings-1/docusaurus/1000/256", ())


async def test_a_build_of_version_0_1_is_searched_by_words_and_vector(former: PassageIndex) -> None:
    (hit,) = await former.search(query("twice", axis(0)))
    assert hit.passage.text == FORMER_TEXT
    assert hit.cosines["dense"] == pytest.approx(1.0, abs=1e-5)
    assert hit.keyword > 0
    assert await former.page("intro") == page("intro.md")


async def test_a_build_of_version_0_1_has_no_vocabulary(former: PassageIndex) -> None:
    assert not await former.vocabulary(1)
