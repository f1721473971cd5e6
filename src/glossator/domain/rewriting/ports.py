"""What rewriting needs stored, and how it looks into the book."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from typing import Protocol


@dataclass(frozen=True)
class Entry:
    """A result that passed every check. A pinned one is the operator's: nothing replaces or removes it but he.

    `version` is of what it was made with, the text and the wish aside. `owner` is the account that alone may see it.
    """

    key: bytes
    text: str
    pinned: bool = False
    version: str = ""
    owner: str | None = None

    @property
    def size(self) -> int:
        """In bytes, as far as a result is known by its text."""
        return len(self.text.encode())


@dataclass(frozen=True)
class CacheStats:
    entries: int
    pinned: int
    bytes: int


class Rewritings(Protocol):
    """Results by key, bounded in size: the ones unused for longest go first. Each method may raise Unavailable."""

    async def get(self, keys: Sequence[bytes]) -> Mapping[bytes, str]:
        """What is there of them, in one round trip; it counts as used."""
        ...

    async def has_result(self, text: str) -> bool:
        """Whether one of the results is this text."""
        ...

    async def put(self, entry: Entry) -> None:
        """The first one stays. A pinned entry pins one that is there already."""
        ...

    async def pin(self, keys: Sequence[bytes], version: str) -> None: ...

    async def unpin_others(self, version: str) -> int:
        """Those of other versions, which nobody asks for any more, may go from now on; how many."""
        ...

    async def stats(self) -> CacheStats: ...

    async def clear(self, *, pinned: bool) -> int:
        """Removes everything, the pinned ones only when told to; how many."""
        ...


class Shares(Protocol):
    """What each client network caused on a day."""

    async def take(self, network: str, day: date, most: int) -> bool:
        """One more; False, and nothing is counted, when `most` are taken. May raise Unavailable."""
        ...


class BookMembership(Enum):
    """How a text stands to the served book.

    ALLOWED is rewritten, but it may be its sender's own words: its result is written down only when the request
    named no account.
    """

    IN_BOOK = auto()
    ALLOWED = auto()
    OUTSIDE = auto()


class BookTexts(Protocol):
    """Knows the served book's texts."""

    async def standing(self, text: str) -> BookMembership:
        """Raises Unavailable."""
        ...
