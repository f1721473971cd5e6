"""The budget over HTTP: the operator's report, and what readers see at a cap."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from glossator.domain.budget.budget import Budget
from glossator.domain.budget.caps import USD, Caps
from tests.domain.answering.models import ScriptedModel
from tests.domain.budget.cap_leases import CAPS, Process
from tests.domain.rewriting.models import Setup
from tests.web.apps import ADMIN_KEY, Parts
from tests.web.auth.apps import SCOPE, AuthParts
from tests.web.reader_apps import bearer
from tests.web.rewriting_apps import RewritingParts

ADMIN = {"Authorization": f"Bearer {ADMIN_KEY}"}
QUERY = {"query": "What does the inverted index map a word to?"}
SENTENCE = "Today's budget for written answers is used up. It is renewed on 2026-02-01 at 00:00 UTC."


def budget(caps: Caps = CAPS) -> Budget:
    return Process(caps=caps).budget


SPENT = replace(CAPS, site_day=1)


async def get(parts: Parts, path: str, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    reply = await parts.app().test_client().get(path, headers=headers or {})
    return reply.status_code, await reply.get_json()


async def post(parts: Parts, path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
    reply = await parts.app().test_client().post(path, json=body, headers=headers or {}, scope_base=SCOPE)
    assert reply.status_code == 200
    return await reply.get_json()


async def test_the_report_has_days_and_caps() -> None:
    parts = Parts(budget=budget())
    answer = await post(parts, "/chat", QUERY)
    await post(parts, "/search", QUERY)

    status, report = await get(parts, "/usage?days=3", ADMIN)

    assert status == 200
    [day] = report["days"]
    assert (day["day"], day["questions"], set(day["kinds"])) == ("2026-01-31", 1, {"question", "search"})
    assert day["kinds"]["question"]["usd"] == pytest.approx(answer["usage"]["cost_usd"], abs=1e-6)
    assert [cap["limit"] for cap in report["caps"]] == [
        "site_month", "site_day", "guests_day", "rewriting_day", "account_day", "network_day",
    ]  # fmt: skip
    assert report["caps"][1] == {
        "limit": "site_day",
        "usd": 5.0,
        "left_usd": pytest.approx(5 - day["usd"], abs=1e-6),
        "resets_at": "2026-02-01T00:00:00Z",
    }


@pytest.mark.parametrize("days", ["0", "401", "x", "-1"])
async def test_a_wrong_number_of_days_is_refused(days: str) -> None:
    status, problem = await get(Parts(), f"/usage?days={days}", ADMIN)

    assert (status, problem["fields"][0]["field"]) == (422, "days")


async def test_without_the_key_there_is_no_report() -> None:
    assert (await get(Parts(), "/usage"))[0] == 404


async def test_at_a_cap_chat_quotes_and_names_the_cap() -> None:
    parts = Parts(budget=budget(SPENT))

    answer = await post(parts, "/chat", QUERY)

    assert (answer["mode"], answer["reason"]) == ("extractive", "over_budget")
    assert answer["budget"] == {
        "limit": "site_day",
        "scope": "site",
        "resets_at": "2026-02-01T00:00:00.000Z",
        "detail": SENTENCE,
    }
    assert SENTENCE in answer["response"]
    assert parts.model.prompts == []


async def test_config_says_until_when_the_budget_is_spent() -> None:
    parts = Parts(budget=budget(SPENT))
    before = (await get(parts, "/config"))[1]["budget"]
    await post(parts, "/chat", QUERY)

    after = (await get(parts, "/config"))[1]["budget"]

    assert before == {"spent": []}
    assert [(cap["limit"], cap["resets_at"]) for cap in after["spent"]] == [("site_day", "2026-02-01T00:00:00.000Z")]


async def test_at_a_cap_search_finds_by_words() -> None:
    found = await post(Parts(budget=budget(SPENT)), "/search", QUERY)

    assert found["passages"][0]["title"] == "Words"


async def test_a_spent_network_leaves_accounts_alone() -> None:
    parts = AuthParts(budget=budget(replace(CAPS, network_day=1)))
    issued = await parts.sign_up()

    anonymous = await post(parts, "/chat", QUERY)
    signed_in = await post(parts, "/chat", QUERY, bearer(issued))

    assert (anonymous["reason"], anonymous["budget"]["scope"]) == ("over_budget", "network")
    assert signed_in["mode"] == "generated"


async def test_a_new_account_counts_as_a_guest() -> None:
    parts = AuthParts(budget=budget(replace(CAPS, guests_share=1e-9)))
    parts.accounts.clock.moment = datetime.now(UTC)
    issued = await parts.sign_up()

    answer = await post(parts, "/chat", QUERY, bearer(issued))

    assert answer["budget"]["limit"] == "guests_day"


async def test_at_a_cap_a_text_comes_back_untouched_with_its_reason() -> None:
    process = Process(caps=Caps(site_day=USD, rewriting_share=1e-9))
    parts = RewritingParts(setup=Setup(budget=process.budget))

    body = await post(parts, "/translate", {"text": "The robot walks."})

    assert (body["translation"], body["errors"]) == ("The robot walks.", [{"index": 0, "code": "over_budget"}])
    assert parts.setup.model.calls == []


async def test_rewriting_is_settled_by_what_it_used() -> None:
    process = Process()
    parts = RewritingParts(setup=Setup(budget=process.budget))

    await post(parts, "/translate", {"text": "The robot walks."})
    await process.budget.close()

    assert await process.counted() == (100 * 1 + 50 * 2) * 1000


async def test_the_book_has_no_count_of_texts() -> None:
    parts = RewritingParts(setup=Setup(daily=1))

    body = await post(parts, "/translate/batch", {"texts": [f"Robot {word} walks." for word in ("one", "two", "six")]})

    assert body["errors"] == []


async def test_an_answer_that_costs_nothing_needs_no_budget() -> None:
    answer = await post(Parts(model=ScriptedModel(generates=False), budget=budget(SPENT)), "/chat", QUERY)

    assert answer["reason"] == "over_budget"
