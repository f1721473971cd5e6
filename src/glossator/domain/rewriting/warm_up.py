"""Rewrites a whole book in advance, so that readers find every page ready.

Stored results are only pinned, so an interrupted run continues where it stopped. At the end the results of earlier
versions are unpinned.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from glossator.domain.budget.caps import OPERATOR
from glossator.domain.rewriting.prompt import rewriting_prompt
from glossator.domain.rewriting.request import RewriteRequest
from glossator.domain.rewriting.rewriting import Rewriting

BATCH_SIZE: Final = 20
PROMPT_CHARACTERS_PER_TOKEN: Final = 4
RESULT_CHARACTERS_PER_TOKEN: Final = 2
"""For scripts that the usual models were trained on; rarer scripts take up to twice as many tokens."""


@dataclass(frozen=True)
class WarmUpPlan:
    """`missing` are the texts that need a model call; tokens and cost are estimates for them."""

    texts: tuple[str, ...] = field(repr=False)
    missing: tuple[str, ...] = field(repr=False)
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0


@dataclass(frozen=True)
class WarmUpProgress:
    done: int
    total: int
    failed: tuple[tuple[str, str], ...] = ()
    """Code and text of every text that came back unchanged."""


class WarmUp:
    """Fills the cache as the operator: without a daily limit, and with pinned results."""

    def __init__(self, rewriting: Rewriting, prices: tuple[float, float]) -> None:
        """`prices` are in dollars per million prompt tokens and completion tokens."""
        self._rewriting = rewriting
        self._prices = prices

    async def plan(self, texts: Sequence[str], request: RewriteRequest) -> WarmUpPlan:
        """Raises NeedsModel."""
        missing = await self._rewriting.missing(texts, request)
        prompt_tokens = sum(_prompt_length(text, request) for text in missing) // PROMPT_CHARACTERS_PER_TOKEN
        completion_tokens = sum(map(len, missing)) // RESULT_CHARACTERS_PER_TOKEN
        cost = (prompt_tokens * self._prices[0] + completion_tokens * self._prices[1]) / 1_000_000
        return WarmUpPlan(tuple(texts), tuple(missing), prompt_tokens, completion_tokens, round(cost, 4))

    async def run(
        self, plan: WarmUpPlan, request: RewriteRequest, report: Callable[[WarmUpProgress], None]
    ) -> WarmUpProgress:
        """Pins what is stored already, then rewrites the missing texts."""
        missing = set(plan.missing)
        await self._rewriting.rewrite([text for text in plan.texts if text not in missing], request, payer=OPERATOR)
        progress = WarmUpProgress(0, len(plan.missing))
        for start in range(0, len(plan.missing), BATCH_SIZE):
            texts = plan.missing[start : start + BATCH_SIZE]
            results = await self._rewriting.rewrite(texts, request, payer=OPERATOR)
            failed = [(done.code, done.text) for done in results if done.code]
            progress = replace(progress, done=start + len(texts), failed=(*progress.failed, *failed))
            report(progress)
        if not progress.total or len(progress.failed) < progress.total:
            await self._rewriting.cache.unpin_outdated()
        return progress


def _prompt_length(text: str, request: RewriteRequest) -> int:
    prompt, _ = rewriting_prompt(text, request)
    return len(prompt.system) + len(prompt.user)
