"""Rewrites texts of the book: from the cache, or one model call per text.

- A result depends only on its own text, and is cached only if it passed every check.
- A text that fails does not fail the others: it comes back unchanged, with a code.
- Money bounds how much is rewritten. Texts that may not be the book's own also have a daily limit by network.
- Concurrent requests for the same text share one model call.
- Results made with a reader's notes are cached under a key of that account.
- For signed-in requests only the results of the book's own texts are stored.
- Surrounding white space, the U+200B of heading anchors and the kind of line ends do not change the cache key; they are
  restored in the result.
- If the cache is unavailable everything still works, but costs more.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from glossator.domain.budget.budget import Budget
from glossator.domain.budget.caps import Payer
from glossator.domain.errors import NeedsModel, Overloaded, Unavailable
from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.ports.workers import AnyThread, Workers
from glossator.domain.rewriting.allowance import DailyAllowance
from glossator.domain.rewriting.attempt import rewrite_text, worst_case
from glossator.domain.rewriting.cache.result_cache import ResultCache
from glossator.domain.rewriting.cache.single_flight import NegativeCache, SingleFlight
from glossator.domain.rewriting.checks.checks import may_be_names
from glossator.domain.rewriting.masking.layout import split_edges
from glossator.domain.rewriting.masking.mask import Masked, mask
from glossator.domain.rewriting.ports import BookMembership, BookTexts, Rewritings
from glossator.domain.rewriting.prompt import digest, glossary_version, prompt_version
from glossator.domain.rewriting.request import RewriteRequest, Rewritten

log = logging.getLogger(__name__)

CALLER_CODES: Final = frozenset({"daily_limit", "not_in_book", "over_budget"})
"""Failures of the caller who started a shared call; another caller of the same text may succeed."""
UNCHANGED_NAMES: Final = "wrong_script"
"""The code of a text of names that the model rightly left as it is; such a text is not cached as a translation."""
OVERLOADED: Final = "overloaded"
"""The code of a text that found no room in the queue for the workers."""
RETRY_SECONDS: Final = 20
DEADLINE_CHARACTERS: Final = 2000
"""A longer text gets a proportionally longer deadline."""


@dataclass(frozen=True)
class RewritingOptions:
    """`concurrency` limits the model calls of all readers together; `deadline` is in seconds for a batch of texts of
    usual length; `prompts` is the prompt version; `workers` mask and check the texts."""

    terms: tuple[str, ...]
    concurrency: int
    deadline: float
    prompts: str = field(default_factory=prompt_version)
    workers: Workers = field(default_factory=AnyThread)


@dataclass(frozen=True)
class RewriteParams:
    """A request and its caller."""

    request: RewriteRequest
    payer: Payer
    anonymous: bool

    @property
    def by_operator(self) -> bool:
        return self.payer.operator

    @property
    def stores_any_text(self) -> bool:
        """Whether results are stored even for texts outside the book; never for results made with a reader's notes."""
        return self.anonymous and self.request.owner is None


