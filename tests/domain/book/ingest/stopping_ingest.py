"""An ingest into the embedded engine that stops for ever at one step, as a process that a test kills.

Arguments: the folders of the pages and of the data, the step, and "rebuild" or "update". The ingest stops before a
write, given by its name or number, or after it, if a plus follows the name.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from glossator.domain.book.ingest.book_options import IngestOptions
from glossator.domain.book.ingest.ingest import Ingest
from glossator.domain.book.sources.folder import read_pages
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from glossator.kernel.guards.guard import Guard
from glossator_plugins.qdrant_edge.folder import EdgeFolder
from glossator_plugins.qdrant_edge.index import EdgeIndex
from tests.indexes import CountingEmbedder

WRITES: Final = (
    "begin", "put_passages", "move_passages", "put_pages", "delete", "save", "activate", "add_vectors", "create",
)  # fmt: skip


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def stopping_index(data: Path, step: str) -> EdgeIndex:
    index, calls = EdgeIndex(EdgeFolder(data), Guard("qdrant_edge")), iter(range(1, 1000))

    def stopping(name: str) -> Callable[..., Awaitable[Any]]:
        write = getattr(index, name)

        async def call(*args: Any, **options: Any) -> Any:
            if step in {name, str(next(calls))}:
                await stop()
            result = await write(*args, **options)
            if step == f"{name}+":
                await stop()
            return result

        return call

    for name in WRITES:
        setattr(index, name, stopping(name))
    return index


async def stop() -> None:
    say("reached")
    await asyncio.Event().wait()


async def main(docs: Path, data: Path, step: str, kind: str) -> None:
    ingest = Ingest(stopping_index(data, step), CountingEmbedder(slow=True), Splitter(Limits(1000)), batch=2)
    await ingest.run(read_pages(docs, "docusaurus"), IngestOptions(rebuild=kind == "rebuild"))
    say("finished")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]))
