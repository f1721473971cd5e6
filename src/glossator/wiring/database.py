import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from glossator.domain.errors import Unavailable
from glossator.domain.ports.database import Database
from glossator.domain.report.questions import ReportOptions
from glossator.kernel.errors import ExitCode, ServiceError, StartupFailed
from glossator.kernel.periodic import run_periodically
from glossator.kernel.services import Services
from glossator.storage.clock import MAX_SECONDS, database_offset, offset_message
from glossator.storage.expiry import ExpiredRows
from glossator.storage.schema.migrations import migrate

log = logging.getLogger(__name__)

FIRST_SWEEP: Final = 60.0  # seconds after the start, when the database is awake anyway
SWEEP_EVERY: Final = 6 * 3600.0  # each run wakes up a suspended database


async def prepare_database(services: Services) -> None:
    """Compares the clocks and migrates our schema. Raises StartupFailed."""
    if Database not in services:
        return
    try:
        await require_clock(services.get(Database))
        await migrate(services.get(Database))
    except (ServiceError, Unavailable) as fault:
        raise StartupFailed(ExitCode.UNAVAILABLE, [f"database: {fault}"]) from fault


async def require_clock(database: Database) -> None:
    """Raises ServiceError if the clocks differ too much, and Unavailable."""
    offset = await database_offset(database)
    message = offset_message(offset, "the database")
    if abs(offset) > MAX_SECONDS:
        raise ServiceError(message)
    if message:
        log.warning("clock_differs: %s", message)


@asynccontextmanager
async def run_expiry(
    services: Services, *, first: float = FIRST_SWEEP, every: float = SWEEP_EVERY
) -> AsyncIterator[None]:
    """Periodically deletes expired rows while the server runs; does nothing without a database."""
    if Database not in services:
        yield
        return
    days = services.get(ReportOptions).retention_days if ReportOptions in services else ReportOptions.retention_days
    sweeper = ExpiredRows(services.get(Database), report_days=days)
    async with run_periodically(sweeper.sweep, first=first, every=every):
        yield
