"""One server for all documents: everything embedded, a page of the sample book, and a local server as the model."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.browser.slow_model import Model, slow_model
from tests.domain.rewriting.models import TEXT, answering, urdu
from tests.processes import SAMPLE_BOOK, Running, Workplace
from tests.production import PRICES, SESSION_KEY
from tests.servers.openai_answers import Messages, quote_first_passage
from tests.servers.openai_behaviour import UNAUTHORIZED

ADMIN_KEY: Final = "an-admin-key-of-the-documents"
PAGE: Final = "words.md"
READER: Final = {"email": "ada@example.com", "password": "correct-horse", "name": "Ada"}
GRACE: Final = {**READER, "email": "grace@example.com", "name": "Grace"}
EVE: Final = {**READER, "email": "eve@example.com", "name": "Eve"}
FIRST_QUESTION: Final = "What are stop words?"
OUTSIDE: Final = "How expensive is a train ticket to Lisbon?"


@dataclass(frozen=True)
class Documented:
    """`variables` are those that the commands of a document need."""

    running: Running
    place: Workplace
    variables: dict[str, str]


def answer(messages: Messages) -> str:
    return (answering(urdu) if TEXT.search(messages[-1]["content"]) else quote_first_passage)(messages)


@pytest.fixture(scope="session")
def documented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Documented]:
    with documented_server(tmp_path_factory.mktemp("documented")) as found:
        yield found


@pytest.fixture
def usual_data(documented: Documented) -> None:
    """Grace has an account and the report has questions, although other documents delete accounts and restore dumps."""
    with documented.running.client() as client:
        client.post("/api/auth/sign-up/email", json=GRACE)
        client.cookies.clear()
        for query in (FIRST_QUESTION, OUTSIDE):
            client.post("/chat", json={"query": query}).raise_for_status()


@contextmanager
def documented_server(folder: Path) -> Iterator[Documented]:
    """Ada has an account, a token and one stored question, Grace has an account.

    A question of Eve's was declined, one admin key was wrong; the model refused one call and works again.
    """
    pages = {PAGE: (SAMPLE_BOOK / PAGE).read_text("utf-8")}
    with slow_model() as model:
        model.behaviour.answer = answer
        place = Workplace.made_in(folder, pages).having(
            PLUGINS="openai,qdrant_edge,local_postgres,tracing", OPENAI_BASE_URL=model.url, ADMIN_API_KEY=ADMIN_KEY,
            BETTER_AUTH_SECRET=SESSION_KEY, LOG__FORMAT="json", OTEL_CONSOLE_EXPORT="true",
            REPORT__ANONYMOUS="true", **PRICES,
        )  # fmt: skip
        with place.starts("dev") as running, running.client() as client:
            running.is_loaded()
            token = signed_up(client, READER)["token"]
            client.post("/chat", json={"query": FIRST_QUESTION}, headers=bearer(token)).raise_for_status()
            eve = bearer(signed_up(client, EVE)["token"])
            client.post("/chat", json={"query": OUTSIDE}, headers=eve).raise_for_status()
            signed_up(client, GRACE)
            client.get("/usage", headers=bearer("the-old-key"))
            fail_once(client, model)
            variables = {
                "SERVER": running.url, "ADMIN_API_KEY": ADMIN_KEY, "TOKEN": token,
                "LOG": str(running.folder / "errors"), "NO_PROXY": "*", "no_proxy": "*",
            }  # fmt: skip
            yield Documented(running, place, variables)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def signed_up(client: httpx.Client, reader: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = client.post("/api/auth/sign-up/email", json=reader).raise_for_status().json()
    client.cookies.clear()
    return found


def fail_once(client: httpx.Client, model: Model) -> None:
    """The probe finds at once that the model works again."""
    model.behaviour.failure = UNAUTHORIZED
    client.post("/chat", json={"query": FIRST_QUESTION}).raise_for_status()
    model.behaviour.failure = None
    client.get("/health/ready", params={"probe": 1}, headers=bearer(ADMIN_KEY)).raise_for_status()
