"""What a model left as it is, for a while: asking again would cost again and come to the same."""

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import Final

SECONDS: Final = 3600.0
MOST: Final = 10_000


class FailedBefore:
    """Keys with the moment of their failure, at most `most`, each for `seconds`."""

    def __init__(self, *, seconds: float = SECONDS, most: int = MOST, clock: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._most = most
        self._clock = clock
        self._failed: OrderedDict[bytes, float] = OrderedDict()

    def __contains__(self, key: bytes) -> bool:
        failed = self._failed.get(key)
        return failed is not None and self._clock() - failed < self._seconds

    def add(self, key: bytes) -> None:
        self._failed[key] = self._clock()
        self._failed.move_to_end(key)
        if len(self._failed) > self._most:
            self._failed.popitem(last=False)
