"""Wires rewriting: the model, the stored results, and the book that texts must come from."""

from glossator.configuration import rewriting as own
from glossator.configuration.core import BETTER_AUTH_SECRET, REPLICAS, Configuration
from glossator.domain.book.index import PassageIndex
from glossator.domain.budget.budget import Budget
from glossator.domain.derived_keys import derived_key
from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.ports.database import Database
from glossator.domain.ports.workers import Workers
from glossator.domain.rewriting.allowance import DailyAllowance
from glossator.domain.rewriting.book_texts.membership import EmptyBook, IndexedBook
from glossator.domain.rewriting.cache.memory import MemoryRewritings
from glossator.domain.rewriting.languages.tags import OfferedLanguages
from glossator.domain.rewriting.ports import BookTexts, Rewritings
from glossator.domain.rewriting.rewriting import Rewriting, RewritingOptions
from glossator.kernel.services import Services
from glossator.storage.rewritings import StoredRewritings, StoredUsageCounter


def wire_rewriting(services: Services, configuration: Configuration) -> None:
    settings, workers = configuration.settings, services.get(Workers)
    cache = stored_results(services, configuration)
    options = RewritingOptions(
        terms=settings[own.REWRITING_TERMS],
        concurrency=settings[own.REWRITING_CONCURRENCY],
        deadline=settings[own.REWRITING_DEADLINE],
        workers=workers,
    )
    book: BookTexts = EmptyBook()
    if PassageIndex in services:
        book = IndexedBook(services.get(PassageIndex), only_book=settings[own.REWRITING_ONLY_BOOK], workers=workers)
    allowance = daily_allowance(services, configuration)
    services.provide(Rewritings, cache)
    services.provide(DailyAllowance, allowance)
    services.provide(OfferedLanguages, OfferedLanguages(settings[own.REWRITING_LANGUAGES]))
    model, budget = services.get(ChatModel), services.get(Budget)
    services.provide(Rewriting, Rewriting(model, cache, book, allowance, options, budget))


def stored_results(services: Services, configuration: Configuration) -> Rewritings:
    max_bytes = configuration.settings[own.REWRITING_CACHE_MEGABYTES] * 2**20
    if Database in services:
        return StoredRewritings(services.get(Database), max_bytes)
    return MemoryRewritings(max_bytes)


def daily_allowance(services: Services, configuration: Configuration) -> DailyAllowance:
    """Counts in the database for all replicas together; without a database each replica gets an equal part."""
    settings = configuration.settings
    limit, secret = settings[own.REWRITING_DAILY], settings[BETTER_AUTH_SECRET]
    if Database in services and secret is not None:
        key = derived_key(secret.reveal(), "rewriting-shares")
        return DailyAllowance(limit, counter=StoredUsageCounter(services.get(Database), key))
    return DailyAllowance(-(-limit // settings[REPLICAS]))
