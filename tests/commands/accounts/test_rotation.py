"""Replaces the encryption key while servers run, by the steps in docs/deploy.md."""

import asyncio
from contextlib import ExitStack
from dataclasses import replace
from itertools import count
from typing import Final

import asyncpg
import httpx
import pytest

from glossator.domain.accounts.encryption import KeyCipher
from tests.processes import Running, Workplace, free_port
from tests.production import Production

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")

KEY: Final = "a key that is long enough"
NEW_KEY: Final = "another key, long enough"
NUMBERS: Final = count()
PROFILE: Final = {"technical_background": "Python", "hardware_access": "a laptop", "learning_goals": "robots"}
ALL_FIELDS: Final = """
SELECT email FROM users UNION ALL SELECT name FROM users
UNION ALL SELECT unnest(ARRAY[technical_background, hardware_access, learning_goals]) FROM user_profiles
"""


def signs_up(client: httpx.Client) -> int:
    """Also stores a profile if it succeeds."""
    body = {"email": f"reader{next(NUMBERS)}@example.com", "name": "Ada", "password": "correct horse battery"}
    reply = client.post("/api/auth/sign-up", json=body)
    if reply.status_code == 200:
        headers = {"Authorization": f"Bearer {reply.json()['token']}"}
        client.post("/api/auth/profile/update", json=PROFILE, headers=headers).raise_for_status()
    return reply.status_code


def rotated(place: Workplace) -> tuple[list[int], int, str]:
    """Statuses of the server with both keys before, during and after; then status and log of the other one."""
    both = place.having(DATA_ENCRYPTION_KEY=NEW_KEY, DATA_ENCRYPTION_KEY_PREVIOUS=KEY)
    with ExitStack() as stack:

        def serving(at: Workplace) -> tuple[Running, httpx.Client]:
            server = stack.enter_context(replace(at, port=free_port()).starts("serve"))
            server.serves()
            return server, stack.enter_context(server.client())

        stale, stale_client = serving(place.having(DATA_ENCRYPTION_KEY=KEY))
        assert [signs_up(stale_client) for _ in range(5)] == [200] * 5
        _, client = serving(both)
        answers = [signs_up(client)]
        rotating = stack.enter_context(both.starts("encrypt", "--rotate"))
        while rotating.process.poll() is None:
            answers.append(signs_up(client))
        assert rotating.ended().code == 0
        answers.append(signs_up(client))
        return answers, signs_up(stale_client), stale.errors


async def test_key_is_replaced_while_servers_run_and_no_field_of_it_is_left(production: Production) -> None:
    answers, stale, log = await asyncio.to_thread(rotated, production.place)

    connection = await asyncpg.connect(production.dsn.partition("?")[0])
    fields = [row["email"] for row in await connection.fetch(ALL_FIELDS)]
    await connection.close()
    assert set(answers) == {200}
    assert stale == 503
    assert "restart it with DATA_ENCRYPTION_KEY set to the active key" in log
    assert len(fields) == 5 * (5 + len(answers))
    former, new = KeyCipher(KEY), KeyCipher(NEW_KEY)
    assert [field for field in fields if former.decrypt(field) is not None] == []
    assert [field for field in fields if new.decrypt(field) is None] == []
