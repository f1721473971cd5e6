"""Ingests generated books of 500, 1,000 and 2,000 pages: CPU time, memory, and space on the disk.

The vectors come from a local server that speaks OpenAI's protocol, with as many numbers as both local models have.
"""

import asyncio
import json
import random
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from bench.figures import Figure
from bench.server import ROOT, environment
from tests.servers.openai_behaviour import Behaviour
from tests.servers.openai_server import openai_server

PAGES: Final = (500, 1000, 2000)
SECTIONS: Final = 5
WORDS_OF_A_SECTION: Final = 110
WORDS: Final = tuple(f"word{number}" for number in range(3000))
SAMPLE_SECONDS: Final = 0.05
MEMORY_LIMIT: Final = 400.0


@dataclass(frozen=True)
class Usage:
    """Of one process: passages, CPU seconds, the peak of its resident memory, and the space that its data take."""

    embedded: int
    cpu_seconds: float
    memory_mib: float
    disk_mb: float


async def figures() -> AsyncIterator[Figure]:
    used: dict[int, Usage] = {}
    async with openai_server(Behaviour()) as server:
        settings = {
            "PLUGINS": "openai,qdrant_edge,local_postgres",
            "OPENAI_API_KEY": "sk-bench",
            "OPENAI_BASE_URL": server.url,
            "OPENAI__EMBEDDING_DIMENSION": "768",
        }
        for pages in PAGES:
            with tempfile.TemporaryDirectory() as folder:
                docs, data = Path(folder) / "docs", Path(folder) / "data"
                write_book(docs, pages)
                used[pages] = await ingest(docs, data, settings)
                again = await ingest(docs, data, settings)
            limit = MEMORY_LIMIT if pages == 1000 else None
            yield Figure(
                f"ingest of {pages:,} pages, {pages * SECTIONS:,} passages", (used[pages].cpu_seconds,), "CPU s"
            )
            yield Figure("  peak of the memory", (used[pages].memory_mib,), "MiB", limit)
            yield Figure("  space on the disk", (used[pages].disk_mb,), "MB")
            yield Figure("  again, unchanged", (again.cpu_seconds,), "CPU s")
            yield Figure("  passages embedded", (again.embedded,), "", 1)
    per_page = {pages: usage.cpu_seconds / pages for pages, usage in used.items()}
    yield Figure("CPU time of a page, 2,000 pages against 1,000", (per_page[2000] / per_page[1000],), "x", 1.2)


def write_book(folder: Path, pages: int, page_sections: int = SECTIONS) -> None:
    chooser = random.Random(1)
    folder.mkdir()
    for number in range(pages):
        sections = (
            f"## Section {section}\n\n{' '.join(chooser.choices(WORDS, k=WORDS_OF_A_SECTION))}.\n"
            for section in range(page_sections)
        )
        (folder / f"{number:05}.md").write_text(f"# Page {number}\n\n" + "\n".join(sections), encoding="utf-8")


async def ingest(docs: Path, data: Path, settings: Mapping[str, str]) -> Usage:
    """Runs `glossator ingest` and samples its process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "glossator", "ingest", str(docs), "--json",
        cwd=ROOT, env=environment(data, 8080, settings),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    ending = asyncio.create_task(process.communicate())
    cpu = memory = 0.0
    while not ending.done():
        await asyncio.wait([ending], timeout=SAMPLE_SECONDS)
        try:
            sampled = psutil.Process(process.pid)
            times = sampled.cpu_times()
            cpu, memory = times.user + times.system, max(memory, sampled.memory_info().rss / 2**20)
        except psutil.Error:
            break
    output, _ = await ending
    if process.returncode:
        raise RuntimeError(f"the ingest ended with exit code {process.returncode}")
    blocks = sum(file.stat().st_blocks for file in (data / "index").rglob("*"))
    return Usage(json.loads(output)["embedded"], cpu, memory, blocks * 512 / 1e6)
