"""The live build and the one that the settings would make. A start compares them without loading the ingest."""

from glossator.domain.book.index import Build, PassageIndex, VectorSpace, shared_spaces
from glossator.domain.book.ingest.book_options import IngestOptions
from glossator.domain.book.words import WORD_RULES
from glossator.domain.ports.embedder import Embedder

REBUILD_COMMAND = "glossator ingest --rebuild"


async def find_live_build(index: PassageIndex) -> Build | None:
    """Return the live build if Glossator created it; another program's collection is never written to."""
    live = await index.live()
    return live if live and live.number > 0 else None


def requested_build(embedder: Embedder, splitter: str, options: IngestOptions) -> Build:
    """The build that the settings would make; `splitter` is the version of the splitter."""
    return Build(
        number=0,
        title=options.title,
        site_url=options.site_url,
        spaces=tuple(VectorSpace(space.name, space.model, space.dimension) for space in embedder.spaces),
        splitter=splitter,
        words=WORD_RULES,
        pending=tuple(space.name for space in embedder.spaces if space.slow),
    )


def matches(one: Build, other: Build) -> bool:
    """Whether both builds have the same models, splitter and word rules."""
    return (one.spaces, one.splitter, one.words) == (other.spaces, other.splitter, other.words)


def describe_mismatch(live: Build, requested: Build) -> str:
    return f"the book was built with {describe_build(live)}, but the settings name {describe_build(requested)}"


async def describe_outdated(index: PassageIndex, requested: Build) -> str:
    """How the live build differs from the requested one, and what to do; "" if it does not."""
    live = await find_live_build(index)
    if live is None or matches(live, requested):
        return ""
    return f"{describe_mismatch(live, requested)}; it is served as it is - run: {REBUILD_COMMAND}"


def slow_spaces(build: Build, embedder: Embedder) -> list[str]:
    """The spaces of this build that `Ingest.fill` can complete."""
    shared = shared_spaces(build, embedder.spaces)
    return [space.name for space in embedder.spaces if space.slow and space.name in shared]


async def is_unfilled(index: PassageIndex, embedder: Embedder) -> bool:
    """Whether a slow space must be completed before the live build can be searched in it."""
    live = await find_live_build(index)
    return live is not None and bool({*live.pending} & {*slow_spaces(live, embedder)})


def describe_build(build: Build) -> str:
    models = " and ".join(f"{space.model} ({space.dimension} dimensions)" for space in build.spaces) or "no model"
    return f"{models}, splitter {build.splitter}, word rules {build.words}"
