"""What the process costs before anybody asks: imports, start, idle memory, and commands that only print."""

import asyncio
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

import psutil

from bench.figures import Figure, aim, ratio
from bench.server import ROOT, environment, server
from bench.site import running_site
from bench.upstreams import Delays

ROUNDS: Final = 5
LIBRARIES: Final = (
    "quart", "hypercorn.asyncio", "quart_cors", "dynaconf", "openai", "aiohttp", "qdrant_client", "asyncpg",
    "pydantic", "click", "jwt",
)  # fmt: skip
"""Of the server with the four production services."""
LOADED: Final = (
    *LIBRARIES, "uvloop", "markdown_it", "mdit_py_plugins.admon", "mdit_py_plugins.dollarmath", "argon2",
    "snowballstemmer", "openai.resources.chat", "openai.resources.embeddings", "httpcore", "httpcore2",
)  # fmt: skip
"""All that this server has loaded when it is idle, with what the vendors' clients load when they are made."""
COMMANDS: Final = (("--help",), ("routes",), ("serve", "--help"), ("check", "--help"))


async def figures() -> AsyncIterator[Figure]:
    for library in LIBRARIES:
        yield await _import(library)
    for command in COMMANDS:
        seconds = tuple([await asyncio.to_thread(cpu_of, "-m", "glossator", *command) for _ in range(ROUNDS)])
        limit = aim("idle", "command_cpu_seconds")
        yield Figure(f"glossator {' '.join(command)}", seconds, "CPU s", limit)
    async with running_site(Delays()) as site:
        starts, memory, imports, imported = [], [], [], []
        for _ in range(ROUNDS):
            async with server("serve", data=Path(tempfile.gettempdir()), extra=site.settings) as running:
                starts.append(running.seconds)
                memory.append(psutil.Process(running.pid).memory_info().rss / 2**20)
            took, mebibytes = await asyncio.to_thread(_importing_process)
            imports.append(took)
            imported.append(mebibytes)
    yield Figure("serve, start to healthy", tuple(starts), "s")
    yield Figure("  a process that imports the same libraries", tuple(imports), "s")
    yield ratio("  ratio", starts, imports, aim("idle", "start_times_imports"))
    yield Figure("memory when idle", tuple(memory), "MiB")
    yield Figure("  of that process", tuple(imported), "MiB")
    more = tuple(one - other for one, other in zip(memory, imported, strict=True))
    yield Figure("  more than that", more, "MiB", aim("idle", "memory_over_imports_mib"))


async def _import(library: str) -> Figure:
    seconds = [await asyncio.to_thread(cpu_of, "-c", f"import {library}") for _ in range(ROUNDS)]
    _, mebibytes = await asyncio.to_thread(_importing_process, (library,))
    return Figure(f"import {library} alone ({mebibytes:.0f} MiB)", tuple(seconds), "CPU s")


def _importing_process(libraries: Sequence[str] = LOADED) -> tuple[float, float]:
    """Seconds until it has imported them, and its memory then."""
    began = time.monotonic()
    code = f"import {', '.join(libraries)}; print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        seconds = time.monotonic() - began
        memory = psutil.Process(process.pid).memory_info().rss / 2**20
        process.communicate(b"\n")
    return seconds, memory


def cpu_of(*arguments: str) -> float:
    """CPU seconds of a Python process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment(Path(tempfile.gettempdir()), 8080, {}),
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
