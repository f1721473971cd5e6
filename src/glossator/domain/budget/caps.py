"""Who pays for a piece of work, and the caps that bound what it may cost.

Amounts are whole billionths of a US dollar. Days and months are those of UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal, get_args

WorkKind = Literal["question", "search", "rewriting", "ingest", "evaluation"]
"""What money is spent on."""
CapName = Literal["site_month", "site_day", "guests_day", "rewriting_day", "account_day", "network_day"]
Scope = Literal["network", "account", "site"]

USD: Final = 1_000_000_000
LEASE_SHARE: Final = 0.02
"""Of what a cap allows per day: the most that one lease takes."""
YOUNG: Final = timedelta(hours=24)
DAYS_OF_MONTH: Final = 31
_ORDER: Final[tuple[CapName, ...]] = get_args(CapName)
_SCOPES: Final[dict[CapName, Scope]] = {"account_day": "account", "network_day": "network"}
_SENTENCES: Final[dict[CapName, str]] = {
    "site_month": "This month's budget for written answers is used up",
    "site_day": "Today's budget for written answers is used up",
    "guests_day": "Today's budget for readers without an account, or with a new one, is used up",
    "rewriting_day": "Today's budget for translations and adjusted texts is used up",
    "account_day": "Today's budget of this account is used up",
    "network_day": "Today's budget of this network is used up",
}


def nanos(usd: float) -> int:
    return round(usd * USD)


def usd(amount: int) -> float:
    return amount / USD


@dataclass(frozen=True)
class Payer:
    """The network and the account behind a request, blank if unknown; `young` is an account of less than a day.

    The `operator`'s own commands and routes are counted, but never refused.
    """

    network: str = ""
    account: str = ""
    young: bool = False
    operator: bool = False


OPERATOR: Final = Payer(operator=True)


@dataclass(frozen=True)
class Cap:
    """The most that may be spent under one `key` in the day or the month that begins with `period`."""

    limit: CapName
    key: str
    period: date
    amount: int

    @property
    def scope(self) -> Scope:
        return _SCOPES.get(self.limit, "site")

    @property
    def order(self) -> tuple[int, str, date]:
        """Several caps are always locked in this order."""
        return _ORDER.index(self.limit), self.key, self.period

    @property
    def lease(self) -> int:
        """The usual size of a lease."""
        a_day = self.amount / DAYS_OF_MONTH if self.limit == "site_month" else self.amount
        return max(1, int(a_day * LEASE_SHARE))

    @property
    def resets_at(self) -> datetime:
        return datetime.combine(end_of(self.limit, self.period), time(), UTC)

    @property
    def sentence(self) -> str:
        """For readers, once nothing is left."""
        return f"{_SENTENCES[self.limit]}. It is renewed on {self.resets_at:%Y-%m-%d at %H:%M} UTC."


def end_of(limit: CapName, period: date) -> date:
    if limit == "site_month":
        return (period + timedelta(days=DAYS_OF_MONTH)).replace(day=1)
    return period + timedelta(days=1)


@dataclass(frozen=True)
class Caps:
    """The configured caps; 0 means none. The shares are of the site's day."""

    site_day: int = 0
    site_month: int = 0
    account_day: int = 0
    network_day: int = 0
    guests_share: float = 0.0
    rewriting_share: float = 0.0

    def of(self, payer: Payer, kind: WorkKind, day: date) -> list[Cap]:
        """Those that bound this work, always in the same order; the caps of the whole site come first."""
        return [Cap(limit, key, period, amount) for limit, key, period, amount in self._of(payer, kind, day) if amount]

    def site(self, day: date) -> list[Cap]:
        """Those of all work together."""
        return self.of(OPERATOR, "question", day)

    def shared(self, day: date) -> list[Cap]:
        """Those that have one amount for everyone."""
        return self.of(Payer(), "rewriting", day)

    def individual(self, day: date) -> list[Cap]:
        """Those that each account or network has for itself."""
        amounts: tuple[tuple[CapName, int], ...] = (
            ("account_day", self.account_day),
            ("network_day", self.network_day),
        )
        return [Cap(limit, "", day, amount) for limit, amount in amounts if amount]

    def _of(self, payer: Payer, kind: WorkKind, day: date) -> Iterator[tuple[CapName, str, date, int]]:
        yield "site_month", "", day.replace(day=1), self.site_month
        yield "site_day", "", day, self.site_day
        if payer.operator:
            return
        if payer.young or not payer.account:
            yield "guests_day", "", day, int(self.site_day * self.guests_share)
        if kind == "rewriting":
            yield "rewriting_day", "", day, int(self.site_day * self.rewriting_share)
        if payer.account:
            yield "account_day", payer.account, day, self.account_day
        elif payer.network:
            yield "network_day", payer.network, day, self.network_day

    def divided(self, processes: int) -> "Caps":
        """The part of one of several processes that cannot count together; rounded up, since 0 means no cap."""
        return replace(
            self,
            site_day=-(-self.site_day // processes),
            site_month=-(-self.site_month // processes),
            account_day=-(-self.account_day // processes),
            network_day=-(-self.network_day // processes),
        )
