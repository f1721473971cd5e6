"""Chooses the build that an ingest writes to, and decides when it goes live.

Rules:
- The live build is changed by a draft, so that a small change is cheap. Readers see it when it is complete.
- A first run or a rebuild writes to a new build, which goes live only when it was verified.
- An interrupted first run or rebuild is resumed if it used the same models, splitter and word rules.
- A live build of other rules or models is served as it is, but not changed: its passages do not fit beside new ones.
- The build that was live before a rebuild is kept for a rollback; all others are deleted.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from glossator.domain.book.index import BUILDING, READY, Build, PassageIndex, PassagePoint, Query
from glossator.domain.book.ingest.changes import BuildContents, read_contents
from glossator.domain.book.ingest.live_build import (
    REBUILD_COMMAND,
    describe_build,
    describe_mismatch,
    find_live_build,
    matches,
)
from glossator.domain.book.passages import BrokenPage, Passage
from glossator.domain.book.words import query_words
from glossator.domain.errors import BookMismatch, Refused, Unavailable


@dataclass(frozen=True)
class Target:
    """The build to write to. A `fresh` build does not exist yet."""

    build: Build
    live: bool
    fresh: bool


@dataclass(frozen=True)
class IngestOutcome:
    """The target's contents before and after an ingest, those it should have, and the pages that could not be read.

    `sample` is one of the passages that were written.
    """

    before: BuildContents
    after: BuildContents
    expected: BuildContents
    sample: PassagePoint | None
    broken: Sequence[BrokenPage]


async def choose_target(index: PassageIndex, requested: Build, *, rebuild: bool) -> Target:
    """Return the build for these settings without writing anything.

    Raises BookMismatch if the live build needs a rebuild to match the settings and `rebuild` is off.
    """
    live, builds = await find_live_build(index), await index.builds()
    if live and not rebuild:
        require_match(live, requested)
        return Target(live, live=True, fresh=False)
    for build in reversed(builds):
        if _is_unfinished(build, live) and matches(build, requested):
            return Target(build, live=False, fresh=False)
    number = 1 + max((build.number for build in builds), default=0)
    return Target(replace(requested, number=number, state=BUILDING), live=False, fresh=True)


def require_match(live: Build, requested: Build) -> None:
    """Raises BookMismatch, which names both models and the command that fixes the difference."""
    if not matches(live, requested):
        raise BookMismatch(f"{describe_mismatch(live, requested)} - run: {REBUILD_COMMAND}")


async def begin(index: PassageIndex, target: Target) -> tuple[BuildContents, BuildContents]:
    """What readers see of the build, and what is written of it: more, if an interrupted run is continued."""
    build = target.build
    if target.fresh:
        await index.create(build)
    elif target.live and build.state != READY:  # a process ended just after it went live
        await index.save(replace(build, state=READY))
    continued = target.live and await index.begin(build.number)
    seen = await read_contents(index, build.number)
    return seen, await read_contents(index, build.number, draft=True) if continued else seen


async def publish(index: PassageIndex, target: Target, build: Build, outcome: IngestOutcome) -> bool:
    """Save the build's new title and counts and show its changes; return whether it is live.

    Raises Unavailable if a draft is incomplete, which the next run continues, or a new build, which is removed. A new
    build does not go live if it lacks a page that is being served and is only broken now. The next rebuild resumes it.
    """
    if target.live:
        await _publish_draft(index, target, replace(build, state=READY), outcome)
        return True
    await index.save(replace(build, state=BUILDING))
    if await _would_lose_pages(index, outcome):
        return False
    await _verify(index, build, outcome)
    await _make_live(index, build)
    return True


async def _publish_draft(index: PassageIndex, target: Target, ready: Build, outcome: IngestOutcome) -> None:
    if not outcome.after.equals(outcome.expected):
        wanted, found = _describe_contents(outcome.expected), _describe_contents(outcome.after)
        raise Unavailable("index", f"it stored {found} instead of {wanted}; readers see no change - repeat the command")
    if ready != target.build or outcome.before != outcome.after:
        await index.save(replace(ready, generation=ready.draft))


async def roll_back(index: PassageIndex, requested: Build) -> Build:
    """Activate the build before the live one.

    Raises Refused, or BookMismatch if it shares no embedding model with the settings.
    """
    live = await find_live_build(index)
    earlier = [b for b in await index.builds() if live and b.number < live.number and b.state == READY]
    if not earlier:
        raise Refused("there is no earlier build to roll back to - only a rebuild keeps the previous build")
    build = earlier[-1]
    if (build.spaces or requested.spaces) and not {*build.spaces} & {*requested.spaces}:
        raise BookMismatch(
            f"build {build.number} was made with {describe_build(build)}, but the settings name "
            f"{describe_build(requested)} - restore the embedding model first"
        )
    await index.activate(build.number)
    return build


async def _verify(index: PassageIndex, build: Build, outcome: IngestOutcome) -> None:
    errors = [error async for error in _find_errors(index, build, outcome)]
    if errors:
        await index.drop(build.number)
        raise Unavailable(
            "index",
            f"the new build {build.number} is incomplete ({'; '.join(errors)}) and was removed;"
            " what was served before is still served - repeat the command",
        )


async def _find_errors(index: PassageIndex, build: Build, outcome: IngestOutcome) -> AsyncIterator[str]:
    if not await asyncio.to_thread(outcome.after.equals, outcome.expected):
        yield f"it has {_describe_contents(outcome.after)} instead of {_describe_contents(outcome.expected)}"
    for space in build.spaces:
        if space.name not in build.pending and await _first_lacking(index, build, space.name):
            yield f"a passage has no vector of {space.model}"
    if build.passages and not await _finds(index, build, outcome.sample):
        yield "a search finds nothing"


async def _finds(index: PassageIndex, build: Build, sample: PassagePoint | None) -> bool:
    """Whether a passage is found by its own vectors and words; by its words alone if this run did not write it."""
    if sample is None:
        passage = await _first_lacking(index, build, "")  # no passage has a vector in a space without a name
        words, vectors = query_words(passage.indexed_text if passage else ""), {}
    else:
        words, vectors = sample.words, dict(sample.vectors)
    if not words.indices and not vectors:
        return True
    hits = await index.search(Query(vectors, words, limit=10, build=build.number))
    return bool(hits) and vectors.keys() <= {name for hit in hits for name in hit.cosines}


async def _first_lacking(index: PassageIndex, build: Build, space: str) -> Passage | None:
    async for passage in index.lacking(build.number, space):
        return passage
    return None


def _describe_contents(contents: BuildContents) -> str:
    passages = sum(map(len, contents.passages.values()))
    return f"{len(contents.pages):,} pages and {passages:,} passages"


async def _make_live(index: PassageIndex, build: Build) -> None:
    before = await index.live()
    await index.activate(build.number)
    await index.save(replace(build, state=READY))
    retained = {build.number, before.number if before else 0}
    for other in await index.builds():
        if other.number not in retained:
            await index.drop(other.number)


async def _would_lose_pages(index: PassageIndex, outcome: IngestOutcome) -> bool:
    live = await find_live_build(index) if outcome.broken else None
    if live is None:
        return False
    served = {page.path async for page in index.pages(live.number)}
    return any(page.path in served and page.path not in outcome.after.pages for page in outcome.broken)


def _is_unfinished(build: Build, live: Build | None) -> bool:
    return live is None or (build.number > live.number and build.state == BUILDING)
