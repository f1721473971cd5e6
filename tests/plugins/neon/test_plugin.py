"""The neon plugin with a real PostgreSQL server over TCP, and with servers that reject every connection."""

import asyncio
import logging
import os
import signal
import socket
import ssl
import traceback
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from glossator.domain.errors import Unavailable
from glossator.domain.ports.database import Database
from glossator.kernel.errors import ExitCode, ServiceError, StartupFailed
from glossator.kernel.plugin import ServicePlugin
from glossator.kernel.registry import Registry
from glossator.kernel.services import Services
from glossator.kernel.settings.secret import Secret
from glossator.kernel.settings.setting import BadValue
from glossator.storage.schema.migrations import applied, bundled, migrate
from glossator_plugins.local_postgres.server import PostgresServer, running_server
from glossator_plugins.neon.plugin import (
    API_KEY,
    CONNECTIONS,
    IDLE_LIFETIME,
    SPACE_ID,
    STATEMENT_CACHE,
    TIMEOUT,
    NeonPlugin,
)
from glossator_plugins.postgres.dsn import system_tls
from glossator_plugins.postgres.pool import PostgresDatabase
from tests.databases import administer
from tests.plugins.neon.services import (
    PASSWORD,
    ROLE,
    TIMES,
    Changes,
    dsn_at,
    open_neon,
    require_password,
    settings_for,
    socket_of,
)
from tests.servers.rejecting_postgres import rejecting_postgres
from tests.servers.tcp_forwarder import Forwarder, forwarding

QUICK: Changes = {TIMEOUT: 1.0, TIMES.start: 2.0}


@pytest.fixture
async def neon(postgres: PostgresServer) -> AsyncIterator[Forwarder]:
    await require_password(postgres)
    async with forwarding(socket_of(postgres)) as forwarder:
        yield forwarder


@pytest.fixture
async def dsn(neon: Forwarder, postgres: PostgresServer, empty_database_dsn: str) -> AsyncIterator[str]:
    """The connection string of an empty database that the role owns."""
    name = urlsplit(empty_database_dsn).path.removeprefix("/")
    await administer(postgres, f"ALTER DATABASE {name} OWNER TO {ROLE}")
    yield dsn_at(neon.port, name)
    await administer(postgres, f"ALTER DATABASE {name} OWNER TO postgres")


async def sessions(server: PostgresServer) -> int:
    connection = await asyncpg.connect(server.dsn())
    try:
        return int(await connection.fetchval("SELECT count(*) FROM pg_stat_activity WHERE usename = $1", ROLE))
    finally:
        await connection.close()


async def start_error(dsn: str, changes: Changes | None = None) -> str:
    with pytest.raises(ServiceError) as error:
        async with open_neon(dsn, changes):
            pass
    return str(error.value)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_the_plugin_fulfils_the_contract() -> None:
    plugin = NeonPlugin()
    assert isinstance(plugin, ServicePlugin)
    assert (plugin.name, plugin.provides, plugin.requires) == ("neon", (Database,), ())


async def test_it_connects_checks_and_applies_the_schema(dsn: str) -> None:
    services = Services()
    async with open_neon(dsn, services=services) as database:
        await database.check()
        await migrate(database)
        assert await applied(database) == {migration.number for migration in bundled()}
    last = services.guard("neon").last
    assert last is not None
    assert last.ok


async def test_the_start_waits_for_a_compute_that_wakes_slowly(dsn: str, neon: Forwarder) -> None:
    neon.unanswered = 2
    async with open_neon(dsn, {TIMEOUT: 0.4, TIMES.start: 60.0}) as database:
        assert await database.fetchval("SELECT 1") == 1
    assert neon.accepted >= 3


