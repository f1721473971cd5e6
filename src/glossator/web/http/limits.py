"""Limits of requests per client network and per account, in the memory of this process.

`LIMITED` says which routes count for which limit; all other routes are free. A refused request counts for no limit.
"""

import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from time import monotonic
from typing import Final

from quart import g, request

from glossator.domain.accounts.account import UNKNOWN_NETWORK
from glossator.domain.budget.caps import Scope
from glossator.web.http.context import WebOptions, services
from glossator.web.http.errors.problem import Problem, Reached, limit_reached
from glossator.web.http.network import client_network

log = logging.getLogger(__name__)

HOPS_WARNING: Final = (
    "requests come from a proxy that does not name its clients as SERVER__TRUSTED_HOPS={hops} expects, so these readers"
    " share one network in the limits - set it to auto or to the number of proxies in front"
)
MINUTE: Final = 60
HOUR: Final = 3600
MAX_KEYS: Final = 20_000

MovingWindow = list[tuple[float, int]]  # times and amounts, oldest first; takes less memory than a deque


@dataclass(frozen=True)
class Limit:
    """Of the last `seconds`. `routes` have the form `METHOD rule`.

    - `by_text`: counts the texts of the body, not requests
    - `unknown_factor`: how many times wider it is for the clients whose address is unknown, since they share it
    """

    name: str
    seconds: int
    routes: tuple[str, ...] = ()
    by_text: bool = False
    unknown_factor: int = 10


CHAT: Final = Limit(
    "chat",
    MINUTE,
    ("POST /chat", "POST /chat/stream", "POST /ask", "GET /ask", "POST /v1/chat/completions"),
)
SEARCH: Final = Limit("search", MINUTE)
SEARCH_WORDS: Final = Limit("search_words", MINUTE)
"""The route counts for one of these two, because the body says which kind of search it is."""
FEEDBACK: Final = Limit("feedback", MINUTE, ("POST /feedback",))
REWRITING: Final = Limit(
    "rewriting",
    MINUTE,
    ("POST /translate", "POST /translate/batch", "POST /adjust-content", "POST /adjust-content/batch"),
    by_text=True,
)
SIGN_IN: Final = Limit(
    "sign_in",
    MINUTE,
    (
        "POST /api/auth/sign-in/email",
        "POST /sign-in",
        "POST /api/auth/verify-password",
        "POST /api/auth/change-password",
        "POST /api/auth/reset-password",
        "POST /api/auth/delete-user",
        "POST /api/auth/account/export",
    ),
)
WHOLE_BOOK: Final = Limit("whole_book", MINUTE, ("GET /llms-full.txt",))
"""Each costs as much as reading every page."""
SIGN_UP: Final = Limit("sign_up", HOUR, ("POST /api/auth/sign-up/email", "POST /api/auth/sign-up", "POST /sign-up"))
LIMITED: Final = (CHAT, SEARCH, SEARCH_WORDS, FEEDBACK, REWRITING, WHOLE_BOOK, SIGN_IN, SIGN_UP)
ADMIN_KEY: Final = Limit("admin_key", MINUTE, unknown_factor=1)
"""Wrong keys, which the admin routes count themselves."""

_BY_ROUTE: Final = {route: limit for limit in LIMITED for route in limit.routes}


class MovingWindows:
    """What each key took lately.

    Beyond `max_keys` it forgets the key that was used longest ago, so many networks cannot fill the memory.
    """

    def __init__(self, clock: Callable[[], float] = monotonic, max_keys: int = MAX_KEYS) -> None:
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


class RequestLimits:
    """`amounts` are for all `replicas` together, by limit and scope (`chat_per_network`); 0 or none: no limit."""

    def __init__(self, amounts: Mapping[str, int], replicas: int = 1, clock: Callable[[], float] = monotonic) -> None:
        self.amounts = {"admin_key_per_network": 10, **amounts}
        self.reached: Counter[tuple[str, Scope]] = Counter()
        """Refused requests by limit and scope."""
        self._replicas = replicas
        self._windows = MovingWindows(clock)

    def take(self, limit: Limit, scope: Scope, caller: str, amount: int = 1) -> None:
        """Counts `amount`. Raises as `require`, and counts nothing then."""
        self.require(limit, scope, caller, amount)
        most = self._most(limit, scope, caller)
        if most:
            self._windows.take(_key(limit, scope, caller), most, limit.seconds, min(amount, most))

    def require(self, limit: Limit, scope: Scope, caller: str, amount: int = 1) -> None:
        """Raises Problem 429 if `amount` would exceed the limit; more than the whole limit counts as the whole."""
        most = self._most(limit, scope, caller)
        if not most:
            return
        wait = self._windows.wait(_key(limit, scope, caller), most, limit.seconds, min(amount, most))
        if wait > 0:
            self.reached[limit.name, scope] += 1
            raise limit_reached(Reached(limit.name, scope), max(1, ceil(wait)))

    def give_back(self, limit: Limit, scope: Scope, caller: str) -> None:
        """Undoes the last `take`."""
        if self._most(limit, scope, caller):
            self._windows.give_back(_key(limit, scope, caller))

    def is_due(self, warning: str) -> bool:
        """True at most once an hour."""
        return self._windows.take(warning, 1, HOUR)

    def _most(self, limit: Limit, scope: Scope, caller: str) -> int:
        """0 without a limit."""
        amount = self.amounts.get(f"{limit.name}_per_{scope}", 0)
        wide = limit.unknown_factor if scope == "network" and caller == UNKNOWN_NETWORK else 1
        return ceil(amount * wide / self._replicas)


def _key(limit: Limit, scope: Scope, caller: str) -> str:
    return f"{limit.name} {scope} {caller}"


def request_limit() -> Limit | None:
    """The limit of the current request's route, or the one that its body decided on."""
    rule = request.url_rule
    return g.get("limit") or (None if rule is None else _BY_ROUTE.get(f"{request.method} {rule.rule}"))


async def count_for_network() -> None:
    """Runs before a request's body is read. Raises Problem 429."""
    limit, limits, network = request_limit(), services().get(RequestLimits), client_network()
    if network == UNKNOWN_NETWORK and limits.is_due("unknown_address"):
        hops = services().get(WebOptions).trusted_hops
        log.warning("client_address_unknown: %s", HOPS_WARNING.format(hops=hops))
    if limit is not None:
        count = limits.require if limit.by_text else limits.take
        count(limit, "network", network)


def count_request(limit: Limit) -> None:
    """Counts the request for its network and a limit that its body decides on. Raises Problem 429."""
    services().get(RequestLimits).take(limit, "network", client_network())
    g.limit = limit


def count_texts(number: int) -> None:
    """Counts the texts of a request for its network. Raises Problem 429."""
    limit = request_limit()
    if limit is not None and limit.by_text and number:
        services().get(RequestLimits).take(limit, "network", client_network(), number)


def count_for_account(account_id: str) -> None:
    """Raises Problem 429; the request then does not count for its network either."""
    limit, limits = request_limit(), services().get(RequestLimits)
    if limit is None:
        return
    try:
        limits.take(limit, "account", account_id)
    except Problem:
        limits.give_back(limit, "network", client_network())
        raise
