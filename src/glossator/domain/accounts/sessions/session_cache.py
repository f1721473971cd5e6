"""A cache of sessions, so that a page's burst of requests is one query.

It may serve a session for some seconds after another process ended it; what this process ends is gone at once.
Entries are remembered for a day, for the time that the database is unavailable.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

from glossator.domain.accounts.account import Account, LoginSession
from glossator.domain.clock import Clock

REMEMBERED: Final = timedelta(days=1)
SessionAndAccount = tuple[LoginSession, Account]


class SessionCache:
    """Sessions by the hash of their token; the oldest entries are evicted beyond `max_entries`."""

    def __init__(self, clock: Clock, *, seconds: float = 5.0, max_entries: int = 4096) -> None:
        self._clock = clock
        self._ttl = timedelta(seconds=seconds)
        self._max_entries = max_entries
        self._entries: OrderedDict[bytes, tuple[datetime, SessionAndAccount]] = OrderedDict()
        self._generation = 0

    @property
    def generation(self) -> int:
        """Changes with each invalidation: an entry read before it must not be stored after it."""
        return self._generation

    def get(self, token_hash: bytes) -> SessionAndAccount | None:
        return self._younger_than(self._ttl, token_hash)

    def recall(self, token_hash: bytes) -> SessionAndAccount | None:
        """What was last known; use it only while the database is unavailable."""
        return self._younger_than(REMEMBERED, token_hash)

    def _younger_than(self, age: timedelta, token_hash: bytes) -> SessionAndAccount | None:
        entry = self._entries.get(token_hash)
        if entry is None:
            return None
        now, (since, found) = self._clock(), entry
        return found if timedelta(0) <= now - since < age and now < found[0].expires_at else None

    def forget(self, token_hash: bytes) -> None:
        self._entries.pop(token_hash, None)

    def put(self, token_hash: bytes, found: SessionAndAccount, *, generation: int) -> None:
        """`generation` must be read before `found` is loaded."""
        if generation != self._generation:
            return
        self._entries[token_hash] = (self._clock(), found)
        self._entries.move_to_end(token_hash)
        if len(self._entries) > self._max_entries:
            self._entries.popitem(last=False)

    def invalidate(self, account_id: str) -> None:
        """Removes an account's entries, after it changed in the database."""
        self._generation += 1
        for token_hash in [key for key, (_, (_, account)) in self._entries.items() if account.id == account_id]:
            del self._entries[token_hash]
