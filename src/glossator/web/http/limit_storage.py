"""A storage for the library `limits`, in the memory of this process and with a bounded number of keys."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from limits.storage import MovingWindowSupport, Storage

MAX_KEYS: Final = 20_000

MovingWindow = list[tuple[float, int]]  # times and amounts, oldest first; takes less memory than a deque


class BoundedStorage(Storage, MovingWindowSupport):
    """Beyond `max_keys` it forgets the key that was used longest ago, so many networks cannot fill the memory.

    The library's own storage has no bound, and visits every key in a thread after each request.
    """

    STORAGE_SCHEME = None

    def __init__(self, clock: Callable[[], float] = time.monotonic, max_keys: int = MAX_KEYS) -> None:
        super().__init__()
        self._clock = clock
        self._max_keys = max_keys
        self._windows: OrderedDict[str, MovingWindow] = OrderedDict()

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        if self._total(key, expiry) + amount > limit:
            return False
        self.incr(key, expiry, amount)
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        total = self._total(key, expiry)
        return (self._windows[key][0][0] if total else self._clock()), total

    def wait(self, key: str, limit: int, expiry: int, amount: int) -> float:
        """Seconds until `amount` can be acquired."""
        excess = self._total(key, expiry) + amount - limit
        for at, taken in self._windows.get(key, ()) if excess > 0 else ():
            excess -= taken
            if excess <= 0:
                return at + expiry - self._clock()
        return 0.0

    def give_back(self, key: str) -> None:
        """Removes the newest entry."""
        if self._windows.get(key):
            self._windows[key].pop()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        total = self._total(key, expiry) + amount
        self._windows.setdefault(key, []).append((self._clock(), amount))
        self._windows.move_to_end(key)
        if len(self._windows) > self._max_keys:
            self._windows.popitem(last=False)
        return total

    def get(self, key: str) -> int:
        return sum(amount for _, amount in self._windows.get(key, ()))

    def get_expiry(self, key: str) -> float:
        return self._clock()

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        """The number of keys that it forgets."""
        keys = len(self._windows)
        self._windows.clear()
        return keys

    def clear(self, key: str) -> None:
        self._windows.pop(key, None)

    def _total(self, key: str, expiry: int) -> int:
        """The sum of the entries that have not expired; removes the others."""
        window, cutoff = self._windows.get(key), self._clock() - expiry
        while window and window[0][0] <= cutoff:
            del window[0]
        if not window:
            self.clear(key)
        return self.get(key)
