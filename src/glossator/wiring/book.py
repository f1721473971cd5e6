"""Wires the services that search and ingest the book."""

import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from math import ceil
from typing import Final

from glossator.configuration import core as conf
from glossator.configuration.core import Configuration
from glossator.domain.answering.quoting.quoter import Quoter
from glossator.domain.answering.retrieval.retriever import RetrievalOptions, Retriever
from glossator.domain.answering.retrieval.section_search import SectionSearch
from glossator.domain.answering.suggestions.suggester import AnswerCheck, Suggester
from glossator.domain.book.index import PassageIndex, Weights
from glossator.domain.book.ingest.book_options import READER_URL, BookOptions, IngestOptions
from glossator.domain.book.ingest.ingest import Ingest
from glossator.domain.book.ingest.job_records import JobRecords, MemoryJobs
from glossator.domain.book.ingest.jobs import JobRunner
from glossator.domain.book.ingest.start_job import IngestJobs, IngestRequest
from glossator.domain.book.overview import Overviews
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from glossator.domain.budget.budget import Budget
from glossator.domain.errors import DomainError, Overloaded
from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.ports.database import Database
from glossator.domain.ports.embedder import Embedder, Reranker
from glossator.domain.ports.workers import Workers
from glossator.kernel.guards.fair_queue import CALLER, FairQueue
from glossator.kernel.services import Services
from glossator.kernel.settings.setting import Settings
from glossator.storage.jobs import StoredJobs

log = logging.getLogger(__name__)

SEARCHES: Final = 8
PLACES: Final = 400
SPARE_PLACES: Final = 50
"""For questions that were accepted at the same moment."""
SEARCH_WAIT_SECONDS: Final = 10.0
ACCEPTED_SECONDS: Final = 6.0
"""A question is accepted if its search is expected to end within this time."""
PACE_SHARE: Final = 0.02
"""Of the newest search in the average time between two of them, which is that of the last second of a crowd."""


def wire_book(services: Services, configuration: Configuration) -> None:
    settings, embedder, index = configuration.settings, services.get(Embedder), services.get(PassageIndex)
    options, splitter = book_options(configuration), book_splitter(settings)
    weights = Weights(settings[conf.RETRIEVAL_VECTORS_WEIGHT], settings[conf.RETRIEVAL_WORDS_WEIGHT])
    retrieval = RetrievalOptions(settings[conf.RETRIEVAL_PASSAGES], settings[conf.RETRIEVAL_CANDIDATES], weights)
    reranker = services.get(Reranker) if Reranker in services else None
    services.provide(BookOptions, options)
    services.provide(Splitter, splitter)
    turns = SearchTurns()
    services.provide(SearchTurns, turns)
    retriever = Retriever(embedder, index, retrieval, reranker, turns=turns)
    services.provide(Retriever, retriever)
    services.provide(SectionSearch, SectionSearch(index, retriever.vocabularies, turns))
    services.provide(Overviews, Overviews(index, services.get(Workers)))
    batch, budget, suggester = settings[conf.INGEST_BATCH], services.get(Budget), book_suggester(services, settings)
    services.provide(Ingest, Ingest(index, embedder, splitter, batch=batch, budget=budget, suggesting=suggester))


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


class SearchTurns:
    """Searches share one processor, so more of them at a time would only make each one slower.

    Their pace decides how many questions may wait: what a fast machine searches in time, a busy one does not.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        waiting = PLACES + SPARE_PLACES
        self._queue = FairQueue(SEARCHES, max_waiting=waiting, max_wait=SEARCH_WAIT_SECONDS, refusal=Overloaded)
        self._places = 0
        self._clock = clock
        self._ended_at = 0.0
        self._pace = 0.0

    @property
    def running(self) -> int:
        return self._queue.running

    @property
    def waiting(self) -> int:
        return self._queue.waiting

    def refuse_if_full(self) -> None:
        self._require(PLACES)
        if self._is_busy and self._places * self._pace > ACCEPTED_SECONDS:
            raise Overloaded(ceil(SEARCH_WAIT_SECONDS))

    @contextmanager
    def place(self) -> Iterator[None]:
        self._require(PLACES + SPARE_PLACES)
        if not self._is_busy:
            self._ended_at = self._clock()  # the time between two readers is not that between two searches
        self._places += 1
        try:
            yield
        finally:
            self._measure()
            self._places -= 1

    @property
    def _is_busy(self) -> bool:
        return self._places > SEARCHES

    def _measure(self) -> None:
        if self._is_busy:
            now = self._clock()
            self._pace += PACE_SHARE * (now - self._ended_at - self._pace)
            self._ended_at = now

    def _require(self, places: int) -> None:
        if self._places >= places:
            raise Overloaded(ceil(SEARCH_WAIT_SECONDS))

    def turn(self) -> AbstractAsyncContextManager[None]:
        return self._queue.slot(CALLER.get())


def book_splitter(settings: Settings) -> Splitter:
    return Splitter(Limits(characters=settings[conf.INGEST_CHARACTERS]))


def book_options(configuration: Configuration) -> BookOptions:
    settings = configuration.settings
    site = settings[conf.SITE_URL]
    return BookOptions(
        docs=settings[conf.DOCS_PATH],
        generator=settings[conf.SITE_GENERATOR],
        base_url=f"{site.rstrip('/')}/" if site else READER_URL,
        ingest=IngestOptions(title=settings[conf.BOOK_TITLE] or "", site_url=site or ""),
    )


@asynccontextmanager
async def run_jobs(services: Services, configuration: Configuration) -> AsyncIterator[None]:
    """Run ingest jobs; leaving the context interrupts the running job."""
    settings, ingest = configuration.settings, services.get(Ingest)
    await warn_if_outdated(ingest)
    single = settings[conf.REPLICAS] == 1
    async with JobRunner(job_records(services), single_process=single, steps=services.spans) as runner:
        ingest_jobs = IngestJobs(runner, ingest, services.get(BookOptions))
        services.provide(JobRunner, runner)
        services.provide(IngestJobs, ingest_jobs)
        if settings[conf.INGEST_ON_START]:
            await ingest_at_start(ingest_jobs)
        else:
            await fill_at_start(ingest_jobs)
        yield


def job_records(services: Services) -> JobRecords:
    return StoredJobs(services.get(Database)) if Database in services else MemoryJobs()


async def ingest_at_start(ingest_jobs: IngestJobs) -> None:
    """Start the job; the current book is served meanwhile. An error is logged and does not stop the server.

    A book that was built by other rules is built again if that costs nothing; otherwise the job logs the command.
    """
    try:
        job = await ingest_jobs.start_folder(IngestRequest(upgrade=True))
    except DomainError as error:
        log.warning("INGEST_ON_START: %s", error)
    else:
        log.info("INGEST_ON_START: job %s ingests DOCS_PATH", job.id)


async def fill_at_start(ingest_jobs: IngestJobs) -> None:
    """Continue to add the vectors of slow spaces, if the last run was interrupted."""
    try:
        job = await ingest_jobs.start_fill()
    except DomainError as error:
        log.warning("fill_not_started: %s", error)
    else:
        if job is not None:
            log.info("fill_started: job %s adds the missing vectors", job.id)


async def warn_if_outdated(ingest: Ingest) -> None:
    """An upgrade never takes a book offline: a build of other rules is searched by its own."""
    try:
        outdated = await ingest.describe_outdated()
    except DomainError as error:
        log.warning("index_not_read: %s", error)
        return
    if outdated:
        log.warning("book_outdated: %s (`glossator dev` does it by itself)", outdated)
