"""Nothing that is written holds a secret or what a reader wrote: logs at every level and format, output and spans.

A production server with real plugins gets every request of the route table, valid and invalid, and its upstreams also
answer with errors that quote the keys.
"""

import json
import logging
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from glossator.app import configure_logging, running_app
from glossator.configuration import core as conf
from glossator.configuration.limits import AMOUNTS
from glossator.kernel import logs
from glossator.kernel.draining import Draining
from tests.plugins.tracing.test_span_tree import ingest
from tests.servers.app_server import serving_app
from tests.servers.openai_behaviour import UNAUTHORIZED
from tests.servers.openai_server import OpenAIServer, openai_server
from tests.servers.otlp_server import OtlpServer, otlp_server
from tests.servers.qdrant_behaviour import Behaviour as QdrantBehaviour
from tests.servers.qdrant_behaviour import Failure as QdrantFailure
from tests.servers.qdrant_server import QdrantServer, qdrant_server
from tests.web.all_routes.route_table import TABLE, Route
from tests.web.apps import ORIGIN

PLANTED: Final = {
    "question": "planted-question", "answer": "plantedanswer", "password": "planted-password", "email": "planted-mail",
    "name": "planted-name", "key": "planted-api-key-of-a-model", "qdrant": "planted-api-key-of-the-index",
    "admin": "planted-admin-key-long-enough", "session": "planted-session-secret-long-enough",
    "encryption": "planted-encryption-key-long-enough", "database": "planted-database-password",
    "collector": "planted-collector-key", "guess": "planted-wrong-key", "token": "planted-token-in-a-path",
    "address": "203.0.113.",
}  # fmt: skip
TEXTS: Final = {
    "query": f"Why is the soil of Mars red, {PLANTED['question']}?", "text": PLANTED["question"],
    "texts": [PLANTED["question"]], "title": PLANTED["question"], "comment": PLANTED["question"],
    "selected_text": PLANTED["question"], "name": PLANTED["name"], "password": PLANTED["password"],
    "currentPassword": PLANTED["password"], "newPassword": f"new-{PLANTED['password']}",
    "email": f"{PLANTED['email']}@example.com", "token": PLANTED["token"], "learning_goals": PLANTED["question"],
}  # fmt: skip
ENDING: Final = ("sign-out", "revoke", "delete-user", "change-password", "update-user")
ONE_REQUEST: Final = httpx.Limits(max_keepalive_connections=0)
"""For each connection, since the server closes that of a refused request."""
GUESS: Final = {"Authorization": f"Bearer {PLANTED['guess']}"}
ADMIN: Final = {"Authorization": f"Bearer {PLANTED['admin']}"}


@pytest.fixture
def records() -> Iterator[list[logging.LogRecord]]:
    """All records of a process that logs at DEBUG. Restores the logging of the tests."""
    root = logging.getLogger()
    levels, handlers = {log.name: log.level for log in loggers()}, root.handlers[:]
    yield []
    root.handlers[:] = handlers
    for log in loggers():
        log.setLevel(levels.get(log.name, logging.NOTSET))
    logging.captureWarnings(capture=False)


def loggers() -> list[logging.Logger]:
    """All that exist; configuring creates some."""
    known = logging.Logger.manager.loggerDict.values()
    return [logging.getLogger(), *(log for log in known if isinstance(log, logging.Logger))]


class Collecting(logging.Handler):
    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__()
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "mars.md").write_text(f"# Mars\n\nThe soil of Mars is red because of rusty {PLANTED['answer']}.\n")
    return folder


@dataclass(frozen=True)
class Server:
    client: httpx.AsyncClient
    openai: OpenAIServer
    qdrant: QdrantServer
    numbers: Iterator[int] = field(default_factory=count)

    async def send(self, method: str, path: str, content: bytes, headers: Mapping[str, str]) -> httpx.Response:
        number = next(self.numbers) % 250
        given = {"Content-Type": "application/json", "X-Forwarded-For": f"{PLANTED['address']}{number}", **headers}
        url = f"{path}?token={PLANTED['token']}"
        return await self.client.request(method, url, content=content, headers=given)

    async def reader(self) -> dict[str, str]:
        """The headers of a new reader."""
        self.client.cookies.clear()
        body = {"email": f"{PLANTED['email']}{next(self.numbers)}@example.com", "name": PLANTED["name"]}
        content = json.dumps(body | {"password": PLANTED["password"]}).encode()
        reply = (await self.send("POST", "/api/auth/sign-up/email", content, {})).raise_for_status()
        cookies = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        self.client.cookies.clear()
        return {"Authorization": f"Bearer {reply.json()['token']}", "Cookie": cookies, "Origin": ORIGIN}


