"""Joins the book: what reads it, answers from it and fills it."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from glossator.configuration import core as conf
from glossator.configuration.core import Configuration
from glossator.domain.answering.retriever import RetrievalOptions, Retriever
from glossator.domain.book.index import PassageIndex
from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.book.ingest.ingest import Ingest, Options
from glossator.domain.book.ingest.job_records import JobRecords, MemoryJobs
from glossator.domain.book.ingest.jobs import Jobs
from glossator.domain.book.ingest.start_job import IngestJobs
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from glossator.domain.errors import DomainError
from glossator.domain.ports.database import Database
from glossator.domain.ports.embedder import Embedder
from glossator.kernel.services import Services
from glossator.storage.jobs import StoredJobs

log = logging.getLogger(__name__)


def wire_book(services: Services, configuration: Configuration) -> None:
    """What reads and writes the book."""
    settings, embedder, index = configuration.settings, services.get(Embedder), services.get(PassageIndex)
    limits = Limits(tokens=embedder.max_tokens, characters=settings[conf.INGEST_CHARACTERS])
    rules = book_options(configuration)
    splitter = Splitter(rules.generator, limits, embedder.count_tokens)
    retrieval = RetrievalOptions(settings[conf.RETRIEVAL_PASSAGES], settings[conf.RETRIEVAL_CANDIDATES])
    services.provide(BookOptions, rules)
    services.provide(Ingest, Ingest(index, embedder, splitter, batch=settings[conf.INGEST_BATCH]))
    services.provide(Retriever, Retriever(embedder, index, retrieval))


def book_options(configuration: Configuration) -> BookOptions:
    settings = configuration.settings
    site = settings[conf.SITE_URL]
    return BookOptions(
        docs=settings[conf.DOCS_PATH],
        generator=settings[conf.SITE_GENERATOR],
        base_url=f"{site.rstrip('/')}/" if site else "/read/",
        options=Options(title=settings[conf.BOOK_TITLE] or "", site_url=site or ""),
    )


@asynccontextmanager
async def run_jobs(services: Services, configuration: Configuration) -> AsyncIterator[None]:
    """Until the job that runs is interrupted."""
    settings = configuration.settings
    async with Jobs(job_records(services), alone=settings[conf.REPLICAS] == 1) as jobs:
        ingest_jobs = IngestJobs(jobs, services.get(Ingest), services.get(BookOptions))
        services.provide(Jobs, jobs)
        services.provide(IngestJobs, ingest_jobs)
        if settings[conf.INGEST_ON_START]:
            await fill_at_start(ingest_jobs)
        yield


def job_records(services: Services) -> JobRecords:
    return StoredJobs(services.get(Database)) if Database in services else MemoryJobs()


async def fill_at_start(ingest_jobs: IngestJobs) -> None:
    """The book that is there is served meanwhile; a fault is told and does not stop the start."""
    try:
        job = await ingest_jobs.start_folder()
    except DomainError as fault:
        log.warning("INGEST_ON_START: %s", fault)
    else:
        log.info("INGEST_ON_START: job %s brings DOCS_PATH into the book", job.id)
