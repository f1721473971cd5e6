"""The events of `/chat/stream` are those that `/stream-schema.json` describes."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.domain.answering.models import ScriptedModel
from tests.indexes import MemoryIndex
from tests.web.apps import Parts
from tests.web.chat.test_chat import QUERY, events_of
from tests.web.chat.test_signed_in import create_reader
from tests.web.reader_apps import ReaderParts
from tests.web.test_usage import SPENT, budget

EVERY = {"start", "sources", "delta", "final", "error"}


async def schema_of(parts: Parts) -> dict[str, Any]:
    reply = await parts.app().test_client().get("/stream-schema.json", headers={"Origin": "https://any.example"})
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert reply.headers["Cache-Control"] == "public, max-age=3600"
    assert reply.mimetype == "application/schema+json"
    schema: dict[str, Any] = await reply.get_json(force=True)
    Draft202012Validator.check_schema(schema)
    return schema


async def streamed(parts: Parts) -> list[dict[str, Any]]:
    reply = await parts.app().test_client().post("/chat/stream", json=QUERY)
    return [{"event": name, "data": data} for name, data in events_of(await reply.get_data(as_text=False))]


def faults(schema: dict[str, Any], event: object) -> list[str]:
    return [error.message for error in Draft202012Validator(schema).iter_errors(event)]


@pytest.mark.parametrize(
    ("parts", "last"),
    [
        (Parts(), "generated"),
        (Parts(model=ScriptedModel(fail_after=0)), "extractive"),
        (Parts(model=ScriptedModel(generates=False)), "extractive"),
        (Parts(budget=budget(SPENT)), "extractive"),
        (Parts(model=ScriptedModel(answer="NOT_IN_BOOK: No.")), "declined"),
        (Parts(index=MemoryIndex()), "book_empty"),
    ],
    ids=["generated", "extractive", "no model", "over budget", "declined", "error"],
)
async def test_every_event_has_its_shape(parts: Parts, last: str) -> None:
    schema, events = await schema_of(parts), await streamed(parts)

    assert [fault for event in events for fault in faults(schema, event)] == []
    assert last in {events[-1]["data"].get("mode"), events[-1]["data"].get("code")}


async def test_the_answer_of_a_signed_in_reader_has_its_shape() -> None:
    parts = ReaderParts()
    schema, reader = await schema_of(parts), await create_reader(parts)
    answer = schema | {"oneOf": [], "$ref": "#/$defs/AnswerData"}
    del answer["oneOf"], answer["discriminator"]

    asked = await reader.ask()

    assert (asked["stored"], faults(answer, asked)) == (True, [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"event": "end", "data": {}},
        {"event": "delta", "data": {"citations": []}},
        {"event": "delta", "data": {"text": None}},
        {"event": "start", "data": {"request_id": "a", "session_id": None, "question": "b"}},
        {"event": "error", "data": {"detail": "It broke."}},
    ],
)
async def test_an_event_of_another_shape_does_not_match(wrong: dict[str, Any]) -> None:
    assert faults(await schema_of(Parts()), wrong) != []


async def test_the_schema_names_every_event() -> None:
    schema = await schema_of(Parts())

    assert set(schema["discriminator"]["mapping"]) == EVERY
