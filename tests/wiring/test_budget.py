"""Wiring the budget: the caps of the settings, one ledger for all processes, and what a stop leaves."""

import pytest

from glossator.configuration.core import Configuration
from glossator.domain.budget.budget import Budget
from glossator.domain.budget.caps import USD, Caps, Payer, nanos
from glossator.domain.ports.database import Database
from glossator.kernel.services import Services
from glossator.wiring.budget import budget_caps, run_budget, wire_budget
from glossator_plugins.postgres.pool import PostgresDatabase
from tests.operators import Operator
from tests.wiring.test_accounts import PRODUCTION, configured

READER = Payer("192.0.2.1", "account-1")


def wired(configuration: Configuration, database: PostgresDatabase | None = None) -> Services:
    services = Services()
    if database is not None:
        services.provide(Database, database)
    wire_budget(services, configuration)
    return services


async def spend(services: Services, usd: float) -> bool:
    """Whether it was refused."""
    async with services.get(Budget).spending(READER, "question", usd) as spending:
        if spending.refused is None:
            spending.add_embedding(1, usd * 1_000_000)
        return spending.refused is not None


async def left(services: Services) -> dict[str, int | None]:
    return {state.cap.limit: state.left for state in await services.get(Budget).left()}


def test_the_caps_are_on_by_default(operator: Operator) -> None:
    caps = budget_caps(configured(operator, PRODUCTION, "production").settings)

    assert caps == Caps(5 * USD, 50 * USD, USD // 2, USD // 2, 0.5, 0.3)


@pytest.mark.parametrize("name", ["SITE_DAY", "SITE_MONTH", "ACCOUNT_DAY", "NETWORK_DAY"])
def test_zero_turns_a_cap_off(operator: Operator, name: str) -> None:
    caps = budget_caps(configured(operator, {f"BUDGET__{name}": "0"}).settings)

    assert getattr(caps, name.lower()) == 0


async def test_processes_with_a_database_share_the_caps(operator: Operator, database: PostgresDatabase) -> None:
    configuration = configured(operator, PRODUCTION | {"REPLICAS": "3"}, "production")
    one, other = wired(configuration, database), wired(configuration, database)

    async with run_budget(one):
        await spend(one, 0.2)

    assert (await left(other))["site_day"] == nanos(4.8)
    assert [await spend(other, 0.2) for _ in range(2)] == [False, True]


async def test_without_a_database_each_process_has_its_part(operator: Operator) -> None:
    services = wired(configured(operator, {"REPLICAS": "5"}))

    assert (await left(services))["site_day"] == USD
    assert [await spend(services, 0.09) for _ in range(2)] == [False, True]
