"""Wires the report on what the book lacks. Without a database nothing is kept for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from glossator.configuration.core import Configuration, report_options
from glossator.domain.budget.budget import Budget
from glossator.domain.ports.database import Database
from glossator.domain.ports.workers import Workers
from glossator.domain.report.questions import ReportOptions
from glossator.domain.report.recorder import AnswerRecorder
from glossator.domain.report.report import BookReports
from glossator.kernel.periodic import run_periodically
from glossator.kernel.services import Services
from glossator.storage.report import StoredReportLog

FLUSH_SECONDS: Final = 30.0
"""Readers are there when something is written, so it wakes no suspended database."""


def wire_report(services: Services, configuration: Configuration) -> None:
    """After the database, the budget and the workers."""
    if Database not in services:
        return
    options, log = report_options(configuration.settings), StoredReportLog(services.get(Database))
    workers = services.get(Workers)
    recorder = AnswerRecorder(log, workers, options)
    services.provide(ReportOptions, options)
    services.provide(AnswerRecorder, recorder)
    services.provide(BookReports, BookReports(log, services.get(Budget), workers, options, flush=recorder.flush))


@asynccontextmanager
async def run_report(services: Services) -> AsyncIterator[None]:
    """Writes what is recorded while the block runs, and at its end what is left."""
    if AnswerRecorder not in services:
        yield
        return
    recorder = services.get(AnswerRecorder)
    async with run_periodically(recorder.flush, first=FLUSH_SECONDS, every=FLUSH_SECONDS):
        try:
            yield
        finally:
            await recorder.close()
