import asyncio
import os
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from importlib.metadata import distribution
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from glossator.kernel.errors import ServiceError
from glossator_plugins.local_postgres.binaries import find_binaries
from glossator_plugins.local_postgres.cluster import find_cluster
from glossator_plugins.local_postgres.folder import SOCKET
from glossator_plugins.local_postgres.os_account import OSAccount, account_for, can_reach
from glossator_plugins.local_postgres.owner import Owner, owner_of
from glossator_plugins.local_postgres.process import launch
from glossator_plugins.local_postgres.server import PostgresServer, running_server
from glossator_plugins.local_postgres.wheel import WHEEL, cached_copy, program_folders
from tests.servers.launcher_process import reachable_python, run_launcher, uid_of

IS_ROOT: Final = os.geteuid() == 0
NOBODY: Final = uid_of("nobody") if IS_ROOT else None
as_root = pytest.mark.skipif(not IS_ROOT, reason="needs root")
as_nobody = pytest.mark.skipif(
    NOBODY is None or reachable_python(NOBODY) is None,
    reason="needs root, the user nobody, and a Python and these sources where that user can read them",
)


@pytest.fixture
def data(tmp_path: Path, created_data: Path) -> Path:
    """A copy of created data, with one row in the table `toys`; creating them takes a second."""
    data = tmp_path / "data"
    shutil.copytree(created_data, data)
    cluster = data / "postgres" / "cluster"
    account = account_for(created_data / "postgres" / "cluster")
    if account.dropped:
        for path in (cluster, *cluster.rglob("*")):
            os.chown(path, account.uid, account.gid)
    return data


@pytest.fixture(scope="module")
def created_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("created")
    asyncio.run(create(data))
    return data


async def create(data: Path) -> None:
    async with running_server(data) as server:
        await execute(server.dsn(), "CREATE TABLE toys AS SELECT 'ball' AS name")


