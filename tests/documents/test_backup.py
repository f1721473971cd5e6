"""The commands of docs/backup.md: a server's data, restored to another database, serve the same readers."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from glossator_plugins.local_postgres.owner import postmaster_lines
from glossator_plugins.local_postgres.server import PostgresServer, dsn_at
from tests.databases import administer
from tests.documents.blocks import Block, blocks_of
from tests.documents.conftest import FIRST_QUESTION, PAGE, READER, Documented, bearer
from tests.documents.consoles import Console
from tests.processes import SAMPLE_BOOK, Workplace

BLOCKS: Final = [block for block in blocks_of("backup.md") if block.language == "console"]
OWNER: Final = "owner_of_the_backup"
SOCKET_LINE: Final = 4
KEY: Final = "a-key-that-nobody-copied-in-time-0123"


def blocks(section: str) -> list[Block]:
    return [block for block in BLOCKS if block.section == section]


@pytest.fixture
async def empty_database(postgres: PostgresServer) -> str:
    """The connection string of a role that is no administrator."""
    await administer(postgres, f"CREATE ROLE {OWNER} LOGIN")
    await administer(postgres, f"CREATE DATABASE backup OWNER {OWNER}")
    return postgres.dsn("backup").replace("postgres@", f"{OWNER}@", 1)


@pytest.fixture
def new_machine(documented: Documented, empty_database: str, tmp_path: Path) -> Workplace:
    """Has the secrets and the sources, an empty index and the database."""
    pages = {PAGE: (SAMPLE_BOOK / PAGE).read_text("utf-8")}
    return (
        Workplace.made_in(tmp_path, pages)
        .having(**documented.place.variables)
        .having(GLOSSATOR_ENV="embedded", PLUGINS="openai,qdrant_edge,neon", NEON_API_KEY=empty_database)
    )


@contextmanager
def client_of(place: Workplace) -> Iterator[httpx.Client]:
    with place.starts("serve") as running:
        running.serves()
        with running.client() as client:
            yield client


def titles(client: httpx.Client, token: str) -> list[str]:
    reply = client.get("/api/chat/sessions", headers=bearer(token)).raise_for_status().json()
    return [session["title"] for session in reply["sessions"]]


def signed_in(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.post("/api/auth/sign-in/email", json=READER).raise_for_status().json()
    client.cookies.clear()
    return found


@pytest.mark.skipif(not shutil.which("pg_dump"), reason="this machine has no pg_dump")
@pytest.mark.usefixtures("usual_data")
def test_restored_data_serve_the_same_readers(documented: Documented, new_machine: Workplace) -> None:
    socket = Path(postmaster_lines(documented.place.data / "postgres" / "cluster")[SOCKET_LINE].strip())
    variables = {"NEON_API_KEY": dsn_at(socket), "NEW_DATABASE": new_machine.variables["NEON_API_KEY"]}
    old, new = Console(documented.place, variables), Console(new_machine, variables)
    neon, embedded = blocks("Dump")
    restore, start, replace_running = blocks("Restore")
    no_key, new_key = blocks("When a secret is lost")
    token = documented.variables["TOKEN"]

    for block in (neon, embedded, restore):
        old.prints_what_is_shown(block)
    new.prints_what_is_shown(start)
    with client_of(new_machine) as client:
        assert FIRST_QUESTION in titles(client, token)
    old.prints_what_is_shown(replace_running)
    with documented.running.client() as client:
        assert FIRST_QUESTION in titles(client, token)

    assert new_machine.having(DATA_ENCRYPTION_KEY=KEY).runs("encrypt").code == 0
    new.prints_what_is_shown(no_key)
    new.prints_what_is_shown(new_key)
    with client_of(new_machine.having(DATA_ENCRYPTION_KEY=f"new-{KEY}")) as client:
        reader = signed_in(client)
        assert reader["user"]["name"] == ""
        assert FIRST_QUESTION in titles(client, reader["token"])
