"""SIGTERM and Ctrl-C at any time: the process exits soon with the right code and leaves nothing behind."""

import json
import signal
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.processes import Workplace, eventually, refuses, writing_model

SOON = 60.0
"""Seconds, for a second on a busy machine: what the process would wait for without a signal takes longer."""
QUICK = {"OPENAI_MODEL": "any", "OPENAI_API_KEY": "none"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """The data of several starts, one after the other: the first creates the database and loads the book."""
    return Workplace.made_in(tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize(
    ("number", "code", "how"),
    [
        (signal.SIGTERM, 143, "waits"),
        (signal.SIGINT, 130, "waits"),
        (signal.SIGTERM, 143, "blocks"),
        (signal.SIGINT, 130, "swallows"),
    ],
)
def test_a_signal_during_the_start_exits_within_a_second(
    home: Workplace, third_party: str, number: signal.Signals, code: int, how: str
) -> None:
    late = home.having(PLUGINS="local_postgres,late,local_models,qdrant_edge", PYTHONPATH=third_party, SLOW__HOW=how)

    with late.having(BETTER_AUTH_SECRET="s" * 40, LATE__START_TIMEOUT="100").starts("serve") as running:
        running.says("slow: opening")
        assert home.postgres is not None
        seconds = running.signalled(number)
        done = running.ended()

    assert (done.code, done.told) == (code, [])
    assert seconds < SOON
    eventually(lambda: home.postgres is None, "PostgreSQL is gone")


@pytest.mark.skipif(sys.platform != "linux", reason="looks at what a process has loaded in /proc")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_during_imports_exits_silently(place: Workplace, number: signal.Signals, code: int) -> None:
    with place.starts("serve", fresh=True) as running:
        eventually(lambda: "pydantic" in maps(running.process.pid), "it loads its modules")
        seconds = running.signalled(number)
        done = running.ended()

    assert (done.code, done.errors) == (code, "")
    assert seconds < SOON


def maps(pid: int) -> str:
    return Path(f"/proc/{pid}/maps").read_text("utf-8")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_serving_ends_streams_with_an_event_and_cleans_up(
    home: Workplace, number: signal.Signals
) -> None:
    with writing_model(delay=2.0) as (url, _), home.having(OPENAI_BASE_URL=url, **QUICK).starts("dev") as running:
        running.is_loaded()
        with running.client() as client:
            request = client.build_request("POST", "/chat/stream", json={"query": "Why is Mars red?"})
            reply = client.send(request, stream=True)
            events = events_of(reply)
            read_until_first_text(events)
            running.process.send_signal(number)
            last = list(events)[-1]
        done = running.ended()

    assert (last["event"], last["data"]["code"]) == ("error", "shutting_down")
    assert done.code == 0
    assert home.postgres is None
    assert not (home.data / "server.json").exists()
    assert refuses(home.port)


def test_a_signal_during_an_answer_returns_a_problem(home: Workplace) -> None:
    with writing_model(delay=30.0) as (url, _), home.having(OPENAI_BASE_URL=url, **QUICK).starts("dev") as running:
        running.is_loaded()
        with ThreadPoolExecutor() as threads, running.client() as client:
            asking = threads.submit(client.post, "/chat", json={"query": "Why is Mars red?"})
            with client.stream("POST", "/chat/stream", json={"query": "Why is Mars red?"}) as later:
                read_until_first_text(events_of(later))
                running.process.send_signal(signal.SIGTERM)
                reply = asking.result()
        done = running.ended()

    assert (reply.status_code, reply.json()["code"]) == (503, "shutting_down")
    assert reply.headers["X-Request-Id"] == reply.json()["request_id"]
    assert (done.code, home.postgres) == (0, None)


def test_a_signal_answers_queued_sign_ups(home: Workplace) -> None:
    place = home.having(AUTH__ARGON2_MEMORY="19456")
    with ThreadPoolExecutor(12) as threads, place.starts("dev") as running, ExitStack() as stack:
        running.is_loaded()
        clients = [stack.enter_context(running.client()) for _ in range(12)]
        assert all(client.get("/health").status_code == 200 for client in clients)
        asking = [threads.submit(sign_up, client, number) for number, client in enumerate(clients)]
        time.sleep(0.1)  # two are looked at, the others wait
        running.process.send_signal(signal.SIGTERM)
        replies = [asked.result() for asked in asking]
        done = running.ended()

    assert {reply.status_code for reply in replies} <= {200, 503}
    assert all(reply.json() for reply in replies)
    assert (done.code, home.postgres) == (0, None)


def test_a_client_that_does_not_read_does_not_delay_the_stop(home: Workplace) -> None:
    question = b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n"
    with home.starts("dev") as running:
        running.is_loaded()
        with socket.create_connection(("localhost", home.port)) as client:
            client.settimeout(1.0)
            with suppress(TimeoutError):
                client.sendall(question * 3000)
            running.process.send_signal(signal.SIGTERM)
            done = running.ended()

    assert (done.code, home.postgres) == (0, None)
    assert not (home.data / "server.json").exists()


def sign_up(client: httpx.Client, number: int) -> httpx.Response:
    person = {"email": f"reader{number}@example.com", "name": "Reader", "password": "correct-horse"}
    return client.post("/api/auth/sign-up/email", json=person)


def test_a_second_signal_exits_at_once(home: Workplace) -> None:
    with writing_model(delay=30.0) as (url, _), home.having(OPENAI_BASE_URL=url, **QUICK).starts("dev") as running:
        running.is_loaded()
        with running.client() as client, client.stream("GET", "/health"):
            running.process.send_signal(signal.SIGINT)
            seconds = running.signalled(signal.SIGINT)

    assert seconds < SOON
    eventually(lambda: home.postgres is None, "PostgreSQL is gone")


def test_after_kill_9_the_next_start_finds_its_data(place: Workplace) -> None:
    with place.starts("dev") as killed:
        killed.is_loaded()
        killed.process.kill()
        killed.process.wait()
    with place.starts("dev") as running:
        running.is_loaded()
        found = running.search("Why does the sea rise?")
        seconds = running.signalled(signal.SIGTERM)
        done = running.ended()

    assert "passages embedded" in killed.errors
    assert "passages embedded" not in done.errors
    assert found[0]["title"] == "Tides"
    assert (done.code, place.postgres) == (0, None)
    assert seconds < SOON


def events_of(reply: httpx.Response) -> Any:
    """Yields the events of a stream as they arrive."""
    event: dict[str, Any] = {}
    for line in reply.iter_lines():
        name, _, value = line.partition(": ")
        if not line and event:
            yield event
            event = {}
        elif name:
            event[name] = json.loads(value) if name == "data" else value


def read_until_first_text(events: Any) -> None:
    while next(events).get("event") != "delta":
        continue