async def execute(dsn: str, sql: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def toys(dsn: str) -> object:
    return await execute(dsn, "SELECT count(*) FROM toys")


async def wait_until_gone(pid: int, data: Path) -> None:
    """Waits until no server of ours has this pid."""
    async with asyncio.timeout(60):
        while owner_of(pid, cluster_of(data)) is Owner.OURS:
            await asyncio.sleep(0.02)


def cluster_of(data: Path) -> Path:
    return data.resolve() / "postgres" / "cluster"


def user_of(pid: int | None) -> int:
    """The account that a process runs as."""
    return Path(f"/proc/{pid}").stat().st_uid


def socket_of(dsn: str) -> Path:
    return Path(parse_qs(urlsplit(dsn).query)["host"][0])


@contextmanager
def sleeper(uid: int) -> Iterator["subprocess.Popen[bytes]"]:
    """A process of another program."""
    with subprocess.Popen(["sleep", "60"], user=uid if IS_ROOT else None) as process:
        yield process
        process.kill()


def servers_on(data: Path) -> list[int]:
    """All processes of PostgreSQL for this folder, including those that are just starting."""
    folder = str(data.resolve() / "postgres")
    pids = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            links = [str(link.readlink()) for link in (process / "fd").iterdir()]
            if int(process.name) != os.getpid() and any(link.startswith(folder) for link in links):
                pids.append(int(process.name))
    return pids


async def test_first_start_creates_the_data_and_the_second_uses_them(tmp_path: Path) -> None:
    await create(tmp_path)

    async with running_server(tmp_path) as server:
        assert await toys(server.dsn()) == 1


async def test_data_are_durable_utf8_with_unicode_case_rules(data: Path) -> None:
    async with running_server(data) as server:
        assert await execute(server.dsn(), "SHOW server_encoding") == "UTF8"
        assert await execute(server.dsn(), "SHOW fsync") == "on"
        assert await execute(server.dsn(), "SHOW data_checksums") == "on"
        assert await execute(server.dsn(), "SELECT lower('ÄÉΩЖ')") == "äéωж"


async def test_server_listens_on_a_private_socket_only(data: Path) -> None:
    async with running_server(data) as server:
        assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700
        assert len(os.fsencode(server.socket / SOCKET)) < 100
        assert await execute(server.dsn(), "SHOW listen_addresses") == ""


async def test_stop_leaves_no_process_and_no_socket_folder(data: Path) -> None:
    async with running_server(data) as server:
        socket = server.socket
        assert servers_on(data)

    assert not servers_on(data)
    assert not socket.exists()


@as_root
async def test_root_runs_the_server_under_an_unprivileged_account(data: Path) -> None:
    async with running_server(data) as server:
        assert user_of(server.pid) == cluster_of(data).stat().st_uid
        assert user_of(server.pid) != 0


@as_root
async def test_root_changes_no_permission_above_the_data(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(0o700)

    async with running_server(home / "project" / ".glossator") as server:
        assert await execute(server.dsn(), "SELECT 1") == 1
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert (home.stat().st_uid, (home / "project" / ".glossator").stat().st_uid) == (0, 0)


@as_root
async def test_root_uses_data_of_a_user_without_changing_their_owner(data: Path) -> None:
    assert NOBODY is not None
    cluster = data / "postgres" / "cluster"
    for path in (data / "postgres", data / "postgres" / "lock", cluster, *cluster.rglob("*")):
        os.chown(path, NOBODY, NOBODY)

    async with running_server(data) as server:
        assert await toys(server.dsn()) == 1
        assert user_of(server.pid) == NOBODY
    assert {path.stat().st_uid for path in (data / "postgres").rglob("*")} == {NOBODY}


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder


@as_nobody
async def test_normal_user_restarts_a_killed_server(open_folder: Path) -> None:
    with run_launcher(open_folder / "data", uid=NOBODY) as first:
        await execute(first.dsn, "CREATE TABLE toys AS SELECT 'ball' AS name")
        assert user_of(first.server_pid) == NOBODY
        first.process.kill()
    await wait_until_gone(first.server_pid, open_folder / "data")

    with run_launcher(open_folder / "data", uid=NOBODY) as second:
        assert await toys(second.dsn) == 1


@as_nobody
def test_user_id_without_a_name_is_reported_with_the_fix(open_folder: Path) -> None:
    with run_launcher(open_folder / "data", uid=54321) as nameless:
        assert nameless.output.startswith("error: user id 54321 has no name on this machine")


async def test_killed_server_is_restarted_with_its_data(data: Path) -> None:
    async with running_server(data) as server:
        killed = server.pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)

        async with asyncio.timeout(60):
            while (count := await try_query(server)) is None:
                await asyncio.sleep(0.05)
        assert count == 1
        assert server.pid != killed


async def try_query(server: PostgresServer) -> object:
    with suppress(OSError, asyncpg.PostgresError):
        return await toys(server.dsn())
    return None


async def test_killed_process_leaves_no_server_running(data: Path) -> None:
    with run_launcher(data) as killed:
        killed.process.kill()
    await wait_until_gone(killed.server_pid, data)

    async with running_server(data) as server:
        assert await toys(server.dsn()) == 1
    assert not socket_of(killed.dsn).exists()


async def test_start_right_after_a_kill_waits_for_the_old_server(data: Path) -> None:
    with run_launcher(data) as killed:
        killed.process.kill()

    async with running_server(data) as server:
        assert await toys(server.dsn()) == 1


async def test_data_survive_when_process_and_server_are_killed(data: Path) -> None:
    with run_launcher(data) as killed:
        await execute(killed.dsn, "INSERT INTO toys VALUES ('doll')")
        os.kill(killed.server_pid, signal.SIGKILL)
        killed.process.kill()

    async with running_server(data) as server:
        assert await toys(server.dsn()) == 2


async def test_second_process_reports_the_owner_of_the_data(data: Path) -> None:
    async with running_server(data) as server:
        with run_launcher(data) as second:
            assert second.output.startswith(f"error: the data folder is in use by pid {os.getpid()} - ")
        assert await toys(server.dsn()) == 1


async def test_recorded_pid_of_another_program_is_ignored(data: Path) -> None:
    cluster = data / "postgres" / "cluster"
    account = account_for(cluster)
    with sleeper(account.uid) as other:
        (cluster / "postmaster.pid").write_text(f"{other.pid}\n{cluster}\n1700000000\n5432\n/tmp\n\n  1  1\nready\n")
        os.chown(cluster / "postmaster.pid", account.uid, account.gid)

        async with running_server(data) as server:
            assert await toys(server.dsn()) == 1
        assert other.poll() is None


async def test_orphaned_server_is_stopped_first(data: Path) -> None:
    async with unsupervised_server(data, marked=True) as orphan:
        async with running_server(data) as server:
            assert server.pid != orphan.pid
            assert await toys(server.dsn()) == 1
        assert orphan.poll() == 0


async def test_foreign_server_is_not_stopped(data: Path) -> None:
    async with unsupervised_server(data, marked=False) as foreign:
        with pytest.raises(ServiceError, match=rf"in use by a PostgreSQL server \(pid {foreign.pid}\)"):
            await running_server(data).__aenter__()
        assert foreign.poll() is None


@asynccontextmanager
async def unsupervised_server(data: Path, *, marked: bool) -> AsyncIterator["subprocess.Popen[bytes]"]:
    """A server on the data without a supervising process."""
    folder = cluster_of(data)
    cluster = await asyncio.to_thread(find_cluster, folder, None)
    with tempfile.TemporaryDirectory() as socket:
        os.chown(socket, cluster.account.uid, cluster.account.gid)
        command = cluster.server_command(Path(socket))
        process = launch(command if marked else command[:-2], folder, cluster.account)
        try:
            async with asyncio.timeout(60):
                while not (Path(socket) / SOCKET).exists():
                    await asyncio.sleep(0.02)
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.wait(60)


async def test_hung_server_is_stopped_within_the_stop_timeout(data: Path) -> None:
    async with asyncio.timeout(60), running_server(data) as server:
        assert server.pid is not None
        os.kill(server.pid, signal.SIGSTOP)


@pytest.mark.parametrize(
    ("new", "seconds"), [(True, 0.0), (True, 0.1), (True, 0.4), (False, 0.02), (False, 0.2)], ids=str
)
async def test_cancelled_start_leaves_no_process_and_the_next_one_works(
    data: Path, tmp_path: Path, new: bool, seconds: float
) -> None:
    folder = tmp_path / "new" if new else data

    async with asyncio.timeout(60):
        await start_and_cancel(folder, seconds)

    await wait_until_no_process(folder)
    async with running_server(folder) as server:
        assert await execute(server.dsn(), "SELECT 1") == 1


async def wait_until_no_process(data: Path) -> None:
    """The child processes of initdb are killed with it, which may take a moment."""
    async with asyncio.timeout(60):
        while servers_on(data):
            await asyncio.sleep(0.01)


async def start_and_cancel(data: Path, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds), running_server(data):
            await asyncio.sleep(60)


async def test_incomplete_data_are_created_again(tmp_path: Path) -> None:
    (tmp_path / "postgres" / "cluster.new").mkdir(parents=True)
    (tmp_path / "postgres" / "cluster.new" / "PG_VERSION").write_text("15")

    async with running_server(tmp_path) as server:
        assert await execute(server.dsn(), "SELECT 1") == 1


async def test_data_of_another_major_version_are_reported_with_both_versions(data: Path) -> None:
    (data / "postgres" / "cluster" / "PG_VERSION").write_text("12\n")

    with pytest.raises(
        ServiceError, match=r"by PostgreSQL 12, but only PostgreSQL \d+.* was found - install version 12"
    ):
        await running_server(data).__aenter__()


async def test_broken_data_are_reported_with_the_log_file(data: Path) -> None:
    (data / "postgres" / "cluster" / "global" / "pg_control").unlink()

    with pytest.raises(ServiceError, match=r"did not start - see postgres/server\.log"):
        await running_server(data).__aenter__()
    assert "pg_control" in (data / "postgres" / "server.log").read_text()


async def test_folder_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ServiceError, match="the data folder cannot be used"):
        await running_server(tmp_path / "file" / "data").__aenter__()


