"""A cache of sessions, so that a page's burst of requests is one query.

It may serve a session for some seconds after another process ended it; what this process ends is gone at once.
"""

from collections import OrderedDict
from datetime import datetime, timedelta

from glossator.domain.accounts.account import Account, LoginSession
from glossator.domain.clock import Clock

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
        entry = self._entries.get(token_hash)
        if entry is None:
            return None
        now, (since, found) = self._clock(), entry
        if timedelta(0) <= now - since < self._ttl and now < found[0].expires_at:
            return found
        del self._entries[token_hash]
        return None

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
