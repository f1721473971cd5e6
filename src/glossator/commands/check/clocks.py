"""Compares the clock of this machine with those of the servers it calls."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from glossator.commands.check.report import Finding, Status, parse_finding
from glossator.domain.errors import Unavailable
from glossator.domain.ports.database import Database
from glossator.kernel.plugin import Endpoint
from glossator.storage.clock import MAX_SECONDS, database_offset, offset_message

CLOCK_SECONDS: Final = 5.0


async def check_database_clock(database: Database) -> Finding:
    try:
        offset = await database_offset(database)
        return clock_finding(offset, "the database", "failed" if abs(offset) > MAX_SECONDS else "warning")
    except Unavailable as error:
        return parse_finding("clock", error.reason)


async def check_server_clock(endpoint: Endpoint) -> Finding:
    """By the header Date of any response to a request without a key."""
    url = f"{endpoint.scheme}://{endpoint.host}:{endpoint.port}/"
    began = datetime.now(UTC)
    try:
        async with httpx.AsyncClient(timeout=CLOCK_SECONDS) as client, client.stream("GET", url) as response:
            there = parsedate_to_datetime(response.headers["date"])
    except (httpx.HTTPError, KeyError, ValueError):
        return Finding("clock", "ok", f"{endpoint.host} does not say what time it is")
    return clock_finding((there - began).total_seconds(), endpoint.host)


def clock_finding(seconds: float, other: str, status: Status = "warning") -> Finding:
    """`status` is that of clocks that differ."""
    message = offset_message(seconds, other)
    return (
        parse_finding("clock", message, status) if message else Finding("clock", "ok", f"agrees with that of {other}")
    )
