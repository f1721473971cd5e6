"""Splits the largest pages, loads a book with the local models, then again without a change."""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from time import process_time
from typing import Any, Final

from bench.figures import Figure
from bench.server import ROOT, environment
from glossator.domain.book.pages.parsing import parse_page
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter

DOCS: Final = ROOT.parent / "shared" / "data" / "starlette-docs" / "docs"
LARGEST: Final = 5 * 1024 * 1024
ROW: Final = f"| 1234 | some words of a row | yes | {'and more words ' * 5}|\n"
CODE: Final = f"print('{'some words of code ' * 5}')\n"
LONG: Final = {
    "table": f"| a | b | c | d |\n|---|---|---|---|\n{ROW * (LARGEST // len(ROW))}",
    "fence": f"```\n{CODE * (LARGEST // len(CODE))}```\n",
    "line": "Some words of a sentence. " * (LARGEST // 26),
}
"""Pages of the largest size that are one block."""
MARKS: Final = (
    "#", "`", "[", "[[[[ ", "<!--", "<a<a<a ", "**a** ", "|", "a", "a. ", "[a](b) ",
    "\u6f22\u5b57", "`a` ", "`` ` ", "$a$ ", r"\( ", r"a\_b ",
)  # fmt: skip
"""Repeated, they are one line."""
LINES: Final = ("# a\n", "`\n", "[\n", ":::\n", ":::tip\n", "<a b={\n", "$$a\n", "<!--\n", "export {\n\n")


def split_seconds(source: str) -> float:
    """CPU seconds from the source of a page to its passages."""
    splitter = Splitter(Limits(1000))
    began = process_time()
    splitter(parse_page("page.md", source))
    return process_time() - began


async def figures() -> AsyncIterator[Figure]:
    marks = [split_seconds(mark * (LARGEST // len(mark.encode()))) for mark in MARKS]
    lines = [split_seconds(line * (49_000 // line.count("\n"))) for line in LINES]
    for name, source in LONG.items():
        yield Figure(f"splitting a {name} of 5 MiB", (split_seconds(source),), "CPU s", 3.0)
    yield Figure("splitting a line of 5 MiB of one mark, the slowest", (max(marks),), "CPU s", 3.0)
    yield Figure("splitting 49,000 lines of one mark, the slowest", (max(lines),), "CPU s", 10.0)
    if not DOCS.is_dir():
        return
    with tempfile.TemporaryDirectory() as folder:
        first = await ingest(DOCS, Path(folder))
        second = await ingest(DOCS, Path(folder))
    yield Figure("ingest of the Starlette docs, local models", (first["seconds"],), "s", 60.0)
    yield Figure("  passages embedded", (first["passages"]["embedded"],), "")
    yield Figure("again, unchanged", (second["seconds"],), "s")
    yield Figure("  passages embedded", (second["passages"]["embedded"],), "", 1)


async def ingest(docs: Path, data: Path, extra: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Runs `glossator ingest` and returns its summary."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "glossator", "ingest", str(docs), "--json", cwd=ROOT,
        env=environment(data, 8080, extra or {}),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    if process.returncode:
        raise RuntimeError(err.decode())
    summary: dict[str, Any] = json.loads(out)
    return summary
