"""`/chat` from other origins: allowed ones read answers and errors, others read nothing."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.callers import Caller
from tests.processes import Running, Workplace

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, allowed: str) -> Iterator[Running]:
    place = Workplace.made_in(tmp_path_factory.mktemp("home")).having(PLUGINS="local_models,qdrant_edge")
    with place.having(CORS_ALLOWED_ORIGINS=allowed).starts("dev") as running:
        running.is_loaded()
        yield running


def chat(page: "Page", origin: str, url: str, route: str, body: dict[str, object]) -> dict[str, Any]:
    return Caller(page, origin, url, credentials="include").calls("POST", route, body)


@pytest.mark.parametrize("route", ["/chat", "/chat/stream"])
def test_an_allowed_origin_reads_answers(running: Running, page: "Page", allowed: str, route: str) -> None:
    reply = chat(page, allowed, running.url, route, {"query": "Why does Mars look red?"})

    assert reply["status"] == 200
    assert "rusty iron" in reply["text"]
    assert len(reply["headers"]["x-request-id"]) == 32


@pytest.mark.parametrize(("query", "code"), [("", "invalid_field"), ("x" * 300_000, "body_too_large")])
@pytest.mark.parametrize("route", ["/chat", "/chat/stream"])
def test_an_allowed_origin_reads_errors(
    running: Running, page: "Page", allowed: str, route: str, query: str, code: str
) -> None:
    reply = chat(page, allowed, running.url, route, {"query": query})

    assert json.loads(reply["text"])["code"] == code


@pytest.mark.parametrize("route", ["/chat", "/chat/stream"])
def test_another_origin_reads_nothing(running: Running, page: "Page", foreign: str, route: str) -> None:
    reply = chat(page, foreign, running.url, route, {"query": "Why does Mars look red?"})

    assert reply == {"refused": "Failed to fetch"}
