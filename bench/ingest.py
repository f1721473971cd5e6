"""Loads a book with the local models, then again without a change."""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

from bench.figures import Figure
from bench.server import ROOT, environment

DOCS: Final = ROOT.parent / "shared" / "data" / "starlette-docs" / "docs"


async def figures() -> AsyncIterator[Figure]:
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
