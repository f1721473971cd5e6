"""Hashes and verifies passwords in a bounded worker pool, off the event loop."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from time import monotonic

from glossator.domain.accounts.passwords.hashing import PasswordHasher
from glossator.domain.ports.workers import Workers


@dataclass(frozen=True)
class PasswordVerdict:
    """`new_hash`: replaces an outdated stored hash. `started` is a time of the monotonic clock."""

    is_right: bool
    started: float
    new_hash: str | None = field(default=None, repr=False)


class Passwords:
    """`refusal_time`: minimum seconds from the start of verification to a refusal, whatever the kind of hash."""

    def __init__(
        self,
        hasher: PasswordHasher,
        workers: Workers,
        *,
        refusal_time: float = 0.4,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._hasher = hasher
        self._workers = workers
        self._refusal_time = refusal_time
        self._clock = clock

    async def hash(self, password: str) -> str:
        """Raises Overloaded."""
        return await self._workers.run(partial(self._hasher.hash, password))

    async def verify(
        self, password: str, password_hash: str | None, on_start: Callable[[], object] = lambda: None
    ) -> PasswordVerdict:
        """None as hash means that there is no account: takes as long and is always wrong. Raises Overloaded.

        `on_start` is called when verification starts.
        """
        verdict = await self._workers.run(partial(self._verify, password, password_hash), on_start)
        if not verdict.is_right:
            await asyncio.sleep(verdict.started + self._refusal_time - self._clock())
        return verdict

    def _verify(self, password: str, password_hash: str | None) -> PasswordVerdict:
        started = self._clock()
        is_right = self._hasher.verify(password_hash or self._hasher.dummy, password)
        if not is_right or password_hash is None:
            return PasswordVerdict(is_right=False, started=started)
        new_hash = self._hasher.hash(password) if self._hasher.is_outdated(password_hash) else None
        return PasswordVerdict(is_right=True, started=started, new_hash=new_hash)