class Rewriting:
    """One instance per process; its limits are shared by all readers."""

    def __init__(
        self,
        model: ChatModel,
        cache: Rewritings,
        book: BookTexts,
        allowance: DailyAllowance,
        options: RewritingOptions,
        budget: Budget | None = None,
    ) -> None:
        self._budget = budget or Budget.without_caps()
        self._workers = options.workers
        self._model = model
        self._book = book
        self._allowance = allowance
        self._options = options
        self._versions = (options.prompts, glossary_version(options.terms))
        self.cache = ResultCache(cache, digest([model.chat_model, *self._versions]).hex()[:16])
        self.looked_up: Counter[bool] = Counter()
        """Texts, by whether the cache had their result."""
        self._model_calls = asyncio.Semaphore(options.concurrency)
        self._single_flight: SingleFlight[Rewritten] = SingleFlight()
        self._failed = NegativeCache()

    @property
    def available(self) -> bool:
        return self._model.generates

    async def rewrite(
        self, texts: Sequence[str], request: RewriteRequest, *, payer: Payer, anonymous: bool = False
    ) -> list[Rewritten]:
        """One result per text, in order. Raises NeedsModel, and Overloaded if there was no time for any text.

        The operator has no limit and no deadline, and the operator's results are pinned. `anonymous` means that the
        request has no account, so its results may be stored whatever the texts are.
        """
        if request.changes_nothing:
            return [Rewritten(text) for text in texts]
        bodies = [split_edges(text) for text in texts]
        params = RewriteParams(request, payer, anonymous)
        cached = await self._lookup(self._keys([body.text for body in bodies], request), params)
        unique = dict.fromkeys(body.text for body in bodies)
        async with asyncio.TaskGroup() as group:
            tasks = {text: group.create_task(self._rewrite_one(text, params, cached)) for text in unique}
        results = [tasks[body.text].result() for body in bodies]
        if results and all(done.code == OVERLOADED for done in results):
            raise Overloaded(RETRY_SECONDS)
        return [Rewritten(body.restore(done.text), done.code) for body, done in zip(bodies, results, strict=True)]

    async def missing(self, texts: Sequence[str], request: RewriteRequest) -> list[str]:
        """The texts that need a model call. Raises NeedsModel."""
        if request.changes_nothing:
            return []
        bodies = [split_edges(text) for text in texts]
        stored = await self.cache.get_stored(self._keys([body.text for body in bodies], request))
        return [
            body.whole
            for body in bodies
            if self.key(body.text, request) not in stored and not mask(body.text, self._options.terms).trivial
        ]

    def _keys(self, texts: Sequence[str], request: RewriteRequest) -> list[bytes]:
        if not self.available:
            raise NeedsModel
        return [self.key(text, request) for text in texts if text]

    def key(self, text: str, request: RewriteRequest) -> bytes:
        """The hash of everything that the result depends on; a reader's notes tie it to that account."""
        own = [request.reader.account_id, request.reader.quoted] if request.reader else []
        return digest([text, request.kind, request.target, self._model.chat_model, *self._versions, *own])

    async def _lookup(self, keys: Sequence[bytes], params: RewriteParams) -> Mapping[bytes, str]:
        """The cached results; also stores or pins them if this caller's request allows it."""
        if params.by_operator:
            return await self.cache.get_and_pin(keys)
        if params.stores_any_text:
            await self.cache.store(keys)
        return await self.cache.get(keys, own=params.request.owner is not None)

    async def _rewrite_one(self, text: str, params: RewriteParams, cached: Mapping[bytes, str]) -> Rewritten:
        key = self.key(text, params.request)
        self.looked_up[key in cached] += 1
        if key in cached:
            return Rewritten(cached[key])
        try:
            async with asyncio.timeout(None if params.by_operator else self._deadline(text)):
                return await self._share(text, key, params)
        except TimeoutError:
            return Rewritten(text, "timeout")
        except Overloaded:
            return Rewritten(text, OVERLOADED)
        except Unavailable:
            return Rewritten(text, "unavailable")
        except Exception as error:  # noqa: BLE001 - one text must not fail the batch
            log.error("rewriting_item_failed: %s", type(error).__name__)  # noqa: TRY400 - a traceback may hold the text
            return Rewritten(text, "internal_error")

    async def _mask(self, text: str) -> Masked:
        return await self._workers.run(partial(mask, text, self._options.terms))

    def _deadline(self, text: str) -> float:
        return self._options.deadline * max(1.0, len(text) / DEADLINE_CHARACTERS)

    async def _share(self, text: str, key: bytes, params: RewriteParams) -> Rewritten:
        """A caller that joins a running call uses nothing of its daily limit and its budget."""
        work = partial(self._generate, text, key, params)
        joined = key in self._single_flight
        result = await self._single_flight.share(key, work)
        while joined and result.code in CALLER_CODES:
            joined = key in self._single_flight
            result = await self._single_flight.share(key, work)
        if joined and result.code is None:
            await self._lookup([key], params)
        return result

    async def _generate(self, text: str, key: bytes, params: RewriteParams) -> Rewritten:
        """Looks into the cache again, because another call may have ended after the batch's lookup."""
        masked = await self._mask(text)
        if masked.trivial:
            return Rewritten(text)
        membership = BookMembership.IN_BOOK if params.by_operator else await self._membership(text)
        if membership is BookMembership.OUTSIDE:
            return Rewritten(text, "not_in_book")
        cached = await self._lookup([key], params)
        if key in cached:
            return Rewritten(cached[key])
        if key in self._failed and not params.by_operator:
            return Rewritten(text, UNCHANGED_NAMES)
        if membership is BookMembership.ALLOWED and not await self._allowance.take(params.payer.network):
            return Rewritten(text, "daily_limit")
        async with self._model_calls:
            result = await self._ask(text, masked, params)
            if result.code is None:  # before the next call begins, so that an interrupt loses nothing that was paid
                await self._save(key, result.text, membership, params)
        if result.code == UNCHANGED_NAMES and may_be_names(text):
            self._failed.add(key)
        return result

    async def _ask(self, text: str, masked: Masked, params: RewriteParams) -> Rewritten:
        """The unchanged text if the budget has too little left."""
        worst = worst_case(masked.text, params.request, self._model.usd_per_million_chat_tokens)
        async with self._budget.spending(params.payer, "rewriting", worst) as spending:
            if spending.refused is not None:
                return Rewritten(text, "over_budget")
            ask = partial(spending.stream, self._model)
            return await rewrite_text(
                ask, text, masked, params.request, workers=self._workers, terms=self._options.terms
            )

    async def _save(self, key: bytes, result: str, membership: BookMembership, params: RewriteParams) -> None:
        if params.by_operator:
            await self.cache.put_pinned(key, result)
        else:
            stored = params.stores_any_text or membership is BookMembership.IN_BOOK
            await self.cache.put(key, result, stored=stored, owner=params.request.owner)

    async def _membership(self, text: str) -> BookMembership:
        return await self.cache.membership(text, await self._book.membership(text))
