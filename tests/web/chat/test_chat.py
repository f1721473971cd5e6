import asyncio
import json
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from glossator.kernel.draining import Draining
from glossator.kernel.guards.guard import GuardOptions
from glossator.kernel.loop_lag import LoopLag
from glossator.web.http.context import WebOptions
from tests.domain.answering.models import ScriptedModel
from tests.indexes import MemoryIndex
from tests.servers.app_server import serving_app
from tests.web.apps import ORIGIN, Parts

QUERY = {"query": "What does the inverted index map a word to?"}


@dataclass
class LoggingParts(Parts):
    log_content: bool = False

    def web_options(self) -> WebOptions:
        return replace(super().web_options(), log_content=self.log_content)


def events_of(body: bytes) -> list[tuple[str, dict[str, Any]]]:
    blocks = [block for block in body.decode().split("\n\n") if block and not block.startswith(":")]
    fields = [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]
    assert [entry["id"] for entry in fields] == [str(number) for number in range(1, len(fields) + 1)]
    return [(entry["event"], json.loads(entry["data"])) for entry in fields]


async def test_chat_returns_every_field() -> None:
    reply = await Parts().app().test_client().post("/chat", json=QUERY)
    answer = await reply.get_json()

    assert reply.status_code == 200
    assert set(answer) == {
        "response",
        "session_id",
        "message_id",
        "mode",
        "reason",
        "retrieval",
        "nearest",
        "follow_ups",
        "citations",
        "sources",
        "grounding",
        "usage",
        "budget",
        "stored",
        "request_id",
    }
    assert set(answer["citations"][0]) == {"n", "passage_id", "title", "heading", "url", "quote", "score", "quotes"}
    assert (answer["session_id"], answer["stored"]) == (None, False)
    assert answer["request_id"] == reply.headers["X-Request-Id"]
    assert answer["sources"] == ["Words"]
    assert reply.headers["Cache-Control"] == "no-store"


async def test_a_stream_ends_with_the_same_object_as_chat() -> None:
    reply = await Parts().app().test_client().post("/chat/stream", json=QUERY)
    events = events_of(await reply.get_data(as_text=False))

    assert [name for name, _ in events if name != "delta"] == ["start", "sources", "final"]
    assert events[0][1]["question"] == QUERY["query"]
    final = events[-1][1]
    assert "".join(data["text"] for name, data in events if name == "delta") == final["response"]
    assert reply.headers["X-Accel-Buffering"] == "no"
    assert "no-transform" in reply.headers["Cache-Control"]


async def test_a_stream_whose_model_fails_ends_with_a_quotation() -> None:
    model = ScriptedModel(fail_after=3)

    reply = await Parts(model=model).app().test_client().post("/chat/stream", json=QUERY)
    name, final = events_of(await reply.get_data(as_text=False))[-1]

    assert name == "final"
    assert (final["mode"], final["reason"]) == ("extractive", "model_unavailable")


CLAIM = "The inverted index maps a word to its passages [1]."
BEFORE = {
    "an emoji, a combining mark and Arabic": "\U0001f600 e\u0301 \u0645\u0631\u062d\u0628\u0627. ",
    "a family of emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467 is here. ",
    "Arabic alone": "\u0645\u0631\u062d\u0628\u0627 \u0628\u0643\u0645 \u0641\u064a. ",
    "a list": "- One item \U0001f41d\n- Another item\n\n",
    "code": "```\nrun('\U0001f41d')\n```\n\n",
    "nothing": "",
}


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
@pytest.mark.parametrize("style", ["text", "markdown"])
async def test_offsets_count_utf_16_code_units_of_the_response(before: str, style: str) -> None:
    client = Parts(model=ScriptedModel(f"{before}{CLAIM}")).app().test_client()

    answer = await (await client.post("/chat", json=QUERY | {"format": style})).get_json()

    claim = answer["citations"][0]["quotes"][0]["claim"]
    units = answer["response"].encode("utf-16-le")
    assert units[2 * claim["start"] : 2 * claim["end"]].decode("utf-16-le") == CLAIM
    assert answer["grounding"]["sentences"][-1] == {**claim, "verdict": "supported", "n": [1]}


async def test_the_quotes_of_a_quotation_are_its_sentences() -> None:
    reply = await Parts(model=ScriptedModel(generates=False)).app().test_client().post("/chat", json=QUERY)
    answer = await reply.get_json()

    units = answer["response"].encode("utf-16-le")
    quotes = [quote for citation in answer["citations"] for quote in citation["quotes"]]
    said = [units[2 * one["claim"]["start"] : 2 * one["claim"]["end"]].decode("utf-16-le") for one in quotes]
    assert quotes
    assert [text.rpartition(" [")[0] or text for text in said] == [one["text"] for one in quotes]
    assert answer["grounding"]["score"] == 1.0


async def test_a_lone_surrogate_from_the_model_does_not_end_the_stream() -> None:
    model = ScriptedModel("Half \ud83d a character stays readable [1].")

    reply = await Parts(model=model).app().test_client().post("/chat/stream", json=QUERY)

    assert events_of(await reply.get_data(as_text=False))[-1][0] == "final"


