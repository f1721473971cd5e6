"""Writes a page into the embedded index of a folder, as a process that a test kills while the index is open."""

import asyncio
import sys
from pathlib import Path

from glossator.domain.book.index import Build, VectorSpace
from glossator.domain.book.passages import Page
from glossator.kernel.guards.guard import Guard
from glossator_plugins.qdrant_edge.folder import EdgeFolder
from glossator_plugins.qdrant_edge.index import EdgeIndex


async def main(folder: Path) -> None:
    index = EdgeIndex(EdgeFolder(folder), Guard("qdrant_edge"))
    await index.create(Build(1, "A Book", "", (VectorSpace("dense", "counting", 8),), "splitter-1", "2"))
    await index.activate(1)
    await index.put_pages(1, [Page("a.md", "A", "a", "source", "hash")])
    sys.stdout.write("written\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
