"""Rewrites texts of the book: from the cache, or each by itself through the model.

- A result depends on its own text alone, and is kept only when it passed every check.
- One text that fails does not fail the others: it comes back as it was sent, with a code.
- The same text wanted by several at the same time is asked for once.
- What was made with a reader's own notes is kept under a key of his account.
- A reader whose request names his account leaves nothing written but results of the book's own texts.
- White space and the U+200B of anchors around a text, and its kind of line ends, are nobody's difference: they are put
  back into the result.
- Without a cache that answers, everything still works and costs more.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from glossator.domain.errors import NeedsModel, Unavailable
from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.rewriting.allowance import DailyAllowance
from glossator.domain.rewriting.attempt import rewrite_text
from glossator.domain.rewriting.cache.result_cache import ResultCache
from glossator.domain.rewriting.cache.single_flight import NegativeCache, SingleFlight
from glossator.domain.rewriting.checks.checks import may_be_names
from glossator.domain.rewriting.masking.layout import core_of
from glossator.domain.rewriting.masking.mask import Masked, mask
from glossator.domain.rewriting.ports import BookMembership, BookTexts, Rewritings
from glossator.domain.rewriting.prompt import digest, glossary_version, prompt_version
from glossator.domain.rewriting.request import RewriteRequest, Rewritten

log = logging.getLogger(__name__)

READERS_OWN: Final = frozenset({"daily_limit", "not_in_book"})
"""Why a reader's text is not rewritten; of whoever began it, perhaps not of one who joined him."""
LEFT_AS_IT_IS: Final = "wrong_script"
"""What a text of names alone comes to, which a model rightly leaves; that is no translation to be kept."""
UNHURRIED_CHARACTERS: Final = 2000
"""Longer ones have time in proportion."""


@dataclass(frozen=True)
class RewritingOptions:
    """`concurrency` model calls at a time, for all readers together; `deadline` in seconds for a batch of usual texts.

    `prompts` is the version of what is asked.
    """

    terms: tuple[str, ...]
    concurrency: int
    deadline: float
    prompts: str = field(default_factory=prompt_version)


@dataclass(frozen=True)
class RewriteParams:
    """What is wanted, and who wants it."""

    request: RewriteRequest
    network: str | None
    anonymous: bool

    @property
    def by_operator(self) -> bool:
        return self.network is None

    @property
    def may_be_written(self) -> bool:
        """Whatever the text is; what is made with a reader's notes never is."""
        return self.anonymous and self.request.owner is None


