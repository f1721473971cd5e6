"""Limits wrong passwords; an attempt is counted before its password is verified.

- Five failures within 15 minutes block an e-mail from that network, until the oldest is 15 minutes old.
- Fifty block an e-mail from everywhere, except from networks that it knows: the last five that signed in to it, for 30
  days. So failures elsewhere never lock its owner out. Clients without a known address share the limit of fifty.
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

from glossator.domain.accounts.account import UNKNOWN_NETWORK
from glossator.domain.accounts.errors import TooManyFailures
from glossator.domain.accounts.ports import SignInFailures
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
        return self._slots.setdefault(self._keys(email_hash, network), asyncio.Semaphore(_max_per_pair(network)))

    async def count(self, email_hash: str, network: str) -> int:
        """Counts an attempt as a failure until `forgive` or `withdraw`.

        Raises TooManyFailures with the seconds to wait: the whole window if the limit per e-mail was reached.
        """
        max_per_pair = _max_per_pair(network)
        counts = await self._failures.count(
            *self._keys(email_hash, network), WINDOW, max_per_pair=max_per_pair, max_per_email=MAX_PER_EMAIL
        )
        if counts.failure is None:
            waited = counts.oldest if counts.pair >= max_per_pair else None
            raise TooManyFailures(max(1, ceil((WINDOW - (waited or timedelta())).total_seconds())))
        return counts.failure

    async def withdraw(self, failure: int) -> None:
        """Removes an attempt whose password was never verified."""
        await self._failures.withdraw(failure)

    async def forgive(self, email_hash: str, network: str) -> None:
        """After a success, or for a new account: the e-mail then knows the network."""
        await self._failures.forgive(*self._keys(email_hash, network))

    async def forget(self, email_hash: str) -> None:
        """Deletes the failures of a deleted account."""
        await self._failures.forget(self._digest("email", email_hash))

    def _keys(self, email_hash: str, network: str) -> tuple[bytes, bytes]:
        return self._digest("email", email_hash), self._digest("network", network)

    def _digest(self, kind: str, text: str) -> bytes:
        return hmac.digest(self._key, f"{kind}:{text}".encode(), "sha256")


def _max_per_pair(network: str) -> int:
    return MAX_PER_EMAIL if network == UNKNOWN_NETWORK else MAX_PER_PAIR
