"""`glossator check` reports what is about to run out: credit, money and connections; and clocks that differ."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from math import inf
from typing import Any

import pytest

from glossator.commands.check.capacity import check_connections, check_money, check_quota, money_finding, money_of_usage
from glossator.commands.check.services import check_database_clock, check_server_clock
from glossator.configuration.core import BETTER_AUTH_SECRET
from glossator.domain.errors import Unavailable
from glossator.domain.ports.database import Database
from glossator.kernel.errors import ServiceError
from glossator.kernel.guards.guard import Guard
from glossator.kernel.plugin import Description, endpoint_of
from glossator.kernel.settings.secret import Secret
from glossator.wiring.database import require_clock
from glossator_plugins.postgres.pool import open_pool
from tests.databases import OPTIONS
from tests.operators import Operator
from tests.plugins.neon.test_startup import FailingDatabase
from tests.plugins.openai.services import open_openai
from tests.servers.http_server import Reply, Request, serving
from tests.servers.openai_behaviour import NO_CREDIT, Behaviour
from tests.servers.openai_server import openai_server

SECRET = Secret("session-key-of-the-tests-long-enough")


class ClockOnly(FailingDatabase):
    """A database whose clock is ahead by some seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(Unavailable("database", ""), until=0)
        self._seconds = seconds

    async def fetchval(self, sql: str, *args: object) -> Any:
        return datetime.now(UTC) + timedelta(seconds=self._seconds)


async def test_an_account_with_credit_is_asked_for_one_vector_and_one_short_answer() -> None:
    async with openai_server() as server, open_openai(server.url) as service:
        found = await check_quota(service, service)

        assert (found.status, found.message) == ("ok", "the account has credit for one vector and one short answer")
        assert len(server.requests) == 2


@pytest.mark.parametrize("chat_only", [True, False])
async def test_an_account_without_credit_fails_with_the_fix(chat_only: bool) -> None:
    empty = Behaviour(failure=NO_CREDIT)
    async with openai_server(Behaviour() if chat_only else empty) as server, open_openai(server.url) as service:
        server.chat = empty
        found = await check_quota(None if chat_only else service, service)

    assert (found.status, found.message) == ("failed", "the account has no credit left (429)")
    assert found.fix == "check its plan and billing"


@pytest.mark.parametrize(
    ("described", "replicas", "status", "part"),
    [
        (Description(connections=5, pooled=True), 1000, "ok", "pooled, and prepared statements work"),
        (Description(connections=5), 2, "ok", "at most 10 of the server's"),
        (Description(connections=5), 100, "warning", "100 processes open up to 500 connections"),
    ],
)
async def test_processes_may_not_open_more_connections_than_the_server_has(
    database: Database, described: Description, replicas: int, status: str, part: str
) -> None:
    found = await check_connections(database, described, replicas)

    assert (found.status, part in found.message) == (status, True)


async def test_what_is_left_of_the_caps_is_read_and_nothing_is_written(
    database: Database, empty_database_dsn: str, operator: Operator
) -> None:
    operator.use_bundled_file()
    configuration = operator.configure()
    counted = replace(configuration, settings=configuration.settings.with_value(BETTER_AUTH_SECRET, SECRET, "code"))

    found = await check_money(database, counted)
    async with open_pool(empty_database_dsn, Guard("tests"), OPTIONS) as empty:
        before = await check_money(empty, counted)

    assert found.message.startswith("$50.00 of $50.00 left of site_month, $5.00 of $5.00 left of site_day, ")
    assert before.message == "nothing is counted before the first start"
    assert await database.fetchval("SELECT count(*) FROM glossator.budget_counts") == 0


def test_little_money_is_a_warning_that_says_what_happens_then() -> None:
    found = money_finding([("site_day", 5.0, 0.25), ("site_month", 50.0, 40.0)])

    assert (found.status, found.fix) == ("warning", "raise BUDGET__SITE_*")
    assert "$0.25 of $5.00 left of site_day" in found.message
    assert "the book is quoted" in found.message


def test_the_money_of_a_running_server_is_that_of_its_usage() -> None:
    caps = [{"limit": "site_day", "usd": 5.0, "left_usd": 4.0}, {"limit": "account_day", "usd": 0.5, "left_usd": None}]

    assert money_of_usage({"caps": caps}).message == "$4.00 of $5.00 left of site_day"
    assert money_of_usage({"code": "unavailable"}).status == "warning"
    assert money_of_usage({"caps": []}).message == "no cap for the whole site"


@pytest.mark.parametrize(
    ("seconds", "status", "part"),
    [
        (30, "ok", "agrees with that of the database"),
        (-90, "warning", "90 s ahead of that of the database"),
        (90, "warning", "90 s behind that of the database"),
        (7200, "failed", "7,200 s behind that of the database"),
    ],
)
async def test_a_clock_that_differs_by_more_than_tokens_tolerate_is_reported(
    seconds: float, status: str, part: str
) -> None:
    found = await check_database_clock(ClockOnly(seconds))

    assert (found.status, part in found.message) == (status, True)
    assert ("NTP" in found.fix) is (status != "ok")


async def test_an_unavailable_database_has_no_clock() -> None:
    assert (
        await check_database_clock(FailingDatabase(Unavailable("database", "no answer - check it"), inf))
    ).fix == "check it"


async def test_the_start_fails_if_the_clock_makes_tokens_useless(caplog: pytest.LogCaptureFixture) -> None:
    await require_clock(ClockOnly(30))
    assert caplog.text == ""
    await require_clock(ClockOnly(300))
    assert "clock_differs: the clock of this machine is 300 s behind that of the database" in caplog.text

    with pytest.raises(ServiceError, match="synchronize it"):
        await require_clock(ClockOnly(-7200))


@pytest.fixture
async def late_server() -> AsyncIterator[str]:
    """Its clock is ten minutes late."""

    async def answer(_: Request, reply: Reply) -> None:
        then = datetime.now(UTC) - timedelta(minutes=10)
        await reply.send_json(404, {}, {"date": format_datetime(then, usegmt=True)})

    async with serving(answer) as port:
        yield f"http://127.0.0.1:{port}"


async def test_the_clock_of_a_server_is_read_from_any_response(late_server: str) -> None:
    found = await check_server_clock(endpoint_of("URL", late_server))

    assert found.status == "warning"
    assert "s ahead of that of 127.0.0.1" in found.message


async def test_a_server_without_the_header_has_no_clock() -> None:
    async def answer(_: Request, reply: Reply) -> None:
        await reply.send_json(200, {})

    async with serving(answer) as port:
        found = await check_server_clock(endpoint_of("URL", f"http://127.0.0.1:{port}"))

    assert (found.status, found.message) == ("ok", "127.0.0.1 does not say what time it is")
