"""Moving windows: what each caller did lately, in the memory of this process and for a bounded number of callers."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

MAX_KEYS: Final = 20_000

MovingWindow = list[tuple[float, int]]  # times and amounts, oldest first; takes less memory than a deque


class MovingWindows:
    """Beyond `max_keys` it forgets the key that was used longest ago, so many networks cannot fill the memory."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, max_keys: int = MAX_KEYS) -> None:
        self._clock = clock
        self._max_keys = max_keys
        self._windows: OrderedDict[str, MovingWindow] = OrderedDict()

    def __len__(self) -> int:
        """The number of keys that it remembers."""
        return len(self._windows)

    def take(self, key: str, limit: int, seconds: int, amount: int = 1) -> bool:
        """Counts `amount`, unless the last `seconds` would then have more than `limit`."""
        if self.wait(key, limit, seconds, amount) > 0:
            return False
        self._windows.setdefault(key, []).append((self._clock(), amount))
        self._windows.move_to_end(key)
        if len(self._windows) > self._max_keys:
            self._windows.popitem(last=False)
        return True

    def wait(self, key: str, limit: int, seconds: int, amount: int = 1) -> float:
        """Seconds until `amount`, which is at most `limit`, can be taken."""
        self._forget_old(key, seconds)
        window = self._windows.get(key, ())
        excess = sum(taken for _, taken in window) + amount - limit
        for at, taken in window if excess > 0 else ():
            excess -= taken
            if excess <= 0:
                return at + seconds - self._clock()
        return 0.0

    def give_back(self, key: str) -> None:
        """Removes the newest entry."""
        if self._windows.get(key):
            self._windows[key].pop()

    def _forget_old(self, key: str, seconds: int) -> None:
        window, cutoff = self._windows.get(key), self._clock() - seconds
        while window and window[0][0] <= cutoff:
            del window[0]
        if not window:
            self._windows.pop(key, None)
