"""Two readers while server and PostgreSQL restart: neither is signed out, and no message is lost.

One uses the official client with a cookie, the other a page that stores `session.accessToken` itself.
"""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import httpx

from tests.better_auth.official_client import ORIGIN, OfficialReader, official_reader
from tests.processes import Running, Workplace, eventually

QUESTIONS: Final = ("Why does Mars look red?", "What raises the tides of the sea?", "Why is the soil of Mars red?")
Asks = Callable[[str, dict[str, Any] | None], Any]


class PageReader:
    """Plain fetch calls, as in the existing frontend: no cookie, only a token."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._token = ""

    def signs_up(self, **person: str) -> None:
        self._token = self.fetches("/api/auth/sign-up", dict(person))["session"]["accessToken"]

    def fetches(self, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"origin": ORIGIN} | ({"authorization": f"Bearer {self._token}"} if self._token else {})
        with httpx.Client(base_url=self._url, trust_env=False, timeout=60.0, headers=headers) as client:
            reply = client.get(path) if body is None else client.post(path, json=body)
        return reply.raise_for_status().json()


class Talk:
    """One conversation of a reader, which continues after restarts."""

    def __init__(self, asks: Asks) -> None:
        self._asks = asks
        self._id: str | None = None

    def continues_with(self, question: str) -> None:
        """The exchange may be stored later, when the database is back."""
        answer = self._asks("/chat", {"query": question, "session_id": self._id})
        assert answer["session_id"] == (self._id or answer["session_id"])
        self._id = answer["session_id"]

    def is_stored(self, questions: Sequence[str]) -> bool:
        """False too while the server refuses to list them."""
        try:
            return self.said() == list(questions)
        except (httpx.HTTPStatusError, AssertionError):
            return False

    def said(self) -> list[str]:
        """The questions in the history; each must have its answer."""
        listed = self._asks("/api/chat/sessions", None)
        assert listed["total"] == 1
        messages = self._asks(f"/api/chat/sessions/{self._id}", None)["messages"]
        assert [message["role"] for message in messages] == ["user", "assistant"] * (len(messages) // 2)
        return [message["content"] for message in messages if message["role"] == "user"]


@contextmanager
def serving(place: Workplace) -> Iterator[Running]:
    with place.starts("dev") as running:
        running.is_loaded()
        yield running


def test_both_clients_survive_restarts_of_server_and_database(node: str, place: Workplace) -> None:
    place = place.having(CORS_ALLOWED_ORIGINS=ORIGIN)
    url = f"http://localhost:{place.port}"
    bob = PageReader(url)
    with official_reader(node, url) as ada:
        talks = (Talk(ada.fetches), Talk(bob.fetches))
        with serving(place) as running:
            ada.does("signUp", "email", email="ada@example.com", password="correct-horse", name="Ada")
            bob.signs_up(email="bob@example.com", password="correct-horse", name="Bob")
            both_continue(ada, bob, talks, QUESTIONS[0])
            running.signalled(signal.SIGTERM)
        with serving(place) as running:
            both_continue(ada, bob, talks, QUESTIONS[1])
            database = place.postgres
            assert database is not None
            os.kill(database, signal.SIGKILL)
            both_continue(ada, bob, talks, QUESTIONS[2])
            eventually(lambda: place.postgres not in (None, database), "PostgreSQL is restarted")
            eventually(lambda: all(talk.is_stored(QUESTIONS) for talk in talks), "the last exchanges are stored")
            running.signalled(signal.SIGKILL)
        with serving(place):
            assert [talk.said() for talk in talks] == [list(QUESTIONS)] * 2


def both_continue(ada: OfficialReader, bob: PageReader, talks: tuple[Talk, Talk], question: str) -> None:
    assert ada.does("getSession")["user"]["name"] == "Ada"
    assert bob.fetches("/api/auth/get-session")["user"]["name"] == "Bob"
    for talk in talks:
        talk.continues_with(question)