class Rewriting:
    """One for the whole process: its bounds hold for everybody."""

    def __init__(
        self, model: ChatModel, cache: Rewritings, book: BookTexts, allowance: DailyAllowance, options: RewritingOptions
    ) -> None:
        self._model = model
        self._book = book
        self._allowance = allowance
        self._options = options
        self._versions = (options.prompts, glossary_version(options.terms))
        self.kept = ResultCache(cache, digest([model.chat_model, *self._versions]).hex()[:16])
        self._places = asyncio.Semaphore(options.concurrency)
        self._masking = asyncio.Lock()
        self._flights: SingleFlight[Rewritten] = SingleFlight()
        self._failed = NegativeCache()

    @property
    def possible(self) -> bool:
        return self._model.generates

    async def rewrite(
        self, texts: Sequence[str], request: RewriteRequest, *, network: str | None, anonymous: bool = False
    ) -> list[Rewritten]:
        """One result for each text, in their order. Raises NeedsModel.

        `network` is the caller's; None is the operator, who is limited by no day and no deadline, and whose entries are
        pinned. `anonymous`: the request names no account, so that its results may be written down whosesoever its words
        are.
        """
        if request.changes_nothing:
            return [Rewritten(text) for text in texts]
        cores = [core_of(text) for text in texts]
        asked = RewriteParams(request, network, anonymous)
        stored = await self._look(self._keys([core.text for core in cores], request), asked)
        different = dict.fromkeys(core.text for core in cores)
        async with asyncio.TaskGroup() as group:
            tasks = {text: group.create_task(self._item(text, asked, stored)) for text in different}
        results = [tasks[core.text].result() for core in cores]
        return [Rewritten(core.around(done.text), done.code) for core, done in zip(cores, results, strict=True)]

    async def missing(self, texts: Sequence[str], request: RewriteRequest) -> list[str]:
        """Those that the model would be asked for. Raises NeedsModel."""
        if request.changes_nothing:
            return []
        cores = [core_of(text) for text in texts]
        stored = await self.kept.written(self._keys([core.text for core in cores], request))
        return [
            core.whole
            for core in cores
            if self.key(core.text, request) not in stored and not mask(core.text, self._options.terms).trivial
        ]

    def _keys(self, texts: Sequence[str], request: RewriteRequest) -> list[bytes]:
        if not self.possible:
            raise NeedsModel
        return [self.key(text, request) for text in texts if text]

    def key(self, text: str, request: RewriteRequest) -> bytes:
        """Of what the result follows from and nothing else; a reader's own notes make it a key of that account."""
        own = [request.reader.account_id, request.reader.quoted] if request.reader else []
        return digest([text, request.kind, request.target, self._model.chat_model, *self._versions, *own])

    async def _look(self, keys: Sequence[bytes], asked: RewriteParams) -> Mapping[bytes, str]:
        """What is kept, and as well as this caller lets it be kept from now on."""
        if asked.by_operator:
            return await self.kept.found_pinned(keys)
        if asked.may_be_written:
            await self.kept.write(keys)
        return await self.kept.found(keys, own=asked.request.owner is not None)

    async def _item(self, text: str, asked: RewriteParams, stored: Mapping[bytes, str]) -> Rewritten:
        key = self.key(text, asked.request)
        if key in stored:
            return Rewritten(stored[key])
        try:
            async with asyncio.timeout(None if asked.by_operator else self._seconds(text)):
                return await self._shared(text, key, asked)
        except TimeoutError:
            return Rewritten(text, "timeout")
        except Unavailable:
            return Rewritten(text, "unavailable")
        except Exception as fault:  # noqa: BLE001 - one text must not fail the batch
            log.error("rewriting_item_failed: %s", type(fault).__name__)  # noqa: TRY400 - a traceback may hold the text
            return Rewritten(text, "internal_error")

    async def _masked(self, text: str) -> Masked:
        """One text at a time, so that a large batch lets others have their turn in between."""
        async with self._masking:
            await asyncio.sleep(0)
            return mask(text, self._options.terms)

    def _seconds(self, text: str) -> float:
        return self._options.deadline * max(1.0, len(text) / UNHURRIED_CHARACTERS)

    async def _shared(self, text: str, key: bytes, asked: RewriteParams) -> Rewritten:
        """Whoever finds the text under way already pays nothing of his day's share."""
        work = partial(self._made, text, key, asked)
        joined = key in self._flights
        result = await self._flights.share(key, work)
        while joined and result.code in READERS_OWN:
            joined = key in self._flights
            result = await self._flights.share(key, work)
        if joined and result.code is None:
            await self._look([key], asked)
        return result

    async def _made(self, text: str, key: bytes, asked: RewriteParams) -> Rewritten:
        """Looks again at what is kept: another run may have ended after the batch was looked up."""
        masked = await self._masked(text)
        if masked.trivial:
            return Rewritten(text)
        standing = BookMembership.IN_BOOK if asked.by_operator else await self._standing(text)
        if standing is BookMembership.OUTSIDE:
            return Rewritten(text, "not_in_book")
        kept = await self._look([key], asked)
        if key in kept:
            return Rewritten(kept[key])
        if key in self._failed and not asked.by_operator:
            return Rewritten(text, LEFT_AS_IT_IS)
        if asked.network is not None and not await self._allowance.take(asked.network):
            return Rewritten(text, "daily_limit")
        async with self._places:
            result = await rewrite_text(self._model, text, masked, asked.request, terms=self._options.terms)
        if result.code == LEFT_AS_IT_IS and may_be_names(text):
            self._failed.add(key)
        if result.code is None:
            await self._keep(key, result.text, standing, asked)
        return result

    async def _keep(self, key: bytes, result: str, standing: BookMembership, asked: RewriteParams) -> None:
        if asked.by_operator:
            await self.kept.keep_pinned(key, result)
        else:
            written = asked.may_be_written or standing is BookMembership.IN_BOOK
            await self.kept.keep(key, result, written=written, owner=asked.request.owner)

    async def _standing(self, text: str) -> BookMembership:
        return await self.kept.standing(text, await self._book.standing(text))
