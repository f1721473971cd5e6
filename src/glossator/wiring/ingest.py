"""Wires the ingest. It is loaded for the first job, since most processes of a site run none."""

import logging

from glossator.configuration import core as conf
from glossator.domain.answering.quoting.quoter import Quoter
from glossator.domain.answering.retrieval.retriever import Retriever
from glossator.domain.answering.suggestions.suggester import AnswerCheck, Suggester
from glossator.domain.book.index import PassageIndex
from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.book.ingest.ingest import Ingest
from glossator.domain.book.ingest.jobs import JobRunner
from glossator.domain.book.ingest.start_job import IngestJobs, IngestRequest
from glossator.domain.book.splitting.splitter import Splitter
from glossator.domain.budget.budget import Budget
from glossator.domain.errors import DomainError
from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.ports.embedder import Embedder
from glossator.domain.ports.workers import Workers
from glossator.kernel.services import Services
from glossator.kernel.settings.setting import Settings

log = logging.getLogger(__name__)


def book_ingest(services: Services, settings: Settings) -> Ingest:
    return Ingest(
        services.get(PassageIndex),
        services.get(Embedder),
        services.get(Splitter),
        batch=settings[conf.INGEST_BATCH],
        budget=services.get(Budget),
        suggesting=book_suggester(services, settings),
    )


def book_suggester(services: Services, settings: Settings) -> Suggester | None:
    """None for a command that only searches."""
    if ChatModel not in services:
        return None
    check = AnswerCheck(
        services.get(Retriever),
        Quoter(services.get(Embedder), services.get(Workers)),
        passages=settings[conf.RETRIEVAL_PASSAGES],
        characters=settings[conf.RETRIEVAL_CHARACTERS],
    )
    model = services.get(ChatModel) if settings[conf.SUGGESTIONS_MODEL] else None
    return Suggester(services.get(PassageIndex), check, model, services.get(Budget))


def ingest_jobs(services: Services) -> IngestJobs:
    return IngestJobs(services.get(JobRunner), services.get(Ingest), services.get(BookOptions))


async def ingest_at_start(services: Services) -> None:
    """Start the job; the current book is served meanwhile. An error is logged and does not stop the server.

    A book that was built by other rules is built again if that costs nothing; otherwise the job logs the command.
    """
    try:
        job = await services.get(IngestJobs).start_folder(IngestRequest(upgrade=True))
    except DomainError as error:
        log.warning("INGEST_ON_START: %s", error)
    else:
        log.info("INGEST_ON_START: job %s ingests DOCS_PATH", job.id)


async def fill_at_start(services: Services) -> None:
    """Continue to add the vectors of slow spaces, which the last run did not complete."""
    try:
        job = await services.get(IngestJobs).start_fill()
    except DomainError as error:
        log.warning("fill_not_started: %s", error)
    else:
        if job is not None:
            log.info("fill_started: job %s adds the missing vectors", job.id)
