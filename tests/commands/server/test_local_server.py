"""How commands find the server that owns the data, and what they take for one."""

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


async def somebody_else(request: Request, reply: Reply) -> None:
    await reply.send_json(200, {"service": "another"})


async def a_list(request: Request, reply: Reply) -> None:
    await reply.send_json(200, ["no", "object"])


async def no_json(request: Request, reply: Reply) -> None:
    await reply.start(200, {"content-type": "text/html", "content-length": "2"})
    await reply.write(b"<>")
    await reply.end()


async def test_an_write_server_file_server_that_answers_is_found(tmp_path: Path) -> None:
    async with serving(glossator) as port:
        with write_server_file(tmp_path, LocalServer.current_process(port, KEY)):
            found = await find_server(tmp_path)

    assert found == LocalServer(os.getpid(), f"http://localhost:{port}", KEY)


def test_the_file_is_readable_by_its_owner_alone_and_goes_with_the_server(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("left by a killed one", "utf-8")
    (tmp_path / FILE).chmod(0o644)

    with write_server_file(tmp_path, LocalServer.current_process(8080, KEY)):
        mode = stat.S_IMODE((tmp_path / FILE).stat().st_mode)
        content = json.loads((tmp_path / FILE).read_text("utf-8"))

    assert mode == 0o600
    assert content["admin_key"] == KEY.reveal()
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize("handler", [somebody_else, a_list, no_json])
async def test_a_program_that_got_the_port_since_is_not_taken_for_it(tmp_path: Path, handler: object) -> None:
    assert callable(handler)
    async with serving(handler) as port:
        with write_server_file(tmp_path, LocalServer.current_process(port, KEY)):
            found = await find_server(tmp_path)

    assert found is None


async def test_one_that_does_not_answer_counts_for_nothing(tmp_path: Path) -> None:
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
async def test_a_file_that_says_nothing_true_counts_for_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content, "utf-8")

    assert await find_server(tmp_path) is None


async def test_no_file_no_server(tmp_path: Path) -> None:
    assert await find_server(tmp_path / "nowhere") is None
