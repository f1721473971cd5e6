"""How long a start waits for a database, in virtual time."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from glossator.domain.errors import Unavailable
from glossator.domain.ports.database import Row, Statements
from glossator.kernel.errors import ServiceError
from glossator_plugins.neon.startup import REFUSED_SECONDS, neon_message, wait_until_ready
from glossator_plugins.postgres.failures import Refusing

pytestmark = pytest.mark.virtual_time

START_SECONDS = 15.0


class FailingDatabase:
    """Fails each statement with `error`, until the loop's time is `until`."""

    def __init__(self, error: Unavailable, until: float = 1000) -> None:
        self._error = error
        self._until = until

    async def fetchval(self, sql: str, *args: object) -> Any:
        if asyncio.get_running_loop().time() < self._until:
            raise self._error
        return 1

    async def fetch(self, sql: str, *args: object) -> Sequence[Row]:
        raise NotImplementedError

    async def fetchrow(self, sql: str, *args: object) -> Row | None:
        raise NotImplementedError

    async def execute(self, sql: str, *args: object) -> str:
        raise NotImplementedError

    def transaction(self) -> AbstractAsyncContextManager[Statements]:
        raise NotImplementedError


async def wait(database: FailingDatabase) -> None:
    await wait_until_ready(database, START_SECONDS, neon_message("host", on_space=False))


async def test_a_refused_connection_is_final_after_three_seconds() -> None:
    with pytest.raises(ServiceError, match="refused"):
        await wait(FailingDatabase(Refusing("neon", "refused")))
    assert asyncio.get_running_loop().time() <= REFUSED_SECONDS


async def test_a_server_that_refuses_for_two_seconds_is_waited_for() -> None:
    await wait(FailingDatabase(Refusing("neon", "refused"), until=2))


async def test_a_sleeping_database_is_waited_for_until_the_start_timeout() -> None:
    with pytest.raises(ServiceError, match="asleep"):
        await wait(FailingDatabase(Unavailable("neon", "asleep")))
    assert asyncio.get_running_loop().time() == START_SECONDS
