"""Wires the services that search and ingest the book."""

import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from math import ceil
from typing import Final

from glossator.configuration import core as conf
from glossator.configuration.core import Configuration
from glossator.domain.answering.retrieval.retriever import RetrievalOptions, Retriever
from glossator.domain.answering.retrieval.section_search import SectionSearch
from glossator.domain.book.index import PassageIndex, Weights
from glossator.domain.book.ingest.book_options import READER_URL, BookOptions, IngestOptions
from glossator.domain.book.ingest.job_records import JobRecords, MemoryJobs
from glossator.domain.book.ingest.jobs import JobRunner
from glossator.domain.book.ingest.live_build import describe_outdated, is_unfilled, requested_build
from glossator.domain.book.overview import Overviews
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from glossator.domain.errors import DomainError, Overloaded
from glossator.domain.ports.database import Database
from glossator.domain.ports.embedder import Embedder, Reranker
from glossator.domain.ports.workers import Workers
from glossator.kernel.deferred import load
from glossator.kernel.guards.fair_queue import CALLER, FairQueue
from glossator.kernel.services import Services
from glossator.kernel.settings.setting import Settings
from glossator.storage.jobs import StoredJobs

log = logging.getLogger(__name__)

INGEST: Final = "glossator.wiring.ingest"
"""Loaded for the first job."""
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
    services.provide_later("glossator.domain.book.ingest.ingest:Ingest", f"{INGEST}:book_ingest", settings)


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
    settings = configuration.settings
    await warn_if_outdated(services)
    single = settings[conf.REPLICAS] == 1
    async with JobRunner(job_records(services), single_process=single, steps=services.spans) as runner:
        services.provide(JobRunner, runner)
        services.provide_later("glossator.domain.book.ingest.start_job:IngestJobs", f"{INGEST}:ingest_jobs")
        if settings[conf.INGEST_ON_START]:
            await load(f"{INGEST}:ingest_at_start")(services)
        elif await has_gaps(services):
            await load(f"{INGEST}:fill_at_start")(services)
        yield


def job_records(services: Services) -> JobRecords:
    return StoredJobs(services.get(Database)) if Database in services else MemoryJobs()


async def has_gaps(services: Services) -> bool:
    """Whether the last run was interrupted before the vectors of slow spaces were complete."""
    try:
        return await is_unfilled(services.get(PassageIndex), services.get(Embedder))
    except DomainError as error:
        log.warning("fill_not_started: %s", error)
        return False


async def warn_if_outdated(services: Services) -> None:
    """An upgrade never takes a book offline: a build of other rules is searched by its own."""
    requested = requested_build(services.get(Embedder), services.get(Splitter).version, IngestOptions())
    try:
        outdated = await describe_outdated(services.get(PassageIndex), requested)
    except DomainError as error:
        log.warning("index_not_read: %s", error)
        return
    if outdated:
        log.warning("book_outdated: %s (`glossator dev` does it by itself)", outdated)
