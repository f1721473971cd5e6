"""Changes of a ready build, for every implementation: readers see all of them at once, or none."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from glossator.domain.book.index import READY, Build, PassageIndex, Suggestion
from glossator.domain.book.passages import Page, Passage
from tests.plugins.ports.test_passage_index import (
    BUILD,
    IMPLEMENTATIONS,
    TEXTS,
    axis,
    book,
    page,
    passage,
    point,
    query,
)

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")

READ = "Mount StaticFiles to serve a directory"
MOVING = passage("routing.md", 1, TEXTS["routing.md"][1])
MOVED = replace(MOVING, start=7, end=9, url="routing#moved")
NEW = point("routing.md", 5, "A websocket is a long conversation", axis(6))
OLD_PAGES = ("routing.md", "tests.md")
NEW_PAGE = replace(page("routing.md"), source="The new source", hash="new", title="New")


@pytest.fixture(params=IMPLEMENTATIONS)
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PassageIndex]:
    """With a ready build that is live."""
    async with IMPLEMENTATIONS[request.param](tmp_path, False) as implementation:
        await implementation.create(BUILD)
        await implementation.put_passages(1, list(book()))
        await implementation.put_pages(1, [page(path) for path in TEXTS])
        await implementation.activate(1)
        await implementation.save(replace(BUILD, state=READY))
        yield implementation


async def live(index: PassageIndex) -> Build:
    build = await index.live()
    assert build is not None
    return build


async def publish(index: PassageIndex) -> None:
    build = await live(index)
    await index.save(replace(build, generation=build.draft))


async def seen(index: PassageIndex) -> tuple[dict[str, Passage], Page | None, int]:
    """The passages that a reader finds, the page, and the number of its words that the vocabulary has."""
    hits = [hit for text in ("A", "route websocket StaticFiles") for hit in await index.search(query(text, axis(3)))]
    words = await index.vocabulary(1)
    return {hit.passage.id: hit.passage for hit in hits}, await index.page("routing"), len(words)


async def change(index: PassageIndex) -> None:
    """Replaces a passage, moves one, and replaces and removes a page."""
    await index.put_passages(1, [NEW])
    await index.move_passages(1, [(MOVED, "new")])
    await index.put_pages(1, [NEW_PAGE])
    await index.delete(1, passages=[passage("routing.md", 0, READ).id])
    await index.delete(1, pages=["tests.md"], passages=[passage("tests.md", 0, TEXTS["tests.md"][0]).id])


async def paths(index: PassageIndex, *, draft: bool) -> list[tuple[str, str]]:
    return sorted([(entry.path, entry.hash) async for entry in index.pages(1, draft=draft)])


async def ids(index: PassageIndex, *, draft: bool) -> dict[str, str]:
    return {entry.id: entry.page_hash async for entry in index.passages(1, draft=draft)}


def old_ids() -> Iterator[str]:
    return (point.passage.id for point in book())


async def test_readers_see_nothing_of_a_draft(index: PassageIndex) -> None:
    before = await seen(index), await paths(index, draft=False), await ids(index, draft=False)

    await index.begin(1)
    await change(index)

    assert (await seen(index), await paths(index, draft=False), await ids(index, draft=False)) == before


async def test_the_draft_lists_what_readers_will_see(index: PassageIndex) -> None:
    await index.begin(1)
    await change(index)
    pages, passages = await paths(index, draft=True), await ids(index, draft=True)

    await publish(index)

    assert pages == [("intro.md", "hash of intro.md"), ("routing.md", "new")] == await paths(index, draft=False)
    removed = {passage("routing.md", 0, READ).id, passage("tests.md", 0, TEXTS["tests.md"][0]).id}
    assert passages.keys() == {*old_ids(), NEW.passage.id} - removed
    assert passages == await ids(index, draft=False)
    assert passages[MOVED.id] == "new"


async def test_one_write_shows_the_whole_draft(index: PassageIndex) -> None:
    await index.begin(1)
    await change(index)

    await publish(index)

    found, routing, _ = await seen(index)
    assert found[MOVED.id] == MOVED
    assert NEW.passage.id in found
    assert passage("routing.md", 0, READ).id not in found
    assert routing == NEW_PAGE
    assert await index.page("tests") is None


@pytest.mark.parametrize("times", [2, 3])
async def test_passages_and_pages_change_again_and_again(index: PassageIndex, times: int) -> None:
    for number in range(times):
        moved = replace(MOVING, start=number, end=number + 1, url=f"routing#{number}")
        await index.begin(1)
        await index.move_passages(1, [(moved, f"hash {number}")])
        await index.put_pages(1, [replace(NEW_PAGE, hash=f"hash {number}")])
        before, _, _ = await seen(index)
        assert before[MOVING.id].url != moved.url
        await publish(index)
        after, routing, _ = await seen(index)
        assert after[MOVING.id] == moved
        assert routing is not None
        assert routing.hash == f"hash {number}"


async def test_an_interrupted_draft_keeps_its_new_passages_and_undoes_the_rest(index: PassageIndex) -> None:
    before = await seen(index), await paths(index, draft=False), await ids(index, draft=False)
    await index.begin(1)
    await change(index)

    continued = await index.begin(1)

    assert continued
    assert await paths(index, draft=True) == before[1]
    assert await ids(index, draft=True) == {**before[2], NEW.passage.id: NEW.page_hash}
    assert (await seen(index), await paths(index, draft=False), await ids(index, draft=False)) == before


async def test_what_only_a_draft_has_can_be_deleted(index: PassageIndex) -> None:
    await index.begin(1)
    await index.put_passages(1, [NEW])

    await index.delete(1, passages=[NEW.passage.id])

    assert NEW.passage.id not in await ids(index, draft=True)
    assert not await index.begin(1)


async def test_what_readers_no_longer_see_is_removed_by_the_next_draft(index: PassageIndex) -> None:
    await index.begin(1)
    await change(index)
    await publish(index)

    assert not await index.begin(1)

    assert len(await ids(index, draft=True)) == len([*old_ids()]) - 1
    again = point("routing.md", 0, READ, axis(1))
    await index.put_passages(1, [again])
    assert again.passage.id not in (await seen(index))[0]
    await publish(index)
    assert again.passage.id in (await seen(index))[0]


async def test_a_passage_of_a_draft_is_filled_with_a_slow_vector(index: PassageIndex) -> None:
    await index.begin(1)
    await index.put_passages(1, [replace(NEW, vectors={})])

    lacking = [found.id async for found in index.lacking(1, "dense")]
    await index.add_vectors(1, "dense", {NEW.passage.id: axis(6)})

    assert lacking == [NEW.passage.id]
    assert [found.id async for found in index.lacking(1, "dense")] == []


async def passages_of(index: PassageIndex, *pages: str) -> dict[str, Passage]:
    return {found.id: found async for found in index.passages_of(1, pages)}


async def test_the_passages_of_a_page_are_those_that_readers_see(index: PassageIndex) -> None:
    await index.begin(1)
    await change(index)

    before = await passages_of(index, "routing.md", "tests.md", "absent.md")
    await publish(index)
    after = await passages_of(index, "routing.md")

    assert before == {point.passage.id: point.passage for point in book() if point.passage.page in OLD_PAGES}
    assert after == {MOVED.id: MOVED, NEW.passage.id: NEW.passage}


ASKED = (Suggestion("What is a route?", "routing#top", 0.75), Suggestion("چہ؟", "routing", 0.5))


async def suggested(index: PassageIndex) -> dict[str, tuple[Suggestion, ...] | None]:
    return {page.path: page.suggestions async for page in index.suggested(1)}


async def test_a_page_has_the_questions_that_were_put_and_the_others_none(index: PassageIndex) -> None:
    await index.put_suggestions(1, {"routing.md": ASKED, "tests.md": (), "absent.md": ASKED})

    listed = await suggested(index)

    assert (listed["routing.md"], listed["tests.md"]) == (ASKED, ())
    assert {path for path, found in listed.items() if found is None} == {*TEXTS} - {"routing.md", "tests.md"}
    assert await index.page("routing") == page("routing.md")


async def test_readers_keep_the_questions_of_a_page_until_its_new_version_is_shown(index: PassageIndex) -> None:
    await index.put_suggestions(1, {"routing.md": ASKED, "tests.md": ASKED})
    await index.begin(1)
    await change(index)

    before = await suggested(index)
    await publish(index)
    after = await suggested(index)

    assert (before["routing.md"], before["tests.md"]) == (ASKED, ASKED)
    assert after["routing.md"] is None
    assert "tests.md" not in after


async def test_questions_are_put_to_the_version_that_readers_see(index: PassageIndex) -> None:
    for _ in range(3):  # both points of the page are used
        await index.begin(1)
        await index.put_pages(1, [NEW_PAGE])
        await publish(index)
        await index.begin(1)
        await index.put_pages(1, [page("routing.md")])
        await index.put_suggestions(1, {"routing.md": ASKED})

        assert (await suggested(index))["routing.md"] == ASKED
        await publish(index)
        assert (await suggested(index))["routing.md"] is None
