"""Rewrites texts of the book: from the cache, or each by itself through the model.

- A result depends on its own text alone, and is stored only when it passed every check.
- One text that fails does not fail the others: it comes back as it was sent, with a code.
- The same text wanted by several at the same time is asked for once.
- What was made with a reader's own notes is kept under a key of his account, in memory only: it is written nowhere.
- White space and the U+200B of anchors around a text are nobody's difference: they are put back around the result.
- Without a cache that answers, everything still works and costs more.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from glossator.domain.errors import NeedsModel, Unavailable
from glossator.domain.ports import ChatModel
from glossator.domain.rewriting.attempt import rewrite_text
from glossator.domain.rewriting.flights import Flights
from glossator.domain.rewriting.limits import DailyAllowance
from glossator.domain.rewriting.masking import Masked, mask, trimmed
from glossator.domain.rewriting.memory import MemoryRewritings
from glossator.domain.rewriting.ports import BookTexts, Entry, Rewritings
from glossator.domain.rewriting.prompt import digest, glossary_version, prompt_version
from glossator.domain.rewriting.wish import Rewritten, Wish

log = logging.getLogger(__name__)

OWN_BYTES: Final = 8 * 2**20


@dataclass(frozen=True)
class RewritingRules:
    """`concurrency` model calls at a time, for all readers together; `deadline` in seconds for a batch."""

    terms: tuple[str, ...] = ()
    concurrency: int = 20
    deadline: float = 45.0


class Rewriting:
    """One for the whole process: its bounds hold for everybody."""

    def __init__(
        self, model: ChatModel, cache: Rewritings, book: BookTexts, allowance: DailyAllowance, rules: RewritingRules
    ) -> None:
        self._model = model
        self._cache = cache
        self._own = MemoryRewritings(OWN_BYTES)
        self._book = book
        self._allowance = allowance
        self._rules = rules
        self._versions = (prompt_version(), glossary_version(rules.terms))
        self._places = asyncio.Semaphore(rules.concurrency)
        self._flights: Flights[Rewritten] = Flights()

    @property
    def possible(self) -> bool:
        return self._model.generates

    async def rewrite(self, texts: Sequence[str], wish: Wish, *, network: str | None) -> list[Rewritten]:
        """One result for each text, in their order. Raises NeedsModel.

        `network` is the caller's; None is the operator, who is limited by no day and no deadline, and whose entries are
        pinned.
        """
        if wish.changes_nothing:
            return [Rewritten(text) for text in texts]
        edges = [trimmed(text) for text in texts]
        cores = [text[start:end] for text, (start, end) in zip(texts, edges, strict=True)]
        stored = await self._found(cores, wish, pin=network is None)
        ends_at = None if network is None else asyncio.get_running_loop().time() + self._rules.deadline
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._item(core, wish, stored, network=network, ends_at=ends_at)) for core in cores
            ]
        return [
            Rewritten(text[:start] + task.result().text + text[end:], task.result().code)
            for text, (start, end), task in zip(texts, edges, tasks, strict=True)
        ]

    async def missing(self, texts: Sequence[str], wish: Wish) -> list[str]:
        """Those that the model would be asked for. Raises NeedsModel."""
        if wish.changes_nothing:
            return []
        stored = await self._found(texts, wish, pin=False)
        return [
            text for text in texts if self.key(text, wish) not in stored and not mask(text, self._rules.terms).trivial
        ]

    async def _found(self, texts: Sequence[str], wish: Wish, *, pin: bool) -> Mapping[bytes, str]:
        if not self.possible:
            raise NeedsModel
        cache = self._own if wish.reader else self._cache
        stored = await stored_in(cache, [self.key(text, wish) for text in texts if text])
        if pin and stored:
            await cache.pin(list(stored))
        return stored

    def key(self, text: str, wish: Wish) -> bytes:
        """Of what the result follows from and nothing else; a reader's own notes make it a key of that account."""
        own = [wish.reader.account_id, wish.reader.quoted] if wish.reader else []
        return digest([text, wish.kind, wish.target, self._model.chat_model, *self._versions, *own])

    async def _item(
        self, text: str, wish: Wish, stored: Mapping[bytes, str], *, network: str | None, ends_at: float | None
    ) -> Rewritten:
        key = self.key(text, wish)
        if key in stored:
            return Rewritten(stored[key])
        masked = mask(text, self._rules.terms)
        if masked.trivial:
            return Rewritten(text)
        try:
            async with asyncio.timeout_at(ends_at):
                return await self._made(text, key, masked, wish, network)
        except TimeoutError:
            return Rewritten(text, "timeout")
        except Unavailable:
            return Rewritten(text, "unavailable")

    async def _made(self, text: str, key: bytes, masked: Masked, wish: Wish, network: str | None) -> Rewritten:
        """Whoever finds the text under way already pays nothing of his day's share."""
        if network is not None and key not in self._flights:
            async with self._places:
                if not await self._book.contains(text):
                    return Rewritten(text, "not_in_book")

        async def work() -> Rewritten:
            if network is not None and not await self._allowance.take(network):
                return Rewritten(text, "daily_limit")
            async with self._places:
                result = await rewrite_text(self._model, text, masked, wish, terms=self._rules.terms)
            if result.code is None:
                cache = self._own if wish.reader else self._cache
                await keep_in(cache, Entry(key, result.text, pinned=network is None))
            return result

        joined = key in self._flights
        result = await self._flights.share(key, work)
        if joined and network is None and result.code is None:  # whoever began it stored it for a while only
            await keep_in(self._cache, Entry(key, result.text, pinned=True))
        if joined and result.code == "daily_limit":  # of whoever began it, perhaps another network
            return await self._flights.share(key, work)
        return result


async def stored_in(cache: Rewritings, keys: Sequence[bytes]) -> Mapping[bytes, str]:
    try:
        return await cache.get(keys) if keys else {}
    except Unavailable as fault:
        log.warning("rewriting_cache_not_read: %s", fault)
        return {}


async def keep_in(cache: Rewritings, entry: Entry) -> None:
    try:
        await cache.put(entry)
    except Unavailable as fault:
        log.warning("rewriting_not_stored: %s", fault)
