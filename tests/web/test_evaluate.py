"""`/evaluate` answers the operator alone, as `/chat` answers readers."""

from typing import Final

import pytest
from pydantic import TypeAdapter

from glossator.domain.answering.evaluation.evaluator import Trial
from tests.domain.answering.models import ScriptedModel
from tests.indexes import MemoryIndex
from tests.web.apps import ADMIN_KEY, Parts

ADMIN: Final = {"Authorization": f"Bearer {ADMIN_KEY}"}
QUERY: Final = {"query": "What does the inverted index map a word to?"}


async def trial_of(parts: Parts, query: str = QUERY["query"]) -> Trial:
    reply = await parts.app().test_client().post("/evaluate", json={"query": query}, headers=ADMIN)
    assert reply.status_code == 200
    return TypeAdapter(Trial).validate_python(await reply.get_json())


async def test_a_trial_has_what_chat_answers() -> None:
    parts = Parts()
    answer = await (await parts.app().test_client().post("/chat", json={**QUERY, "format": "markdown"})).get_json()

    trial = await trial_of(parts)

    assert (trial.response, trial.mode, trial.reason) == (answer["response"], answer["mode"], answer["reason"])
    assert [cited.number for cited in trial.cited] == [citation["n"] for citation in answer["citations"]]
    assert [cosine.space for cosine in trial.cosines] == ["dense"]
    assert all(cited.text and cited.pages for cited in trial.cited)


async def test_a_sentence_with_several_numbers_is_judged_for_each_passage() -> None:
    model = ScriptedModel("An inverted index maps each word to its passages [1][2].")

    trial = await trial_of(
        Parts(model=model), "What do an inverted index and an embedding do with a word and a vector?"
    )

    (claim,) = trial.claims
    assert [number for number, _ in claim.alone] == [1, 2]
    assert claim.verdict in {verdict for _, verdict in claim.alone}


async def test_the_estimate_names_the_model() -> None:
    reply = await Parts().app().test_client().get("/evaluate", headers=ADMIN)

    estimate = await reply.get_json()
    assert set(estimate) == {"model", "usd_per_question"}
    assert estimate["usd_per_question"] > 0


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
async def test_the_route_is_not_found_without_the_admin_key(method: str, headers: dict[str, str]) -> None:
    reply = await Parts().app().test_client().open("/evaluate", method=method, json=QUERY, headers=headers)

    assert (reply.status_code, (await reply.get_json())["code"]) == (404, "not_found")


async def test_an_empty_book_is_reported() -> None:
    reply = await Parts(index=MemoryIndex()).app().test_client().post("/evaluate", json=QUERY, headers=ADMIN)

    assert (reply.status_code, (await reply.get_json())["code"]) == (503, "book_empty")
