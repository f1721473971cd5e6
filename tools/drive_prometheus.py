"""Scrapes a production server with a real Prometheus and evaluates every expression of `deploy/grafana.json`.

Run it with `python -m tools.drive_prometheus`; it needs `prometheus` and `promtool` (Debian: `apt-get install
prometheus`). It prints what they print and ends with an error if the format has a fault or an expression has no value.
"""

import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from math import isfinite
from pathlib import Path
from typing import Any, Final

import click
import httpx

from bench.readers import ask
from bench.server import ROOT, free_port
from bench.site import running_site
from bench.upstreams import Delays

KEY: Final = "an-admin-key-that-is-long-enough-for-a-server"
ADMIN: Final = {"Authorization": f"Bearer {KEY}"}
SETTINGS: Final = {
    "ADMIN_API_KEY": KEY,
    "LIMITS__SEARCH_PER_NETWORK": "3",
    "REWRITING__ONLY_BOOK": "false",
    **{f"OPENAI__{name}_PRICE": "0.5" for name in ("PROMPT", "COMPLETION", "EMBEDDING")},
}
LOW_SCORE: Final = {"OPENAI__EVIDENCE_NONE": "0.1", "OPENAI__EVIDENCE_WEAK": "0.1"}
"""Vectors of the fake model are alike where the words are: a question without a word of the book is declined."""
CONFIGURATION: Final = """
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: glossator
    authorization: {{credentials: {key}}}
    static_configs: [{{targets: ["{target}"]}}]
"""
PAGE: Final = b"# A new page\n\nIt has one sentence.\n"
ROUNDS: Final = 3
SCRAPES_SECONDS: Final = 3
"""Enough for two scrapes: a rate needs both."""
START_ATTEMPTS: Final = 100


async def main() -> None:
    async with running_site(Delays(chunk=0.01), **SETTINGS, **LOW_SCORE) as site, prometheus(site.url) as found:
        async with httpx.AsyncClient(base_url=site.url, trust_env=False, timeout=60) as client:
            for number in range(ROUNDS):
                await use(client, site.url, number)
                await asyncio.sleep(SCRAPES_SECONDS)
            check_format((await client.get("/metrics", headers=ADMIN)).text)
        await report_target(found)
        await evaluate(found)


async def use(client: httpx.AsyncClient, url: str, number: int) -> None:
    """Requests that give every metric a value: answers of each mode, a limit, a rewriting and an ingest."""
    for path in ("/chat", "/chat/stream"):
        await ask(url, path, number)
    await client.post("/chat", json={"query": "Zebras quarrel nightly?"})
    for _ in range(4):
        await client.post("/search", json={"query": "passages"})
    for _ in range(2):
        await client.post("/translate", json={"text": "The robot walks to the door.", "target_language": "ur"})
    await client.post("/ingest", headers=ADMIN, files={"files": ("page.md", PAGE)})
    await client.get("/no-such-page")


@asynccontextmanager
async def prometheus(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of its interface for queries."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "prometheus.yml"
        written.write_text(CONFIGURATION.format(key=KEY, target=url.removeprefix("http://")), "utf-8")
        process = await asyncio.create_subprocess_exec(
            program("prometheus"), f"--config.file={written}", f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{port}", stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client:
                await until_ready(client)
                yield client
        finally:
            process.terminate()
            await process.wait()


def program(name: str) -> str:
    return shutil.which(name) or sys.exit(f"{name} is missing: install Prometheus (Debian: apt-get install prometheus)")


async def until_ready(client: httpx.AsyncClient) -> None:
    for _ in range(START_ATTEMPTS):
        try:
            if (await client.get("/-/ready")).is_success:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.1)
    sys.exit("Prometheus did not start")


def check_format(text: str) -> None:
    command = (program("promtool"), "check", "metrics")
    done = subprocess.run(command, input=text, text=True, capture_output=True, check=False)  # noqa: S603 - ours
    click.echo(f"promtool check metrics: exit {done.returncode}, {len(text.splitlines())} lines {done.stderr}".strip())
    if done.returncode:
        sys.exit(1)


async def report_target(client: httpx.AsyncClient) -> None:
    version = (await client.get("/api/v1/status/buildinfo")).json()["data"]["version"]
    target = (await client.get("/api/v1/targets")).json()["data"]["activeTargets"][0]
    click.echo(f"Prometheus {version}: target {target['health']}, last error {target['lastError']!r}")


async def evaluate(client: httpx.AsyncClient) -> None:
    empty = []
    for title, expression in expressions():
        reply = (await client.get("/api/v1/query", params={"query": expression})).json()
        values = [float(series["value"][1]) for series in reply.get("data", {}).get("result", [])]
        known = [value for value in values if isfinite(value)]
        click.echo(f"{title}: {len(known)} of {len(values)} series with a value, highest {max(known, default=None)}")
        empty += [] if known else [expression]
    if empty:
        sys.exit("\n".join(["without a value:", *empty]))


def expressions() -> Iterator[tuple[str, str]]:
    dashboard: dict[str, Any] = json.loads((ROOT / "deploy" / "grafana.json").read_text("utf-8"))
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]


if __name__ == "__main__":
    asyncio.run(main())
