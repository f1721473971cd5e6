"""Rewrites a whole book before anybody asks, so that readers find every page ready.

What is stored already is only pinned, so that an interrupted run goes on where it stopped. What former versions made
is unpinned in the end.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from glossator.domain.rewriting.prompt import rewriting_prompt
from glossator.domain.rewriting.request import RewriteRequest
from glossator.domain.rewriting.rewriting import Rewriting

BATCH: Final = 20
PROMPT_CHARACTERS_A_TOKEN: Final = 4
RESULT_CHARACTERS_A_TOKEN: Final = 2
"""Of scripts that the usual models were trained on; rarer ones take up to twice as many tokens."""


@dataclass(frozen=True)
class Plan:
    """`missing` are those texts that a run would ask the model for; tokens and dollars are estimates for them."""

    texts: tuple[str, ...] = field(repr=False)
    missing: tuple[str, ...] = field(repr=False)
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0


@dataclass(frozen=True)
class Progress:
    done: int
    total: int
    failed: tuple[tuple[str, str], ...] = ()
    """Code and text of each that came back unchanged."""


class WarmUp:
    """Fills the cache as its operator: without a day's limit, and pinned."""

    def __init__(self, rewriting: Rewriting, prices: tuple[float, float]) -> None:
        """`prices` are in dollars for a million tokens of a prompt and of an answer."""
        self._rewriting = rewriting
        self._prices = prices

    async def plan(self, texts: Sequence[str], request: RewriteRequest) -> Plan:
        """Raises NeedsModel."""
        missing = await self._rewriting.missing(texts, request)
        asked = sum(_prompt_characters(text, request) for text in missing) // PROMPT_CHARACTERS_A_TOKEN
        said = sum(map(len, missing)) // RESULT_CHARACTERS_A_TOKEN
        cost = (asked * self._prices[0] + said * self._prices[1]) / 1_000_000
        return Plan(tuple(texts), tuple(missing), asked, said, round(cost, 4))

    async def run(self, plan: Plan, request: RewriteRequest, report: Callable[[Progress], None]) -> Progress:
        """What readers made before is pinned too, and asked for no more."""
        missing = set(plan.missing)
        await self._rewriting.rewrite([text for text in plan.texts if text not in missing], request, network=None)
        progress = Progress(0, len(plan.missing))
        for start in range(0, len(plan.missing), BATCH):
            texts = plan.missing[start : start + BATCH]
            results = await self._rewriting.rewrite(texts, request, network=None)
            failed = [(done.code, done.text) for done in results if done.code]
            progress = replace(progress, done=start + len(texts), failed=(*progress.failed, *failed))
            report(progress)
        if not progress.total or len(progress.failed) < progress.total:
            await self._rewriting.kept.unpin_former()
        return progress


def _prompt_characters(text: str, request: RewriteRequest) -> int:
    prompt, _ = rewriting_prompt(text, request)
    return len(prompt.system) + len(prompt.user)
