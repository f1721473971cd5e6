"""One server for all documents: everything embedded, a page of the sample book, and a local server as the model."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest

from tests.browser.slow_model import Model, slow_model
from tests.domain.rewriting.models import TEXT, answering, urdu
from tests.processes import SAMPLE_BOOK, Running, Workplace
from tests.production import PRICES, SESSION_KEY
from tests.servers.openai_answers import Messages, quote_first_passage

ADMIN_KEY: Final = "an-admin-key-of-the-documents"
PAGE: Final = "words.md"
READER: Final = {"email": "ada@example.com", "password": "correct-horse", "name": "Ada"}
FIRST_QUESTION: Final = "What are stop words?"


@dataclass(frozen=True)
class Documented:
    """`variables` are those that the commands of a document need."""

    running: Running
    place: Workplace
    model: Model
    variables: dict[str, str]


def answer(messages: Messages) -> str:
    return (answering(urdu) if TEXT.search(messages[-1]["content"]) else quote_first_passage)(messages)


@pytest.fixture(scope="session")
def documented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Documented]:
    """Ada has an account, a token and one stored question."""
    pages = {PAGE: (SAMPLE_BOOK / PAGE).read_text("utf-8")}
    with slow_model() as model:
        model.behaviour.answer = answer
        place = Workplace.made_in(tmp_path_factory.mktemp("documented"), pages).having(
            PLUGINS="openai,qdrant_edge,local_postgres,tracing", OPENAI_BASE_URL=model.url, ADMIN_API_KEY=ADMIN_KEY,
            BETTER_AUTH_SECRET=SESSION_KEY, LOG__FORMAT="json", OTEL_CONSOLE_EXPORT="true", **PRICES,
        )  # fmt: skip
        with place.starts("dev") as running:
            running.is_loaded()
            variables = {"SERVER": running.url, "ADMIN_API_KEY": ADMIN_KEY, "TOKEN": signed_up(running)["token"]}
            yield Documented(running, place, model, variables)


def signed_up(running: Running) -> dict[str, Any]:
    with running.client() as client:
        reader = client.post("/api/auth/sign-up/email", json=READER).raise_for_status().json()
        client.cookies.clear()
        signed_in = {"Authorization": f"Bearer {reader['token']}"}
        client.post("/chat", json={"query": FIRST_QUESTION}, headers=signed_in).raise_for_status()
    return dict(reader)