@asynccontextmanager
async def production_server(dsn: str, docs: Path, collector: OtlpServer, handler: Collecting) -> AsyncIterator[Server]:
    """Writes its log as JSON to standard error and its spans to standard output, and gives `handler` each record."""
    async with openai_server() as openai, qdrant_server(QdrantBehaviour(key=PLANTED["qdrant"])) as qdrant:
        values = {
            "OPENAI_BASE_URL": openai.url, "OPENAI_API_KEY": PLANTED["key"], "QDRANT_URL": qdrant.url,
            "QDRANT_API_KEY": PLANTED["qdrant"], "NEON_API_KEY": dsn, "BETTER_AUTH_SECRET": PLANTED["session"],
            "BETTER_AUTH_URL": ORIGIN, "ADMIN_API_KEY": PLANTED["admin"], "DOCS_PATH": str(docs),
            "DATA_ENCRYPTION_KEY": PLANTED["encryption"], "SERVER__TRUSTED_HOPS": "1", "LOG__LEVEL": "DEBUG",
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_CONSOLE_EXPORT": "1",
            "OTEL_EXPORTER_OTLP_HEADERS": f"x-api-key={PLANTED['collector']}",
            "SUPPORT_URL": f"mailto:{PLANTED['email']}@example.com", "AUTH__ARGON2_MEMORY": "1024",
        } | {setting.name: "0" for setting in AMOUNTS}  # fmt: skip
        configuration = conf.load(values, environment="production", dotenv=Path(os.devnull))
        configure_logging(configuration)
        logging.getLogger().addHandler(handler)
        async with (
            running_app(configuration, Draining()) as app,
            serving_app(app) as url,
            httpx.AsyncClient(base_url=url, timeout=60, trust_env=False, limits=ONE_REQUEST) as client,
        ):
            await ingest(app.extensions["glossator"])
            yield Server(client, openai, qdrant)


def planted_body(route: Route, number: int) -> dict[str, Any] | None:
    if route.body is None:
        return None
    body = {name: TEXTS.get(name, value) for name, value in route.body.items() if value != "@conversation"}
    return body | ({"email": f"{PLANTED['email']}{number}@example.com"} if "email" in body else {})


async def drive(server: Server, route: Route, reader: Mapping[str, str]) -> None:
    """A valid request, one with a wrong admin key, and for a route with a body two invalid ones."""
    if any(word in route.rule for word in ENDING):
        reader = await server.reader()
    body = planted_body(route, 0 if "sign-in" in route.rule else next(server.numbers))
    content = b"" if body is None else json.dumps(body).encode()
    path = route.path("1" if "<int:" in route.rule else PLANTED["token"])
    reply = await server.send(route.method, path, content, ADMIN if route.access == "admin" else reader)
    assert route.access == "admin" or reply.status_code in {route.status, 404}, f"{route}: {reply.status_code}"
    await server.send(route.method, path, content, GUESS)
    if body is not None:
        wrong = json.dumps({name: {"wrong": value} for name, value in body.items()}).encode()
        await server.send(route.method, path, wrong, reader)
        await server.send(route.method, path, content[:-2], reader)


async def drive_failures(server: Server, reader: Mapping[str, str]) -> None:
    """Upstreams that quote the keys, and a path that no route has."""
    paths = ("/chat", "/chat/stream", "/search", "/translate")
    for server.openai.behaviour.failure, server.qdrant.behaviour.failure in (
        (UNAUTHORIZED, None), (None, QdrantFailure(401)),
    ):  # fmt: skip
        for path in paths:
            body = {"query": TEXTS["query"]} if path != "/translate" else {"text": "A b c.", "target_language": "ur"}
            await server.send("POST", path, json.dumps(body).encode(), reader)
    server.qdrant.behaviour.failure = None
    await server.send("GET", f"/reset-password/{PLANTED['token']}", b"", reader)


def values_of(cookies: str) -> list[str]:
    return [cookie.partition("=")[2] for cookie in cookies.split("; ")]


def lines_of(records: list[logging.LogRecord]) -> str:
    """As text and as JSON; a level only leaves lines out."""
    formatters = (logs.SafeFormatter("%(levelname)s %(name)s %(message)s"), logs.JsonFormatter())
    return "\n".join(formatter.format(record) for formatter in formatters for record in records)


@pytest.mark.filterwarnings("ignore:Payload indexes have no effect")
async def test_nothing_that_is_written_holds_a_secret_or_the_text_of_a_reader(
    empty_database_dsn: str, book: Path, records: list[logging.LogRecord], capfd: pytest.CaptureFixture[str]
) -> None:
    dsn = empty_database_dsn.replace("postgres@", f"postgres:{PLANTED['database']}@")
    assert PLANTED["database"] in dsn
    async with otlp_server() as collector:
        async with production_server(dsn, book, collector, Collecting(records)) as server:
            reader = await server.reader()
            answered = await server.send("POST", "/chat", json.dumps({"query": TEXTS["query"]}).encode(), reader)
            for route in TABLE:
                await drive(server, route, reader)
            await drive_failures(server, reader)
        exported = collector.received.decode("utf-8", "replace")

    assert PLANTED["answer"] in answered.json()["response"]
    requested = {" ".join(record.getMessage().split()[:2]) for record in records}
    assert {str(route) for route in TABLE} - requested == set()
    written = capfd.readouterr()
    secrets = [*PLANTED.values(), *reader["Authorization"].split()[1:], *values_of(reader["Cookie"])]
    for text in (lines_of(records), written.err, written.out, exported):
        assert len(text) > 10_000
        assert [secret for secret in secrets if secret in text] == []
