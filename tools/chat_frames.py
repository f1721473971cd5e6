"""Counts the files of ours that run during one `/chat` of the embedded app: `python -m tools.chat_frames`.

Only frames in the task of that request count, and in the tasks that it starts. Other work of the same process, such as
an ingest, does not, nor does what its threads do.
"""

import asyncio
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import FrameType
from typing import Final

import glossator
import glossator_plugins
from glossator.app import register, running_services
from glossator.commands.ingest.follow import FolderWatcher
from glossator.configuration import core as conf
from glossator.kernel.draining import Draining
from glossator.web.http.context import WebApp

ROOT: Final = Path(__file__).parent.parent
PACKAGES: Final = tuple(Path(str(package.__file__)).parent for package in (glossator, glossator_plugins))
QUESTION: Final = "How is a passage found?"
IN_REQUEST: Final = ContextVar("in_request", default=False)


@contextmanager
def record_files() -> Iterator[set[str]]:
    """Collects the file of every Python frame of this context on the event loop's thread, not of background tasks."""
    files: set[str] = set()

    def profile(frame: FrameType, _event: str, _argument: object) -> None:
        if IN_REQUEST.get():
            files.add(frame.f_code.co_filename)

    token = IN_REQUEST.set(True)
    sys.setprofile(profile)
    try:
        yield files
    finally:
        sys.setprofile(None)
        IN_REQUEST.reset(token)


def own_files(files: Iterable[str]) -> list[str]:
    """Paths that begin with the package's name, sorted, without `__init__.py`."""
    return sorted(
        str(path.relative_to(package.parent))
        for path in map(Path, files)
        for package in PACKAGES
        if path.is_relative_to(package) and path.name != "__init__.py"
    )


async def files_of_one_chat(data: Path) -> list[str]:
    """Loads the sample book, asks once to warm up, and records the second question."""
    options = {"DATA_PATH": str(data), "DOCS_PATH": str(ROOT / "sample-book")}
    configuration = conf.load(options, environment=conf.EMBEDDED)
    async with running_services(configuration, Draining()) as services:
        app = WebApp()
        register(app, services)
        await FolderWatcher.from_services(services).load()
        client = app.test_client()
        await client.post("/chat", json={"query": QUESTION})
        with record_files() as files:
            response = await client.post("/chat", json={"query": QUESTION})
        answer = await response.get_json()
    if not answer.get("citations"):
        raise SystemExit(f"the question was not answered from the sample book: {answer}")
    return own_files(files)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(files_of_one_chat(Path(folder)))
    sys.stdout.write("\n".join([f"{len(found)} files of ours run during one /chat:", *found]) + "\n")
