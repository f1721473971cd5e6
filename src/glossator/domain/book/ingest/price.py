"""What an ingest may cost: it is refused before the first paid call, and never interrupted after it."""

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Protocol

from glossator.domain.book.index import SuggestedPage
from glossator.domain.book.ingest.builds import Target
from glossator.domain.book.ingest.changes import BuildContents, PageChange
from glossator.domain.book.ingest.summary import IngestSummary, MaxCost, Suggested
from glossator.domain.budget.budget import Budget
from glossator.domain.budget.caps import Cap, usd
from glossator.domain.budget.spending import Spending
from glossator.domain.errors import Refused, Unavailable
from glossator.domain.ports.embedder import Embedder

log = logging.getLogger(__name__)


class Suggesting(Protocol):
    """Adds suggested questions to the pages of the live build that have none."""

    @property
    def max_cost(self) -> MaxCost:
        """Of one page."""
        ...

    async def lacking(self, number: int) -> Sequence[SuggestedPage]:
        """The pages of a build that would get some."""
        ...

    async def add(self, turns: asyncio.Lock, report: Callable[[int], None], left_usd: float | None) -> Suggested:
        """Holds `turns` for each write. `left_usd` is of an ingest's own budget; None: the site's caps count.

        Raises Unavailable.
        """
        ...


def cost_of_change(change: PageChange, embedder: Embedder) -> MaxCost:
    """The most that embedding the new passages of a page costs."""
    tokens = sum(embedder.count_tokens(passage.indexed_text) for passage in change.new)
    return MaxCost(tokens, cost_of(tokens, embedder))


async def cost_of_questions(
    suggesting: Suggesting | None, target: Target, before: BuildContents, after: BuildContents
) -> MaxCost:
    """Of the pages that are new or changed, and of those in the build that have none yet."""
    if suggesting is None or not suggesting.max_cost.usd:
        return MaxCost()
    without = {path for path, hash_ in after.pages.items() if before.pages.get(path) != hash_}
    if not target.fresh:
        without |= {page.path for page in await suggesting.lacking(target.build.number)} & after.pages.keys()
    return MaxCost().plus(suggesting.max_cost, len(without))


def cost_of(tokens: int, embedder: Embedder) -> float:
    """In US dollars."""
    return tokens * embedder.usd_per_million_tokens / 1_000_000


def priced(summary: IngestSummary, cost: MaxCost, began: float) -> IngestSummary:
    return replace(summary, tokens=cost.tokens, cost_usd=cost.usd, seconds=time.monotonic() - began)


@asynccontextmanager
async def reserved(budget: Budget, cost: MaxCost, own_usd: float | None) -> AsyncIterator[Spending]:
    """Reserves the estimate for the block; with a budget of its own the site's caps are left alone. Raises Refused."""
    if cost.usd:
        log.info("ingest_estimate: at most %d tokens, USD %.4f", cost.tokens, cost.usd)
    if own_usd is not None and cost.usd > own_usd:
        raise Refused(f"{_needs(cost)}, more than the given budget of ${own_usd:.2f} - {_remedy(cost)}")
    async with budget.whole("ingest", cost.usd, apart=own_usd is not None) as spending:
        if spending.refused is not None:
            left = await _left(budget, spending.refused)
            raise Refused(f"{_needs(cost)}, and {left}; nothing was changed - {_remedy(cost)}")
        yield spending


async def _left(budget: Budget, cap: Cap) -> str:
    until = f"until {cap.resets_at:%Y-%m-%d %H:%M} UTC"
    try:
        states = await budget.left()
    except Unavailable:
        return f"less is left of BUDGET__{cap.limit.upper()} {until}"
    left = next((state.left for state in states if state.cap == cap and state.left is not None), 0)
    return f"${usd(left):.4f} is left of BUDGET__{cap.limit.upper()} {until}"


def _needs(cost: MaxCost) -> str:
    return f"the ingest needs at most {cost.tokens:,} tokens (${cost.usd:.4f})"


def _remedy(cost: MaxCost) -> str:
    return f"allow it with --budget {math.ceil(cost.usd * 100) / 100:.2f} (query parameter budget), or wait"
