"""Wrong passwords are counted before the work on the next one begins.

- Five within 15 minutes stop an e-mail and a network together, until the oldest is 15 minutes old.
- Fifty stop an e-mail from anywhere, except from a network that has signed in to it within 30 days.
- By the e-mail's hash, so that unknown addresses are counted alike, and sealed ones that do not open too.
- A refused try is not counted, so that it does not lengthen the wait; nor is one whose password was never looked at,
  because the line was too long or its client left it.
"""

import asyncio
import hmac
from datetime import timedelta
from math import ceil
from typing import Final
from weakref import WeakValueDictionary

from glossator.domain.accounts.errors import TooManyFailures
from glossator.domain.accounts.ports import FailureCounts, SignInFailures
from glossator.domain.derived_keys import derived_key

WINDOW: Final = timedelta(minutes=15)
MOST_OF_PAIR: Final = 5
MOST_OF_EMAIL: Final = 50


class AttemptLimit:
    """What is stored are HMACs: they tell neither who tried nor from where."""

    def __init__(self, failures: SignInFailures, secret: str) -> None:
        self._failures = failures
        self._key = derived_key(secret, "sign-in-failures")
        self._turns: WeakValueDictionary[tuple[bytes, bytes], asyncio.Semaphore] = WeakValueDictionary()

    def turn(self, email_hash: str, network: str) -> asyncio.Semaphore:
        """Held from the count of a try to its end: as many go at once as may fail, so that right passwords sent at the
        same moment do not count as each other's failures.
        """
        return self._turns.setdefault(self._keys(email_hash, network), asyncio.Semaphore(MOST_OF_PAIR))

    async def count(self, email_hash: str, network: str) -> int:
        """Counts a try as a failure, until `forgive` or `withdraw`. Raises TooManyFailures."""
        counts = await self._failures.count(
            *self._keys(email_hash, network), WINDOW, most_of_pair=MOST_OF_PAIR, most_of_email=MOST_OF_EMAIL
        )
        if counts.failure is None:
            raise TooManyFailures(self._wait(counts))
        return counts.failure

    async def withdraw(self, failure: int) -> None:
        """The password of that try was never looked at."""
        await self._failures.withdraw(failure)

    async def forgive(self, email_hash: str, network: str) -> None:
        await self._failures.forgive(*self._keys(email_hash, network))

    async def forget(self, email_hash: str) -> None:
        """Its account is gone."""
        await self._failures.forget(self._digest("email", email_hash))

    def _wait(self, counts: FailureCounts) -> int:
        """Seconds. When it is the e-mail that was tried too often, nobody knows whose turn ends when."""
        waited = counts.oldest if counts.pair >= MOST_OF_PAIR else None
        wait = WINDOW - (waited or timedelta())
        return max(1, ceil(wait.total_seconds()))

    def _keys(self, email_hash: str, network: str) -> tuple[bytes, bytes]:
        return self._digest("email", email_hash), self._digest("network", network)

    def _digest(self, kind: str, text: str) -> bytes:
        return hmac.digest(self._key, f"{kind}:{text}".encode(), "sha256")