async def test_folder_without_programs_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="LOCAL_POSTGRES__BINARIES must be a folder"):
        await running_server(tmp_path / "data", tmp_path).__aenter__()


def test_configured_folder_has_precedence(wheel_programs: Path, account: OSAccount) -> None:
    assert find_binaries(wheel_programs, None, account).folder == wheel_programs


def test_version_of_the_data_is_preferred_to_a_newer_one(wheel_programs: Path, account: OSAccount) -> None:
    assert find_binaries(None, 16, account).major == 16


@pytest.fixture
def account(tmp_path: Path) -> OSAccount:
    return account_for(tmp_path / "none")


@pytest.fixture
def wheel_programs() -> Path:
    return next(program_folders(distribution(WHEEL)))


async def test_programs_of_the_wheel_run_the_server(wheel_programs: Path, tmp_path: Path) -> None:
    async with running_server(tmp_path, wheel_programs) as server:
        assert await execute(server.dsn(), "SHOW server_version") == "18.4"
        assert await execute(server.dsn(), "SELECT lower('ÄÉΩЖ')") == "äéωж"


@as_root
async def test_programs_below_a_private_folder_are_run_from_a_copy(
    open_folder: Path, wheel_programs: Path, tmp_path: Path, account: OSAccount
) -> None:
    programs = cached_copy(distribution(WHEEL), wheel_programs, open_folder / "cache")

    assert can_reach(account, programs / "postgres")
    assert cached_copy(distribution(WHEEL), wheel_programs, open_folder / "cache") == programs
    assert {path.stat().st_uid for path in programs.rglob("*")} == {0}
    async with running_server(tmp_path, programs) as server:
        assert await execute(server.dsn(), "SELECT 1") == 1


@as_root
def test_account_can_reach_folders_according_to_permission_bits(open_folder: Path, account: OSAccount) -> None:
    closed = open_folder / "closed"
    closed.mkdir(0o700)

    assert can_reach(account, open_folder / "file")
    assert not can_reach(account, closed / "file")
    os.chown(closed, account.uid, account.gid)
    assert can_reach(account, closed / "file")
