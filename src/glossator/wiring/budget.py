"""Wires the budget: its caps, and the ledger that all processes share."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from glossator.configuration import budget as own
from glossator.configuration.core import BETTER_AUTH_SECRET, REPLICAS, Configuration
from glossator.domain.budget.budget import Budget
from glossator.domain.budget.caps import Caps, nanos
from glossator.domain.budget.leases import Leases
from glossator.domain.budget.memory_ledger import MemoryLedger
from glossator.domain.derived_keys import derived_key
from glossator.domain.ports.database import Database
from glossator.kernel.periodic import run_periodically
from glossator.kernel.services import Services
from glossator.kernel.settings.setting import Settings
from glossator.storage.budget import StoredLedger

log = logging.getLogger(__name__)

RENEW_SECONDS: Final = 20.0


def wire_budget(services: Services, configuration: Configuration, database: Database | None = None) -> None:
    """Without a database each replica gets an equal part and counts for itself."""
    settings = configuration.settings
    caps, replicas, secret = budget_caps(settings), settings[REPLICAS], settings[BETTER_AUTH_SECRET]
    if database is None and Database in services:
        database = services.get(Database)
    if database is not None and secret is not None:
        ledger = StoredLedger(database, derived_key(secret.reveal(), "budget"))
        services.provide(Budget, Budget(caps, ledger, Leases(ledger, processes=replicas)))
    else:
        alone = MemoryLedger()
        services.provide(Budget, Budget(caps.divided(replicas), alone, Leases(alone)))


@asynccontextmanager
async def run_budget(services: Services) -> AsyncIterator[None]:
    """Renews the leases while the block runs, and gives them back at its end."""
    budget = services.get(Budget)
    async with run_periodically(budget.renew, first=RENEW_SECONDS, every=RENEW_SECONDS):
        try:
            yield
        finally:
            await budget.close()


def budget_caps(settings: Settings) -> Caps:
    return Caps(
        site_day=nanos(settings[own.BUDGET_SITE_DAY]),
        site_month=nanos(settings[own.BUDGET_SITE_MONTH]),
        account_day=nanos(settings[own.BUDGET_ACCOUNT_DAY]),
        network_day=nanos(settings[own.BUDGET_NETWORK_DAY]),
        guests_share=settings[own.BUDGET_GUESTS_SHARE],
        rewriting_share=settings[own.BUDGET_REWRITING_SHARE],
    )