async def test_a_server_that_is_starting_up_is_retried_until_the_start_timeout() -> None:
    async with rejecting_postgres("57P03", "the database system is starting up") as server:
        line = await start_error(dsn_at(server.port), QUICK)
    assert line.startswith(f"the connection to 127.0.0.1:{server.port} was lost")
    assert server.connections > 1


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ((PASSWORD, "wrong"), "{host}: authentication failed - check the user and the password in NEON_API_KEY"),
        (("/test_", "/missing_"), "{host}: the database does not exist - check the name at the end of NEON_API_KEY"),
        (("=prefer", "=require"), "no trusted TLS connection to {host} - check sslmode in NEON_API_KEY"),
        (("=prefer", "=verify-full"), "no trusted TLS connection to {host} - check sslmode in NEON_API_KEY"),
    ],
)
async def test_a_permanent_failure_is_reported_at_once(
    dsn: str, neon: Forwarder, change: tuple[str, str], line: str
) -> None:
    assert await start_error(dsn.replace(*change)) == line.format(host=f"127.0.0.1:{neon.port}")


async def test_a_role_without_free_connections_is_reported(dsn: str, neon: Forwarder, postgres: PostgresServer) -> None:
    await administer(postgres, f"ALTER ROLE {ROLE} CONNECTION LIMIT 0")
    assert await start_error(dsn, QUICK) == (
        f"127.0.0.1:{neon.port} has no free connection - lower NEON__CONNECTIONS, or use Neon's pooled host (-pooler)"
    )


