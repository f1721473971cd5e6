import os
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from glossator.domain.ports.database import Database
from glossator.kernel.errors import ServiceError, StartupFailed
from glossator.kernel.registry import Registry, timeout_settings
from glossator.kernel.settings.setting import Settings
from glossator.storage.schema.migrations import migrate
from glossator_plugins.local_postgres.plugin import BINARIES, CONNECTIONS, DATA_PATH, JOIN, TIMEOUT, LocalPostgresPlugin


def settings_for(data: Path, binaries: Path | None = None, *, join: bool = False) -> Settings:
    times = timeout_settings(LocalPostgresPlugin.name)
    return Settings.of(
        {
            DATA_PATH: data,
            BINARIES: binaries,
            CONNECTIONS: 5,
            TIMEOUT: 5.0,
            JOIN: join,
            times.start: 15.0,
            times.stop: 2.0,
            times.check: 60.0,
        }
    )


def registry(data: Path, binaries: Path | None = None, *, join: bool = False) -> Registry:
    return Registry([LocalPostgresPlugin()], settings_for(data, binaries, join=join))


async def test_data_survive_a_restart(tmp_path: Path) -> None:
    async with registry(tmp_path).running() as services:
        await migrate(services.get(Database))
        await services.get(Database).execute("CREATE TABLE glossator.toys AS SELECT 'ball' AS name")

    async with registry(tmp_path).running() as services:
        await migrate(services.get(Database))
        assert await services.get(Database).fetchval("SELECT name FROM glossator.toys") == "ball"


async def test_calls_pass_through_the_guard(tmp_path: Path) -> None:
    async with registry(tmp_path).running() as services:
        last = services.guard("local_postgres").last

        assert last is not None
        assert last.ok


async def test_a_data_folder_in_use_fails_the_start_with_one_line(tmp_path: Path) -> None:
    async with registry(tmp_path).running():
        with pytest.raises(StartupFailed) as raised:
            await registry(tmp_path).running().__aenter__()

    assert raised.value.lines == (
        f"local_postgres: the data folder is in use by pid {os.getpid()} - stop that process, or set another DATA_PATH",
    )


async def test_join_uses_the_server_of_the_owner_and_leaves_it_running(tmp_path: Path) -> None:
    async with registry(tmp_path).running() as owner:
        async with registry(tmp_path, join=True).running() as guest:
            await guest.get(Database).execute("CREATE TABLE toys AS SELECT 'ball' AS name")

        assert await owner.get(Database).fetchval("SELECT name FROM toys") == "ball"


async def test_join_starts_a_server_on_a_free_data_folder(tmp_path: Path) -> None:
    async with registry(tmp_path, join=True).running() as services:
        assert await services.get(Database).fetchval("SELECT 1") == 1


async def test_missing_programs_fail_the_start_with_one_line(tmp_path: Path) -> None:
    with pytest.raises(StartupFailed, match=r"^local_postgres: LOCAL_POSTGRES__BINARIES must be a folder") as raised:
        await registry(tmp_path, tmp_path).running().__aenter__()

    assert isinstance(raised.value.__cause__, ServiceError)


def test_the_entry_point_loads_the_plugin() -> None:
    (entry_point,) = entry_points(group="glossator.plugins", name="local_postgres")

    assert entry_point.load() is LocalPostgresPlugin
