"""Limits wrong passwords; an attempt is counted before its password is verified.

- Five failures within 15 minutes block an e-mail from that network, until the oldest is 15 minutes old.
- Fifty block an e-mail from everywhere, except from networks that signed in to it within 30 days.
- Failures count by the e-mail's hash, so unknown addresses and those that cannot be decrypted are limited too.
- A blocked attempt is not counted, so it does not extend the wait. Neither is one whose password was never verified,
  because the queue was full or the client disconnected.
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
MAX_PER_PAIR: Final = 5
MAX_PER_EMAIL: Final = 50


class AttemptLimit:
    """Stores only HMACs, which reveal neither the e-mail nor the network."""

    def __init__(self, failures: SignInFailures, secret: str) -> None:
        self._failures = failures
        self._key = derived_key(secret, "sign-in-failures")
        self._slots: WeakValueDictionary[tuple[bytes, bytes], asyncio.Semaphore] = WeakValueDictionary()

    def slot(self, email_hash: str, network: str) -> asyncio.Semaphore:
        """Hold it during a whole attempt.

        At most as many attempts run at once as may fail, so that concurrent right passwords are not blocked.
        """
        return self._slots.setdefault(self._keys(email_hash, network), asyncio.Semaphore(MAX_PER_PAIR))

    async def count(self, email_hash: str, network: str) -> int:
        """Counts an attempt as a failure until `forgive` or `withdraw`. Raises TooManyFailures."""
        counts = await self._failures.count(
            *self._keys(email_hash, network), WINDOW, max_per_pair=MAX_PER_PAIR, max_per_email=MAX_PER_EMAIL
        )
        if counts.failure is None:
            raise TooManyFailures(self._wait(counts))
        return counts.failure

    async def withdraw(self, failure: int) -> None:
        """Removes an attempt whose password was never verified."""
        await self._failures.withdraw(failure)

    async def forgive(self, email_hash: str, network: str) -> None:
        await self._failures.forgive(*self._keys(email_hash, network))

    async def forget(self, email_hash: str) -> None:
        """Deletes the failures of a deleted account."""
        await self._failures.forget(self._digest("email", email_hash))

    def _wait(self, counts: FailureCounts) -> int:
        """Seconds to wait: the whole window if the limit per e-mail was reached."""
        waited = counts.oldest if counts.pair >= MAX_PER_PAIR else None
        wait = WINDOW - (waited or timedelta())
        return max(1, ceil(wait.total_seconds()))

    def _keys(self, email_hash: str, network: str) -> tuple[bytes, bytes]:
        return self._digest("email", email_hash), self._digest("network", network)

    def _digest(self, kind: str, text: str) -> bytes:
        return hmac.digest(self._key, f"{kind}:{text}".encode(), "sha256")
