"""The ports of rewriting: stored results, usage counters and the texts of the book."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from typing import Protocol


@dataclass(frozen=True)
class CachedRewriting:
    """A result that passed every check. Only the operator's commands can remove a pinned one.

    `version` identifies the model, the prompts and the glossary that made it. `owner` is the only account that may
    see it; None if every reader may.
    """

    key: bytes
    text: str
    pinned: bool = False
    version: str = ""
    owner: str | None = None

    @property
    def size(self) -> int:
        """Length of the text in bytes."""
        return len(self.text.encode())


@dataclass(frozen=True)
class CacheStats:
    entries: int
    pinned: int
    bytes: int


class Rewritings(Protocol):
    """Results by key, bounded in size; evicts the least recently used first. Every method may raise Unavailable."""

    async def get(self, keys: Sequence[bytes]) -> Mapping[bytes, str]:
        """The stored results, read in one round trip and marked as used."""
        ...

    async def has_result(self, text: str) -> bool:
        """Whether a stored result has exactly this text."""
        ...

    async def put(self, entry: CachedRewriting) -> None:
        """Keeps an existing entry; a pinned entry also pins the existing one."""
        ...

    async def pin(self, keys: Sequence[bytes], version: str) -> None: ...

    async def unpin_others(self, version: str) -> int:
        """Unpins the entries of other versions, which are no longer served; returns how many."""
        ...

    async def stats(self) -> CacheStats: ...

    async def clear(self, *, pinned: bool) -> int:
        """Removes all entries, pinned ones only if `pinned` is true; returns how many."""
        ...


class UsageCounter(Protocol):
    """Counts the new results that each client network causes per day."""

    async def take(self, network: str, day: date, limit: int) -> bool:
        """Counts one result; returns False, and counts nothing, if `limit` is reached. May raise Unavailable."""
        ...


class BookMembership(Enum):
    """Whether a text belongs to the served book.

    An ALLOWED text is rewritten but may be the sender's own words, so its result is stored only for requests without
    an account.
    """

    IN_BOOK = auto()
    ALLOWED = auto()
    OUTSIDE = auto()


class BookTexts(Protocol):
    """Knows the texts of the served book."""

    async def membership(self, text: str) -> BookMembership:
        """Raises Unavailable."""
        ...
