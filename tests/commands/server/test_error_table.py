"""Every row of the failed starts in docs/troubleshooting.md; of each kind, one for every way to start the server.

`test_serve.py` starts every way with wrong settings and with a service that fails.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Final

import pytest

from glossator_plugins.local_postgres.server import PostgresServer
from tests.databases import administer
from tests.plugins.neon.services import PASSWORD, ROLE
from tests.processes import Done, free_port
from tests.production import SECRETS, Production
from tests.servers.openai_behaviour import NO_CREDIT, UNAUTHORIZED

ENTRIES: Final = {"serve": (("serve",), "glossator"), "bare": ((), "glossator"), "quart": (("run",), "quart")}
SPACE: Final = {"SPACE_ID": "owner/name", "SPACE_HOST": "owner-name.hf.space"}
NOWHERE: Final = "no-such-cluster.invalid"


@dataclass(frozen=True)
class Row:
    """Changed variables, the exit code, and the prefix and content of the printed line."""

    code: int
    prefix: str
    contains: str
    variables: dict[str, str] = field(default_factory=dict)


ROWS: Final = {
    "missing secret": Row(78, "BETTER_AUTH_SECRET", "is required", {"BETTER_AUTH_SECRET": ""}),
    "missing secret on a Space": Row(
        78, "OPENAI_API_KEY", "under Secrets", {"OPENAI_API_KEY": "", "OPENAI_BASE_URL": "", **SPACE}
    ),
    "invalid url": Row(78, "QDRANT_URL", "https://", {"QDRANT_URL": "cluster.example"}),
    "plain http to the world": Row(78, "QDRANT_URL", "https", {"QDRANT_URL": "http://cluster.example"}),
    "origin with a path": Row(
        78, "CORS_ALLOWED_ORIGINS", "write https://book.example", {"CORS_ALLOWED_ORIGINS": "https://book.example/docs/"}
    ),
    "an api key of Neon": Row(78, "NEON_API_KEY", "connection string", {"NEON_API_KEY": "napi_0123456789abcdef"}),
    "openai not there": Row(69, "openai:", "OPENAI_BASE_URL", {"OPENAI_BASE_URL": "http://127.0.0.1:{free}/v1"}),
    "qdrant not there": Row(69, "qdrant:", "QDRANT_URL", {"QDRANT_URL": "http://127.0.0.1:{free}"}),
    "cluster name not found": Row(69, "qdrant:", "suspended after 1 week", {"QDRANT_URL": f"https://{NOWHERE}"}),
    "qdrant's key wrong": Row(69, "qdrant:", "QDRANT_API_KEY", {"QDRANT_API_KEY": "another-key-of-the-tests"}),
    "database host not found": Row(
        69, "neon:", NOWHERE, {"NEON_API_KEY": f"postgresql://me:{PASSWORD}@{NOWHERE}/book"}
    ),
    "login refused": Row(69, "neon:", "authentication failed", {"NEON_API_KEY": "{dsn}", "WRONG": "password"}),
    "database missing": Row(69, "neon:", "database", {"NEON_API_KEY": "{dsn}", "WRONG": "database"}),
}
every_entry = pytest.mark.parametrize("entry", ENTRIES)
FOR_EVERY_ENTRY: Final = ("missing secret", "openai not there", "login refused")
pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")


async def run_entry(production: Production, entry: str, variables: dict[str, str]) -> Done:
    arguments, module = ENTRIES[entry]
    wrong = variables.get("WRONG")
    dsn = production.dsn.replace(PASSWORD, "wrong-password") if wrong == "password" else production.dsn
    if wrong == "database":
        dsn = dsn.replace(f"/{production.database}", "/no_such_database")
    given = {
        name: text.replace("{free}", str(free_port())).replace("{dsn}", dsn)
        for name, text in variables.items()
        if name != "WRONG"
    }
    return await asyncio.to_thread(production.place.having(**given).runs, *arguments, module=module)


def assert_reported(done: Done, code: int, prefix: str, contains: str) -> None:
    """One line for each error, without secrets, and the exit code."""
    line = next((line for line in done.told if line.startswith(prefix)), "")
    assert line, done.errors
    assert contains in line
    assert done.code == code
    assert not [secret for secret in SECRETS if secret in done.errors + done.output]


@pytest.mark.parametrize(
    ("name", "entry"), [(name, entry) for name in ROWS for entry in (ENTRIES if name in FOR_EVERY_ENTRY else ["serve"])]
)
async def test_a_failed_start_is_reported_in_one_line(production: Production, name: str, entry: str) -> None:
    row = ROWS[name]

    done = await run_entry(production, entry, row.variables)

    assert_reported(done, row.code, row.prefix, row.contains)


async def test_a_rejected_key_is_reported_without_the_servers_text(production: Production) -> None:
    production.openai.behaviour.failure = UNAUTHORIZED

    assert_reported(await run_entry(production, "serve", {}), 69, "openai:", "OPENAI_API_KEY")


async def test_an_unreachable_database_on_a_space_names_the_allowed_ports(production: Production) -> None:
    production.forwarder.unanswered = 1000

    done = await run_entry(production, "serve", {**SPACE, "NEON__START_TIMEOUT": "2"})

    assert_reported(done, 69, "neon:", "5432")


@every_entry
async def test_a_role_without_rights_gets_the_grant_to_run(
    production: Production, postgres: PostgresServer, entry: str
) -> None:
    await administer(postgres, f"ALTER DATABASE {production.database} OWNER TO postgres")

    done = await run_entry(production, entry, {})

    assert_reported(done, 69, "database:", f"GRANT CREATE ON DATABASE {production.database} TO {ROLE}")


async def test_an_account_without_credit_is_reported(production: Production) -> None:
    production.openai.behaviour.failure = NO_CREDIT

    assert_reported(await run_entry(production, "serve", {}), 69, "openai:", "check its plan and billing")


async def test_a_port_blocked_on_a_space_is_named_with_the_error(production: Production) -> None:
    done = await run_entry(production, "serve", {**SPACE, "QDRANT_URL": f"https://{NOWHERE}:6334"})

    assert "80, 443 and 8080" in done.errors
    assert_reported(done, 69, "qdrant:", "was not found")
