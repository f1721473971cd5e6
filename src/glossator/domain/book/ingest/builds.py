"""Which build an ingest writes into, and when readers are given another one.

Rules:
- The live build is written in place, so that a small change costs little.
- A first run and a rebuild write into a build beside it, which goes live when it is complete, never before.
- What an interrupted first run or rebuild left is taken up again when it was made by the same model and splitter.
- The build that was live before a rebuild is kept for a rollback; all others are dropped.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from glossator.domain.book.index import Build, PassageIndex
from glossator.domain.book.ingest.changes import Record
from glossator.domain.book.passages import BrokenPage
from glossator.domain.errors import BookMismatch, Refused

BUILDING = "building"
READY = "ready"


@dataclass(frozen=True)
class Target:
    """The build to write into. A `fresh` one does not exist yet."""

    build: Build
    live: bool
    fresh: bool


@dataclass(frozen=True)
class Outcome:
    """What an ingest did to its target, and which pages it could not read."""

    before: Record
    after: Record
    broken: Sequence[BrokenPage]


async def choose_target(index: PassageIndex, wanted: Build, *, rebuild: bool) -> Target:
    """The build for these settings; nothing is written.

    Raises BookMismatch when the live build was made otherwise and no rebuild is asked for.
    """
    live, builds = await live_build(index), await index.builds()
    if live and not rebuild:
        require_fit(live, wanted)
        return Target(live, live=True, fresh=False)
    for build in reversed(builds):
        if _left_over(build, live) and _same_making(build, wanted):
            return Target(build, live=False, fresh=False)
    number = 1 + max((build.number for build in builds), default=0)
    return Target(replace(wanted, number=number, state=BUILDING), live=False, fresh=True)


async def live_build(index: PassageIndex) -> Build | None:
    """The live build if it is one of ours: another program's collection is never written into."""
    live = await index.live()
    return live if live and live.number > 0 else None


def require_fit(live: Build, wanted: Build) -> None:
    """Raises BookMismatch naming both sides and the command."""
    if not _same_making(live, wanted):
        raise BookMismatch(
            f"the book was made with {_making(live)}, the settings name {_making(wanted)}"
            " - run: glossator ingest --rebuild"
        )


async def publish(index: PassageIndex, target: Target, build: Build, outcome: Outcome) -> bool:
    """Store what the filled build now says of itself and make it the live one; whether it is.

    A new build that would lose readers a page which is only broken stays aside; the next rebuild goes on with it.
    """
    if target.live:
        ready = replace(build, state=READY)
        if ready != target.build or outcome.before != outcome.after:
            await index.save(ready)
        return True
    await index.save(replace(build, state=BUILDING))
    if await _would_lose_pages(index, outcome):
        return False
    await _make_live(index, build)
    return True


async def roll_back(index: PassageIndex, wanted: Build) -> Build:
    """Activate the build before the live one. Raises Refused, or BookMismatch when no question would fit it."""
    live = await live_build(index)
    earlier = [b for b in await index.builds() if live and b.number < live.number and b.state == READY]
    if not earlier:
        raise Refused("there is no earlier build to go back to - a rebuild keeps the one before it")
    build = earlier[-1]
    if (build.embedding_model, build.dimension) != (wanted.embedding_model, wanted.dimension):
        raise BookMismatch(
            f"build {build.number} was made with {_making(build)}, the settings name {_making(wanted)}"
            " - set the embedding model back first"
        )
    await index.activate(build.number)
    return build


async def _make_live(index: PassageIndex, build: Build) -> None:
    before = await index.live()
    await index.activate(build.number)
    await index.save(replace(build, state=READY))
    kept = {build.number, before.number if before else 0}
    for other in await index.builds():
        if other.number not in kept:
            await index.drop(other.number)


async def _would_lose_pages(index: PassageIndex, outcome: Outcome) -> bool:
    live = await live_build(index) if outcome.broken else None
    if live is None:
        return False
    served = {page.path async for page in index.pages(live.number)}
    return any(page.path in served and page.path not in outcome.after.pages for page in outcome.broken)


def _left_over(build: Build, live: Build | None) -> bool:
    return live is None or (build.number > live.number and build.state == BUILDING)


def _same_making(one: Build, other: Build) -> bool:
    return (one.embedding_model, one.dimension, one.splitter) == (
        other.embedding_model,
        other.dimension,
        other.splitter,
    )


def _making(build: Build) -> str:
    return f"{build.embedding_model or 'no model'} (dimension {build.dimension}, splitter {build.splitter})"
