"""Votes on answers over HTTP: who may give them, and where they are seen."""

from typing import Any

import pytest

from glossator.domain.feedback.feedback import Feedback, RatedAnswer, RatedSection
from tests.domain.answering.models import ScriptedModel
from tests.web.apps import Parts
from tests.web.auth.apps import Client
from tests.web.chat.test_signed_in import Reader, create_reader, stored
from tests.web.reader_apps import ReaderParts

QUERY = {"query": "What does the inverted index map a word to?"}


async def ask(client: Client, path: str = "/chat") -> dict[str, Any]:
    answer = (await client.post(path, QUERY)).body
    assert answer["mode"]
    return dict(answer)


async def give(client: Client, **fields: Any) -> tuple[int, str]:
    reply = await client.post("/feedback", fields)
    return reply.status, reply.body["code"] if reply.body else ""


async def give_as(reader: Reader, **fields: Any) -> int:
    reply = await reader.client.post("/feedback", json=fields, headers=reader.headers)
    return int(reply.status_code)


async def test_an_anonymous_reader_rates_by_the_request_once() -> None:
    parts = ReaderParts()
    client = Client(parts.app())
    asked = await ask(client)

    first = await give(client, request_id=asked["request_id"], rating="up")
    again = await give(
        client, request_id=asked["request_id"], rating="down", reason="incorrect", citation=1, comment=" Two. "
    )

    assert first == again == (204, "")
    [(answer, feedback)] = parts.feedback.votes.values()
    assert feedback == Feedback("down", "incorrect", 1, "Two.")
    assert answer == RatedAnswer(asked["request_id"], mode="generated", sections=(RatedSection("Words", 1),))


async def test_a_vote_is_withdrawn() -> None:
    parts = ReaderParts()
    client = Client(parts.app())
    request_id = (await ask(client))["request_id"]
    await give(client, request_id=request_id, rating="up")

    assert await give(client, request_id=request_id, rating=None) == (204, "")
    assert parts.feedback.votes == {}


async def test_a_declined_answer_is_kept_with_its_nearest_sections() -> None:
    parts = ReaderParts(model=ScriptedModel(answer="NOT_IN_BOOK: No."))
    client = Client(parts.app())
    asked = await ask(client)

    await give(client, request_id=asked["request_id"], rating="down")

    [(answer, _)] = parts.feedback.votes.values()
    assert (answer.mode, answer.mode_reason) == ("declined", "not_in_book")
    assert answer.sections == tuple(RatedSection(section["title"]) for section in asked["nearest"])
    assert answer.sections


async def test_a_signed_in_reader_sees_the_vote_in_the_history() -> None:
    parts = ReaderParts()
    reader = await create_reader(parts)
    asked = await reader.ask()

    status = await give_as(reader, message_id=asked["message_id"], rating="down", reason="other", comment="Why?")

    shown = await reader.client.get(f"/api/chat/sessions/{asked['session_id']}", headers=reader.headers)
    question, answer = (await shown.get_json())["messages"]
    assert status == 204
    assert answer["feedback"] == {"rating": "down", "reason": "other", "citation": None, "comment": "Why?"}
    assert question["feedback"] is None


async def test_message_and_request_have_one_vote() -> None:
    parts = ReaderParts()
    reader = await create_reader(parts)
    asked = await reader.ask()

    await give_as(reader, message_id=asked["message_id"], rating="up")
    await give_as(reader, request_id=asked["request_id"], rating="down")

    assert stored(parts)[1].feedback == Feedback("down")


async def test_a_streamed_answer_is_rated_from_its_start_on() -> None:
    parts = ReaderParts(model=ScriptedModel(fail_after=0))
    reader = await create_reader(parts)
    events = await reader.stream()

    status = await give_as(reader, request_id=events[0][1]["request_id"], rating="down", reason="slow_or_buggy")

    assert status == 204
    assert [feedback.reason for _, feedback in parts.feedback.votes.values()] == ["slow_or_buggy"]


async def test_only_the_owner_rates_an_answer_of_an_account() -> None:
    parts = ReaderParts()
    ada, eve = await create_reader(parts), await create_reader(parts, "eve@example.com")
    asked = await ada.ask()
    ids = {"message_id": asked["message_id"]}, {"request_id": asked["request_id"]}

    refused = [await give_as(eve, **one, rating="down") for one in ids]
    anonymous = [await give(Client(parts.app()), **one, rating="down") for one in ids]

    assert refused == [404, 404]
    assert anonymous == [(404, "answer_not_found")] * 2
    assert parts.feedback.votes == {}


@pytest.mark.parametrize("field", ["message_id", "request_id"])
@pytest.mark.parametrize("unknown", ["", "1", "0b4e3c8e-5f0c-4a39-9d5a-3f1e7f1f0a11", "x" * 9000])
async def test_an_unknown_answer_cannot_be_rated(field: str, unknown: str) -> None:
    reader = await create_reader(ReaderParts())

    assert await give_as(reader, **{field: unknown}, rating="up") == 404


async def test_after_a_restart_the_request_is_not_known() -> None:
    before, after = ReaderParts(), ReaderParts()
    request_id = (await ask(Client(before.app())))["request_id"]

    assert await give(Client(after.app()), request_id=request_id, rating="up") == (404, "answer_not_found")


async def test_only_a_citation_of_the_answer_can_be_disputed() -> None:
    client = Client(ReaderParts().app())
    request_id = (await ask(client))["request_id"]

    assert await give(client, request_id=request_id, rating="down", citation=9) == (422, "invalid_field")


async def test_a_vote_names_one_answer() -> None:
    client = Client(ReaderParts().app())

    assert await give(client, rating="up") == (422, "invalid_field")
    assert await give(client, rating="up", request_id="a", message_id="b") == (422, "invalid_field")


async def test_without_a_database_feedback_is_off() -> None:
    client = Client(Parts().app())
    request_id = (await ask(client))["request_id"]

    assert await give(client, request_id=request_id, rating="up") == (404, "feedback_off")


async def test_while_the_database_is_down_nothing_is_claimed() -> None:
    parts = ReaderParts()
    client = Client(parts.app())
    request_id = (await ask(client))["request_id"]
    parts.feedback.failing = True

    assert await give(client, request_id=request_id, rating="up") == (503, "unavailable")
