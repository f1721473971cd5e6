"""Runs one, two and four replicas behind HAProxy and prints what they share and how much they do.

Run it with `make examples`. It ends at the first check that fails.
"""

import asyncio
import os
import shutil
import sys
import time
from typing import Final

import click
import httpx

from bench.production import cpu_seconds
from bench.readers import in_parallel, p95
from tools.replicas import checks
from tools.replicas.site import Replicas, replicas

UNLIMITED: Final = {"BUDGET__SITE_DAY": "0", "BUDGET__SITE_MONTH": "0"}
READERS: Final = 20
QUESTIONS: Final = 5
RESTARTED: Final = 4


async def main() -> None:
    if shutil.which("haproxy") is None:
        sys.exit("make examples needs HAProxy: install the package haproxy")
    click.echo(f"  {os.cpu_count()} cores for the readers, HAProxy, the replicas and their services together")
    for count in (1, 2, 4):
        async with replicas(count, **UNLIMITED) as running:
            click.echo(f"  {count} replicas: {await measure(running)}")
            if count == RESTARTED:
                click.echo(f"    {await checks.a_stop_loses_nothing(running)}")
    for count in (2, 4):
        async with (
            replicas(count, **checks.SETTINGS) as running,
            httpx.AsyncClient(timeout=60, trust_env=False) as client,
        ):
            click.echo(f"  {count} replicas started at the same time on an empty database")
            for check in CHECKS:
                click.echo(f"    {await check(client, running)}")


CHECKS: Final = (
    checks.sessions_end_everywhere,
    checks.limits_and_votes,
    checks.one_ingest_runs,
    checks.budget_is_kept,
)


async def measure(running: Replicas) -> str:
    """Readers who each ask one question after the other."""
    await in_parallel(running.url, "/chat", READERS, 1)
    pids = [served.pid for served in running.servers]
    cpu, began = sum(map(cpu_seconds, pids)), time.monotonic()
    readings = await in_parallel(running.url, "/chat", READERS, QUESTIONS)
    seconds, cpu = time.monotonic() - began, sum(map(cpu_seconds, pids)) - cpu
    complete = sum(reading.is_complete for reading in readings)
    return (
        f"{complete} of {len(readings)} answers, {complete / seconds:.0f} a second, "
        f"p95 {p95([reading.seconds for reading in readings]):.2f} s, {1000 * cpu / len(readings):.1f} ms CPU each"
    )


if __name__ == "__main__":
    asyncio.run(main())
