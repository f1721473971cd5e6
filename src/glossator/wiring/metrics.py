"""Opens the meter, and says where the figures are that are read when they are asked for."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Final

from glossator.domain.book.ingest.jobs import JobRunner
from glossator.domain.budget.budget import Budget
from glossator.domain.budget.caps import usd
from glossator.domain.budget.usage import CapBalance
from glossator.domain.clock import now
from glossator.domain.conversations.history import History
from glossator.domain.errors import Unavailable
from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.ports.embedder import Embedder
from glossator.domain.rewriting.rewriting import Rewriting
from glossator.kernel.metrics import Labels, Meter, Metric, Telemetry
from glossator.kernel.periodic import run_periodically
from glossator.kernel.services import Services
from glossator.web.http.context import WebOptions
from glossator.web.http.limits import RequestLimits
from glossator.web.metrics import Metrics
from glossator.wiring.book import SearchTurns

Samples = Iterator[tuple[float, Labels]]

STATES: Final = ("closed", "half_open", "open")
ENDED: Final = ("done", "failed")
LEFT_SECONDS: Final = 20.0
MILLION: Final = 1_000_000

BREAKER: Final = Metric("glossator.upstream.breaker", "1 for the present state of the circuit breaker.")
CALLS: Final = Metric("glossator.upstream.calls", "Calls with an outcome.")
RUNNING: Final = Metric("glossator.upstream.running", "Calls that run; for a database, connections in use.")
SLOTS: Final = Metric("glossator.upstream.slots", "Calls that may run at a time; for a database, its pool.")
WAITING: Final = Metric("glossator.queue.waiting", "Calls, searches and exchanges that wait for their turn.")
SEARCHES: Final = Metric("glossator.search.running", "Searches that run.")
LIMITS: Final = Metric("glossator.limits.reached", "Requests that a limit refused.")
TOKENS: Final = Metric("glossator.model.tokens", "Tokens by model.")
COST: Final = Metric("glossator.model.cost_usd", "Cost by model in US dollars.")
WORK: Final = Metric("glossator.budget.work", "Questions, searches and other paid work.")
LEFT: Final = Metric("glossator.budget.left_usd", "US dollars left of each cap of the site.")
REWRITING: Final = Metric("glossator.rewriting.lookups", "Texts to rewrite, by whether the cache had the result.")
JOBS: Final = Metric("glossator.ingest.jobs", "Ingests that ended, by their state.")
EMBEDDED: Final = Metric("glossator.ingest.passages", "Passages that were embedded.")


async def wire_metrics(services: Services) -> None:
    """Loads the library only if the figures are read."""
    if Telemetry not in services:
        return
    meter = await services.get(Telemetry).open_meter(scraped=services.get(WebOptions).admin_key is not None)
    if meter is not None:
        left = MoneyLeft(services.get(Budget))
        services.provide(Metrics, Metrics(meter))
        services.provide(MoneyLeft, left)
        observe_upstreams(meter, services)
        observe_work(meter, services)
        meter.observe(LEFT, left.samples)


@asynccontextmanager
async def run_metrics(services: Services) -> AsyncIterator[None]:
    """Keeps what is left of the budget up to date while the block runs."""
    if MoneyLeft not in services:
        yield
        return
    async with run_periodically(services.get(MoneyLeft).renew, first=1.0, every=LEFT_SECONDS):
        yield


class MoneyLeft:
    """What the ledger said last. It is asked only after something was spent, so that an idle database can sleep."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._read_at: tuple[date, float] | None = None
        self._left: list[CapBalance] = []

    async def renew(self) -> None:
        state = now().date(), sum(used.nanos for used in self._budget.totals.values())
        if state == self._read_at:
            return
        try:
            self._left = await self._budget.left()
        except Unavailable:
            return  # the next run tries again
        self._read_at = state

    def samples(self) -> Samples:
        for state in self._left:
            if state.left is not None:
                yield usd(state.left), {"limit": state.cap.limit}


def observe_upstreams(meter: Meter, services: Services) -> None:
    def breakers() -> Samples:
        for guard in services.guards():
            for state in STATES:
                yield float(guard.state == state), {"upstream": guard.name, "state": state}

    def waiting() -> Samples:
        for guard in services.guards():
            yield guard.waiting, {"queue": guard.name}
        yield services.get(SearchTurns).waiting, {"queue": "search"}
        if History in services:
            yield services.get(History).waiting, {"queue": "exchanges"}

    meter.observe(BREAKER, breakers)
    meter.observe_total(CALLS, lambda: [(one.outcomes, {"upstream": one.name}) for one in services.guards()])
    meter.observe(RUNNING, lambda: [(one.running, {"upstream": one.name}) for one in services.guards()])
    meter.observe(SLOTS, lambda: [(one.slots, {"upstream": one.name}) for one in services.guards()])
    meter.observe(WAITING, waiting)
    meter.observe(SEARCHES, lambda: [(services.get(SearchTurns).running, {})])


def observe_work(meter: Meter, services: Services) -> None:
    budget, limits = services.get(Budget), services.get(RequestLimits)
    rewriting = services.get(Rewriting)

    def reached() -> Samples:
        for (limit, scope), count in list(limits.reached.items()):
            yield count, {"limit": limit, "scope": scope}

    def jobs() -> Samples:
        if JobRunner in services:
            for state in ENDED:
                yield services.get(JobRunner).ended[state], {"state": state}

    meter.observe_total(LIMITS, reached)
    meter.observe_total(WORK, lambda: [(used.count, {"work": kind}) for kind, used in list(budget.totals.items())])
    meter.observe_total(TOKENS, lambda: [(tokens, labels) for tokens, _, labels in spent(services)])
    meter.observe_total(COST, lambda: [(cost, labels) for _, cost, labels in spent(services)])
    meter.observe_total(
        REWRITING, lambda: [(rewriting.looked_up[hit], {"cache": "hit" if hit else "miss"}) for hit in (True, False)]
    )
    meter.observe_total(JOBS, jobs)
    meter.observe_total(EMBEDDED, lambda: [(services.get(JobRunner).embedded, {})] if JobRunner in services else [])


def spent(services: Services) -> Iterator[tuple[int, float, Labels]]:
    """Tokens and their cost, by model and kind of token."""
    chat, embedder = services.get(ChatModel), services.get(Embedder)
    used = list(services.get(Budget).totals.values())
    price_in, price_out = chat.usd_per_million_chat_tokens
    embedding_model = ", ".join(dict.fromkeys(space.model for space in embedder.spaces))
    for tokens, price, model, kind in (
        (sum(one.prompt_tokens for one in used), price_in, chat.chat_model, "input"),
        (sum(one.completion_tokens for one in used), price_out, chat.chat_model, "output"),
        (sum(one.embedding_tokens for one in used), embedder.usd_per_million_tokens, embedding_model, "embedding"),
    ):
        yield tokens, tokens * price / MILLION, {"model": model, "token": kind}
