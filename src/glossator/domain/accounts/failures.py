"""Wrong passwords are counted before the work on the next one begins.

- Five within 15 minutes stop an e-mail and a network together, until the oldest is 15 minutes old.
- Fifty stop an e-mail from anywhere, except from a network that has signed in to it within 30 days.
- Unknown addresses are counted alike. A refused try is not counted, so that it does not lengthen the wait.
"""

import hmac
from datetime import timedelta
from math import ceil
from typing import Final

from glossator.domain.accounts.clock import Clock
from glossator.domain.accounts.errors import TooManyFailures
from glossator.domain.accounts.keys import derived_key
from glossator.domain.accounts.ports import FailureCounts, SignInFailures

WINDOW: Final = timedelta(minutes=15)
MOST_OF_PAIR: Final = 5
MOST_OF_EMAIL: Final = 50


class FailureLimit:
    """What is stored are HMACs: they tell neither who tried nor from where."""

    def __init__(self, failures: SignInFailures, secret: str, clock: Clock) -> None:
        self._failures = failures
        self._key = derived_key(secret, "sign-in-failures")
        self._clock = clock

    async def count(self, email: str, network: str) -> None:
        """Counts a try as a failure until `forgive`. Raises TooManyFailures.

        Looks again afterwards: of many tries at the same moment only five pass.
        """
        keys = self._keys(email, network)
        self._refuse(await self._counts(*keys), others=0)
        await self._failures.add(*keys)
        self._refuse(await self._counts(*keys), others=1)

    async def forgive(self, email: str, network: str) -> None:
        await self._failures.forgive(*self._keys(email, network))

    async def forget(self, email: str) -> None:
        """Its account is gone."""
        await self._failures.forget(self._digest("email", email.lower()))

    async def _counts(self, email_key: bytes, network_key: bytes) -> FailureCounts:
        return await self._failures.counts(email_key, network_key, self._clock() - WINDOW)

    def _refuse(self, counts: FailureCounts, *, others: int) -> None:
        too_many_of_pair = counts.pair >= MOST_OF_PAIR + others
        too_many_of_email = counts.email >= MOST_OF_EMAIL + others and not counts.known
        if too_many_of_pair or too_many_of_email:
            oldest = counts.oldest if too_many_of_pair else None
            wait = WINDOW if oldest is None else oldest + WINDOW - self._clock()
            raise TooManyFailures(max(1, ceil(wait.total_seconds())))

    def _keys(self, email: str, network: str) -> tuple[bytes, bytes]:
        return self._digest("email", email.lower()), self._digest("network", network)

    def _digest(self, kind: str, text: str) -> bytes:
        return hmac.digest(self._key, f"{kind}:{text}".encode(), "sha256")
