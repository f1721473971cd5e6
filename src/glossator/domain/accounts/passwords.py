"""Passwords off the event loop; a refusal leaves at a fixed time, whatever the kind of hash or none."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from time import monotonic

from glossator.domain.accounts.hashing import PasswordHasher
from glossator.domain.accounts.waiting_room import WaitingRoom


@dataclass(frozen=True)
class Verdict:
    """`renewed`: the hash to store from now on, when the stored one is outdated. `began` is of the monotonic clock."""

    is_right: bool
    began: float
    renewed: str | None = field(default=None, repr=False)


class Passwords:
    """`refused_after`: seconds from the beginning of the work to the answer "wrong"; later if the work takes longer."""

    def __init__(self, hasher: PasswordHasher, room: WaitingRoom, *, refused_after: float = 0.4) -> None:
        self._hasher = hasher
        self._room = room
        self._refused_after = refused_after

    async def hash(self, password: str) -> str:
        """Raises Overloaded."""
        return await self._room.run(partial(self._hasher.hash, password))

    async def check(
        self, password: str, password_hash: str | None, begun: Callable[[], object] = lambda: None
    ) -> Verdict:
        """None as hash is an account that is not there: as much work, always wrong. Raises Overloaded.

        `begun` is called when the password's turn has come.
        """
        verdict = await self._room.run(partial(self._examine, password, password_hash), begun)
        if not verdict.is_right:
            await asyncio.sleep(verdict.began + self._refused_after - monotonic())
        return verdict

    def _examine(self, password: str, password_hash: str | None) -> Verdict:
        began = monotonic()
        is_right = self._hasher.verify(password_hash or self._hasher.dummy, password)
        if not is_right or password_hash is None:
            return Verdict(is_right=False, began=began)
        renewed = self._hasher.hash(password) if self._hasher.is_outdated(password_hash) else None
        return Verdict(is_right=True, began=began, renewed=renewed)
