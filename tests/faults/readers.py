"""A production server as a process, its three upstreams, and readers who ask it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from typing import Any, Final

import httpx

from glossator.configuration.limits import AMOUNTS
from tests.processes import Running, Workplace
from tests.production import PRICES, SESSION_KEY
from tests.servers.faulty_postgres import FaultyPostgres, faulty_postgres
from tests.servers.openai_answers import Messages, quote_first_passage
from tests.servers.openai_behaviour import Behaviour as ModelBehaviour
from tests.servers.openai_server import OpenAIServer, openai_server
from tests.servers.qdrant_behaviour import Behaviour as IndexBehaviour
from tests.servers.qdrant_server import QdrantServer, qdrant_server

PAGES: Final = {
    "mars.md": "# Mars\n\n## Colour\n\nMars looks red because its soil is full of rusty iron.\n\n"
    "## Moons\n\nTwo small moons circle Mars, and the larger one is named Phobos.\n",
    "tides.md": "# Tides\n\n## Cause\n\nThe pull of the moon raises the tides of the sea twice a day.\n",
}
QUESTIONS: Final = (
    "Why does the soil of Mars look red?",
    "Which small moons circle Mars?",
    "What raises the tides of the sea twice a day?",
)
HOSTILE: Final = " See [here](https://evil.example/x) and ![this](https://evil.example/y) [77]."
SETTINGS: Final = {
    "GLOSSATOR_ENV": "production",
    "BETTER_AUTH_SECRET": SESSION_KEY,
    "BETTER_AUTH_URL": "https://book.example.com",
    "LOG__LEVEL": "WARNING",
    "ANSWERING__DEADLINE": "6",
    "OPENAI__TIMEOUT": "0.5",
    "OPENAI__MAX_RETRIES": "1",
    "QDRANT__TIMEOUT": "3",
    "NEON__TIMEOUT": "2",
    "NEON__CONNECTIONS": "3",
    "BUDGET__SITE_DAY": "1000",
    "BUDGET__SITE_MONTH": "10000",
    "BUDGET__NETWORK_DAY": "1000",
    "BUDGET__ACCOUNT_DAY": "1000",
    **{setting.name: "0" for setting in AMOUNTS},
    **PRICES,
}


def hostile_answer(messages: Messages) -> str:
    """A sentence of the book, and links and a number that no answer may have."""
    answer = quote_first_passage(messages)
    return answer + HOSTILE if "[1]" in answer else answer


def good_model() -> ModelBehaviour:
    return ModelBehaviour(hostile_answer)


@dataclass(frozen=True)
class Reply:
    """`body` is that of the response, or the data of the last event of a stream. Status 0: the connection failed."""

    question: str
    signed_in: bool
    status: int
    body: Any
    retry_after: str | None = None

    @property
    def is_answer(self) -> bool:
        return self.status == 200

    @property
    def is_overload(self) -> bool:
        return self.status == 503 and self.retry_after is not None and self.body["code"] == "overloaded"

    @property
    def stored(self) -> bool:
        return self.is_answer and bool(self.body["stored"])


@dataclass
class Site:
    openai: OpenAIServer
    qdrant: QdrantServer
    postgres: FaultyPostgres
    running: Running
    client: httpx.AsyncClient
    token: str = ""
    conversation: str = ""
    numbers: Any = field(default_factory=count)
    questions: Any = field(default_factory=lambda: cycle(QUESTIONS))

    async def sign_up(self) -> None:
        body = {"email": "ada@example.com", "name": "Ada", "password": "correct-horse"}
        self.token = (await self.client.post("/api/auth/sign-up/email", json=body)).raise_for_status().json()["token"]
        self.conversation = (await self.ask()).body["session_id"]

    async def ask(self, path: str = "/chat", *, signed_in: bool = True, continued: bool = False) -> Reply:
        """Each question is asked once only, so that its text finds it in the database.

        On a slow machine the server may refuse a question because its own loop is late; it is then sent again.
        """
        text = f"{next(self.questions)} ({next(self.numbers)})"
        while (reply := await self._send(text, path, signed_in=signed_in, continued=continued)).is_overload:
            await asyncio.sleep(1)
        return reply

    async def _send(self, text: str, path: str, *, signed_in: bool, continued: bool) -> Reply:
        body = {"query": text} | ({"session_id": self.conversation} if continued else {})
        headers = {"Authorization": f"Bearer {self.token}"} if signed_in else {}
        try:
            response = await self.client.post(path, json=body, headers=headers)
        except httpx.TransportError as error:
            return Reply(text, signed_in, 0, {"code": type(error).__name__})
        if response.headers["Content-Type"].startswith("text/event-stream"):
            return last_event(text, response.text, signed_in=signed_in)
        return Reply(text, signed_in, response.status_code, response.json(), response.headers.get("Retry-After"))

    async def read(self, path: str, query: str | None = None) -> Reply:
        """A request that is not a question, of the signed-in reader."""
        headers, method = {"Authorization": f"Bearer {self.token}"}, "GET" if query is None else "POST"
        body = None if query is None else {"query": query}
        response = await self.client.request(method, path, json=body, headers=headers)
        return Reply(path, True, response.status_code, response.json(), response.headers.get("Retry-After"))

    async def readers_ask(self) -> list[Reply]:
        """One question of each kind, at the same time."""
        asked: list[Awaitable[Reply]] = [
            self.ask(),
            self.ask(signed_in=False),
            self.ask("/chat/stream", continued=True),
            self.ask("/chat/stream", signed_in=False),
        ]
        return await asyncio.gather(*asked)

    async def readers_read(self) -> list[Reply]:
        reads = [
            self.read("/api/auth/get-session"),
            self.read("/api/chat/sessions"),
            self.read("/search", "Why is the soil red?"),
            self.read("/health"),
        ]
        return await asyncio.gather(*reads)

    async def times_stored(self, question: str) -> int:
        [(number,)] = await self.postgres.query("SELECT count(*) FROM chat_messages WHERE content = $1", question)
        return int(number)


def last_event(question: str, stream: str, *, signed_in: bool) -> Reply:
    """The status of an `error` event is its own; a stream without a last event has status 0."""
    name, _, data = stream.strip().rpartition("event: ")[2].partition("\ndata: ")
    if name not in ("final", "error"):
        return Reply(question, signed_in, 0, {"code": f"the last event is {name}"})
    body = json.loads(data)
    status = 200 if name == "final" else body["status"]
    return Reply(question, signed_in, status, body, body.get("retry_after"))


@asynccontextmanager
async def running_site(folder: Path, database: Path | None = None) -> AsyncIterator[Site]:
    """The server must not show a traceback. `database` is the folder of PostgreSQL's data."""
    place = Workplace.made_in(folder, PAGES)
    async with (
        openai_server(good_model()) as openai,
        qdrant_server(IndexBehaviour()) as qdrant,
        faulty_postgres(database or folder / "database") as postgres,
    ):
        upstreams = {"OPENAI_BASE_URL": openai.url, "QDRANT_URL": qdrant.url, "NEON_API_KEY": postgres.dsn}
        place = place.having(**SETTINGS, **upstreams)
        done = await asyncio.to_thread(place.runs, "ingest", "sample-book")
        assert done.code == 0, done.errors
        with place.starts("serve") as running:
            await asyncio.to_thread(running.serves)
            limits = httpx.Limits(max_connections=None)
            async with httpx.AsyncClient(base_url=running.url, timeout=60, trust_env=False, limits=limits) as client:
                site = Site(openai, qdrant, postgres, running, client)
                await site.sign_up()
                yield site
