"""Sessions looked up within the last seconds, so that a page's burst of requests is one query.

A session that another process ended is still taken for these seconds; what this process ends is gone at once.
"""

from collections import OrderedDict
from datetime import datetime, timedelta

from glossator.domain.accounts.account import Account, LoginSession
from glossator.domain.clock import Clock

Found = tuple[LoginSession, Account]


class SessionCache:
    """By the hash of their token; at most `most`, the oldest make room."""

    def __init__(self, clock: Clock, *, seconds: float = 5.0, most: int = 4096) -> None:
        self._clock = clock
        self._life = timedelta(seconds=seconds)
        self._most = most
        self._kept: OrderedDict[bytes, tuple[datetime, Found]] = OrderedDict()
        self._endings = 0

    @property
    def endings(self) -> int:
        """Changes whenever something is forgotten: what was read before such a moment must not be kept after it."""
        return self._endings

    def get(self, token_hash: bytes) -> Found | None:
        kept = self._kept.get(token_hash)
        if kept is None:
            return None
        now, (since, found) = self._clock(), kept
        if timedelta(0) <= now - since < self._life and now < found[0].expires_at:
            return found
        del self._kept[token_hash]
        return None

    def keep(self, token_hash: bytes, found: Found, *, endings: int) -> None:
        """`endings` as it was before `found` was read."""
        if endings != self._endings:
            return
        self._kept[token_hash] = (self._clock(), found)
        self._kept.move_to_end(token_hash)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def forget(self, account_id: str) -> None:
        """Everything of an account, after it was changed in the database."""
        self._endings += 1
        for token_hash in [key for key, (_, (_, account)) in self._kept.items() if account.id == account_id]:
            del self._kept[token_hash]