async def test_idle_streams_send_comments() -> None:
    parts = Parts(model=ScriptedModel(fail_after=0, hangs=True), heartbeat=0.2)

    async with (
        serving_app(parts.app()) as url,
        httpx.AsyncClient(base_url=url) as client,
        client.stream("POST", "/chat/stream", json=QUERY) as reply,
    ):
        lines = reply.aiter_lines()
        while await anext(lines) != ": still here":
            pass
        assert await anext(lines) == ""


async def test_draining_ends_an_open_stream_with_an_event() -> None:
    parts = Parts(model=ScriptedModel(fail_after=2, hangs=True))
    asking = asyncio.create_task(parts.app().test_client().post("/chat/stream", json=QUERY))
    while not parts.model.prompts:
        await asyncio.sleep(0.01)

    parts.draining.set()

    name, problem = events_of(await (await asking).get_data(as_text=False))[-1]
    assert (name, problem["code"]) == ("error", "shutting_down")
    assert parts.model.closed == 1


async def test_an_unfinished_request_at_shutdown_gets_a_problem() -> None:
    parts = Parts(model=ScriptedModel(fail_after=2, hangs=True), draining=Draining(answer_seconds=0.05))
    client = parts.app().test_client()
    asking = asyncio.create_task(client.post("/chat", json=QUERY, headers={"Origin": ORIGIN}))
    while not parts.model.prompts:
        await asyncio.sleep(0.01)

    parts.draining.set()

    reply = await asking
    problem = await reply.get_json()
    assert (reply.status_code, problem["code"]) == (503, "shutting_down")
    assert problem["request_id"] == reply.headers["X-Request-Id"]
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert reply.headers["Retry-After"] == "5"
    assert problem["response"] == problem["detail"]
    assert parts.model.closed == 1


async def test_a_request_after_draining_starts_has_the_remaining_time() -> None:
    parts = Parts(draining=Draining(answer_seconds=60))
    client = parts.app().test_client()

    parts.draining.set()

    assert (await client.post("/chat", json=QUERY)).status_code == 200


async def test_an_empty_book_has_a_message_for_the_existing_page_too() -> None:
    reply = await Parts(index=MemoryIndex()).app().test_client().post("/chat", json=QUERY)
    problem = await reply.get_json()

    assert (reply.status_code, problem["code"]) == (503, "book_empty")
    assert problem["response"] == problem["detail"] == "This book has not been loaded yet."
    assert problem["session_id"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [([], "body"), ("text", "body"), (None, "body"), ({"query": "a", "history": ["x"]}, "history.0")],
)
async def test_an_invalid_body_names_the_field_without_internal_terms(body: object, field: str) -> None:
    reply = await Parts().app().test_client().post("/chat", json=body)

    assert (await reply.get_json())["detail"] == f"{field}: must be a JSON object."


@pytest.mark.parametrize(
    "extra",
    [
        {"selected_text": None, "session_id": None, "history": None, "format": None},
        {"unknown": {"deep": [1]}},
        {"query": "line\r\nbreak\tand \N{GRINNING FACE} \u202eright to left"},
        {"query": "x" * 4000},
        {"session_id": "'; DROP TABLE users; --"},
    ],
)
async def test_null_unknown_fields_and_any_script_are_accepted(extra: dict[str, Any]) -> None:
    reply = await Parts().app().test_client().post("/chat", json={**QUERY, **extra})

    assert reply.status_code == 200


@pytest.mark.parametrize("route", ["/chat", "/chat/stream"])
async def test_a_question_is_refused_at_once_while_a_queue_is_full(route: str) -> None:
    app = Parts().app()
    guard = app.extensions["glossator"].guard("model.chat", GuardOptions(concurrency=1, queue=0))
    async with guard.call():
        refused = await app.test_client().post(route, json=QUERY)
    answered = await app.test_client().post(route, json=QUERY)

    assert (refused.status_code, (await refused.get_json())["code"]) == (503, "overloaded")
    assert refused.headers["Retry-After"] == "5"
    assert answered.status_code == 200


async def test_a_question_is_refused_at_once_while_the_event_loop_is_late() -> None:
    parts = Parts(lag=LateLoop())
    refused = await parts.app().test_client().post("/chat", json=QUERY)

    assert (refused.status_code, (await refused.get_json())["code"]) == (503, "overloaded")
    assert refused.headers["Retry-After"] == "5"
    assert not parts.model.prompts


class LateLoop(LoopLag):
    is_late = True


@pytest.mark.parametrize(("wanted", "level", "logged"), [(True, "DEBUG", 2), (True, "INFO", 0), (False, "DEBUG", 0)])
async def test_questions_and_answers_are_logged_only_at_debug_where_the_operator_wants_them(
    caplog: pytest.LogCaptureFixture, wanted: bool, level: str, logged: int
) -> None:
    client = LoggingParts(log_content=wanted).app().test_client()

    with caplog.at_level(level):
        reply = await client.post("/chat", json=QUERY)
        stream = await client.post("/chat/stream", json=QUERY)
        await stream.get_data(as_text=False)

    assert caplog.text.count(f"question_answered: {QUERY['query']} -> ") == logged
    assert ((await reply.get_json())["response"] in caplog.text) == bool(logged)
