"""Finding the running server that owns the data folder."""

import json
import os
import stat
from pathlib import Path

import pytest

from glossator.commands.server.local_server import FILE, LocalServer, find_server, write_server_file
from glossator.kernel.settings.secret import Secret
from tests.processes import free_port
from tests.servers.http_server import Reply, Request, serving

KEY = Secret("an-admin-key-for-tests-only")


async def glossator(request: Request, reply: Reply) -> None:
    await reply.send_json(200, {"status": "online", "service": "glossator", "version": "1"})


async def other_program(request: Request, reply: Reply) -> None:
    await reply.send_json(200, {"service": "another"})


async def json_list(request: Request, reply: Reply) -> None:
    await reply.send_json(200, ["no", "object"])


async def not_json(request: Request, reply: Reply) -> None:
    await reply.start(200, {"content-type": "text/html", "content-length": "2"})
    await reply.write(b"<>")
    await reply.end()


async def test_a_running_server_is_found_by_its_file(tmp_path: Path) -> None:
    async with serving(glossator) as port:
        with write_server_file(tmp_path, LocalServer.current_process(port, KEY)):
            found = await find_server(tmp_path)

    assert found == LocalServer(os.getpid(), f"http://localhost:{port}", KEY)


def test_the_file_is_private_and_deleted_with_the_server(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("left by a killed one", "utf-8")
    (tmp_path / FILE).chmod(0o644)

    with write_server_file(tmp_path, LocalServer.current_process(8080, KEY)):
        mode = stat.S_IMODE((tmp_path / FILE).stat().st_mode)
        content = json.loads((tmp_path / FILE).read_text("utf-8"))

    assert mode == 0o600
    assert content["admin_key"] == KEY.reveal()
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize("handler", [other_program, json_list, not_json])
async def test_another_program_on_the_port_is_ignored(tmp_path: Path, handler: object) -> None:
    assert callable(handler)
    async with serving(handler) as port:
        with write_server_file(tmp_path, LocalServer.current_process(port, KEY)):
            found = await find_server(tmp_path)

    assert found is None


async def test_a_server_that_does_not_respond_is_ignored(tmp_path: Path) -> None:
    with write_server_file(tmp_path, LocalServer.current_process(free_port(), KEY)):
        assert await find_server(tmp_path) is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"pid": "x", "url": "http://localhost:1", "admin_key": "k"}',
        '{"pid": 4194305, "url": "http://localhost:1", "admin_key": "k"}',
        '{"pid": 99999999999999999999, "url": "http://localhost:1", "admin_key": "k"}',
    ],
)
async def test_an_invalid_file_is_ignored(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content, "utf-8")

    assert await find_server(tmp_path) is None


async def test_no_server_is_found_without_a_file(tmp_path: Path) -> None:
    assert await find_server(tmp_path / "nowhere") is None