async def test_a_role_without_permission_is_reported(dsn: str, postgres: PostgresServer) -> None:
    name = urlsplit(dsn).path.removeprefix("/")
    await administer(postgres, f"ALTER DATABASE {name} OWNER TO postgres")
    await administer(postgres, f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")
    assert await start_error(dsn) == (
        "the role in NEON_API_KEY may not connect to its database - ask the owner to GRANT CONNECT"
    )


async def test_an_unknown_host_is_reported() -> None:
    line = await start_error(f"postgresql://u:{PASSWORD}@ep-no-such.invalid/db", QUICK)
    assert line == "the host ep-no-such.invalid was not found - copy the connection string from the Neon console again"


async def test_a_refused_connection_is_reported() -> None:
    port = free_port()
    assert await start_error(dsn_at(port), QUICK) == (
        f"127.0.0.1:{port} refused the connection - check host and port in NEON_API_KEY"
    )


@pytest.mark.parametrize("space", [None, "owner/name"])
async def test_a_timeout_on_a_space_mentions_the_blocked_port(dsn: str, neon: Forwarder, space: str | None) -> None:
    neon.unanswered = 100
    line = await start_error(dsn, QUICK | {TIMEOUT: 0.4, SPACE_ID: space})
    assert line.startswith(f"no answer from 127.0.0.1:{neon.port} within 0.4 s - check the host in NEON_API_KEY")
    assert ("a Space may block port 5432" in line) is bool(space)


async def test_a_failed_tls_handshake_is_reported() -> None:
    async with rejecting_postgres("28000", "x", tls=b"S") as server:
        line = await start_error(dsn_at(server.port).replace("prefer", "require"))
    assert line == f"no trusted TLS connection to 127.0.0.1:{server.port} - check sslmode in NEON_API_KEY"


async def test_a_server_that_is_too_old_fails_the_check(dsn: str, neon: Forwarder, postgres: PostgresServer) -> None:
    connection = await asyncpg.connect(postgres.dsn())
    major = connection.get_server_version().major
    await connection.close()
    neon.replacement = (f"server_version\0{major}".encode(), b"server_version\x0013")
    async with open_neon(dsn) as database:
        with pytest.raises(ServiceError, match="the server runs PostgreSQL 13, but 14 or later is required"):
            await database.check()


async def test_a_failed_start_is_one_line_and_exit_code_69(neon: Forwarder) -> None:
    settings = settings_for(dsn_at(neon.port, password="wrong"))
    with pytest.raises(StartupFailed) as failed:
        await Registry([NeonPlugin()], settings).running().__aenter__()
    assert failed.value.code == ExitCode.UNAVAILABLE
    assert failed.value.lines == (
        f"neon: 127.0.0.1:{neon.port}: authentication failed - check the user and the password in NEON_API_KEY",
    )


async def test_the_plugins_message_comes_before_the_registrys(neon: Forwarder) -> None:
    neon.unanswered = 100
    with pytest.raises(StartupFailed) as failed:
        await Registry([NeonPlugin()], settings_for(dsn_at(neon.port), QUICK)).running().__aenter__()
    assert failed.value.lines[0].startswith("neon: no answer from 127.0.0.1")


async def test_connections_terminated_by_the_server_are_replaced(dsn: str, postgres: PostgresServer) -> None:
    async with open_neon(dsn) as database:
        await asyncio.gather(*(database.fetchval("SELECT 1") for _ in range(3)))
        await administer(
            postgres, f"SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE usename = '{ROLE}'"
        )
        assert [await database.fetchval("SELECT $1::integer", number) for number in range(6)] == list(range(6))
        async with database.transaction() as transaction:
            assert await transaction.fetchval("SELECT 1") == 1


async def test_connections_cut_by_the_network_are_replaced(dsn: str, neon: Forwarder) -> None:
    async with open_neon(dsn) as database:
        await asyncio.gather(*(database.fetchval("SELECT 1") for _ in range(3)))
        neon.cut()
        assert [await database.fetchval("SELECT $1::integer", number) for number in range(6)] == list(range(6))


async def test_a_restarted_server_is_used_again(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        await require_password(server)
        async with forwarding(socket_of(server)) as forwarder, open_neon(dsn_at(forwarder.port)) as database:
            pid = server.pid
            assert pid is not None
            os.kill(pid, signal.SIGINT)
            while server.pid == pid:
                await asyncio.sleep(0.02)
            assert await answers_within(database, 60.0)
            assert await database.fetchval("SELECT 1") == 1


async def answers_within(database: PostgresDatabase, seconds: float) -> bool:
    async with asyncio.timeout(seconds):
        while True:
            try:
                return bool(await database.fetchval("SELECT true"))
            except Unavailable:
                await asyncio.sleep(0.05)


async def test_idle_connections_are_closed(dsn: str, postgres: PostgresServer) -> None:
    async with open_neon(dsn, {IDLE_LIFETIME: 0.2}) as database:
        assert await database.fetchval("SELECT 1") == 1
        async with asyncio.timeout(60):
            while await sessions(postgres):
                await asyncio.sleep(0.05)
        assert await database.fetchval("SELECT 1") == 1


async def test_the_pool_opens_no_more_connections_than_configured(dsn: str, neon: Forwarder) -> None:
    async with open_neon(dsn, {CONNECTIONS: 2}) as database:
        await asyncio.gather(*(database.fetchval("SELECT pg_sleep(0.05)") for _ in range(8)))
    assert neon.accepted == 2


async def test_a_statement_costs_one_round_trip(dsn: str, neon: Forwarder) -> None:
    async with open_neon(dsn) as database:
        await database.fetchval("SELECT 2")
        before = neon.sent
        await database.fetchval("SELECT 2")
        assert neon.sent - before == 1


async def test_a_pooler_that_loses_prepared_statements_is_reported_with_the_setting(dsn: str) -> None:
    async with open_neon(dsn, {CONNECTIONS: 1}) as database:
        await database.fetchval("SELECT 2")
        await database.execute("DEALLOCATE ALL")
        with pytest.raises(Unavailable, match="loses prepared statements - set NEON__STATEMENT_CACHE=0"):
            await database.fetchval("SELECT 2")


async def test_no_statement_is_lost_without_the_statement_cache(dsn: str) -> None:
    async with open_neon(dsn, {CONNECTIONS: 1, STATEMENT_CACHE: 0}) as database:
        await database.fetchval("SELECT 2")
        await database.execute("DEALLOCATE ALL")
        assert await database.fetchval("SELECT 2") == 2


async def test_a_cancelled_statement_does_not_affect_the_next_one(dsn: str) -> None:
    async with open_neon(dsn, {CONNECTIONS: 1}) as database:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await database.fetchval("SELECT pg_sleep(3)")
        assert await database.fetchval("SELECT 2") == 2


async def test_a_role_that_may_not_create_the_schema_is_reported_with_the_grant(
    dsn: str, postgres: PostgresServer
) -> None:
    name = urlsplit(dsn).path.removeprefix("/")
    await administer(postgres, f"ALTER DATABASE {name} OWNER TO postgres")
    async with open_neon(dsn) as database:
        with pytest.raises(ServiceError) as error:
            await migrate(database)
    assert f"as the database owner run: GRANT CREATE ON DATABASE {name} TO {ROLE};" in str(error.value)


async def test_it_stops_in_time_with_an_open_transaction(dsn: str) -> None:
    began = asyncio.Event()

    async def hold(database: PostgresDatabase) -> None:
        async with database.transaction():
            began.set()
            await asyncio.Event().wait()

    async with open_neon(dsn) as database:
        holding = asyncio.create_task(hold(database))
        await began.wait()
    assert not holding.done()
    holding.cancel()
    await asyncio.gather(holding, return_exceptions=True)


@pytest.mark.parametrize("sqlstate", ["28P01", "3D000", "53300", "57P03", "XX000", "08P01"])
async def test_a_connection_string_in_a_server_error_is_never_printed(
    sqlstate: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with rejecting_postgres(sqlstate, f"rejected: postgresql://{ROLE}:{PASSWORD}@host/db") as server:
        with caplog.at_level(logging.DEBUG), pytest.raises(ServiceError) as error:
            async with open_neon(dsn_at(server.port), QUICK):
                pass
    lines = traceback.format_exception(error.value)
    everything = "\n".join([*lines, caplog.text, *(str(record.__dict__) for record in caplog.records)])
    assert PASSWORD not in everything
    assert "rejected: " not in everything


async def test_an_unknown_rejection_is_reported_by_its_class() -> None:
    async with rejecting_postgres("XX000", "The requested endpoint could not be found") as server:
        line = await start_error(dsn_at(server.port), QUICK)
    assert line.startswith(f"127.0.0.1:{server.port} rejected the connection (InternalServerError) - check the project")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("napi_s3cret", "not an API key"),
        ("postgresql+asyncpg://u:s3cret@h/db", "without the driver's name"),
        ("psql 'postgresql://u:s3cret@h/db'", "without psql"),
        ('"postgresql://u:s3cret@h/db"', "without quotes"),
        ("mysql://u:s3cret@h/db", "begins with postgresql://"),
        ("s3cret", "begins with postgresql://"),
        ("postgresql://u:s3cret/x@h/db", "write / as %2F"),
        ("postgresql:///s3cret", "with a host"),
        ("postgresql://u:s3cret@h/db?sslmode=always", "sslmode is one of"),
        ("postgresql://u:s3cret@[h/db", "must be a connection string"),
    ],
)
def test_an_invalid_connection_string_is_a_settings_error(text: str, error: str) -> None:
    with pytest.raises(BadValue, match=error) as raised:
        API_KEY.type.parse(text)
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u:p%40ss@ep-x-123.eu-central-1.aws.neon.tech/neondb?sslmode=require&channel_binding=require",
        "postgres://u:p@ep-x-123-pooler.eu-central-1.aws.neon.tech/neondb?sslmode=verify-full",
        "postgresql://u:p@localhost:5433/db",
    ],
)
def test_connection_strings_of_providers_are_accepted(text: str) -> None:
    assert API_KEY.type.parse(text) == Secret(text)


@pytest.mark.parametrize(
    ("keys", "hostname_checked"),
    [("sslmode=verify-full", True), ("sslmode=verify-ca", False), ("sslmode=verify-full&sslrootcert=system", True)],
)
def test_a_certificate_is_verified_without_a_file(keys: str, hostname_checked: bool) -> None:
    context = system_tls(f"postgresql://u:p@h/db?{keys}")
    assert context is not None
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname is hostname_checked


@pytest.mark.parametrize("keys", ["", "sslmode=require", "sslmode=verify-full&sslrootcert=/etc/own.crt"])
def test_the_driver_handles_other_tls_modes(keys: str) -> None:
    assert system_tls(f"postgresql://u:p@h/db?{keys}") is None
