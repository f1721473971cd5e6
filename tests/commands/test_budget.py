"""`glossator usage`, and the budget of `glossator ingest`, with fake vendors and a real database."""

import json

import pytest

from tests.production import Production

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")

SPENT = {"BUDGET__SITE_DAY": "0.000001"}


async def test_an_ingest_beyond_the_budget_is_refused_before_the_first_paid_call(production: Production) -> None:
    done = await production.runs("ingest", "sample-book", **SPENT)

    assert (done.code, done.output) == (2, "")
    assert "The ingest costs at most " in done.errors
    assert " is left of BUDGET__SITE_DAY until " in done.errors
    assert "allow it with --budget 0.01" in done.errors
    assert production.openai.sent_to("embeddings") == []


async def test_an_ingest_with_its_own_budget_is_reported_and_leaves_the_caps_alone(production: Production) -> None:
    done = await production.runs("ingest", "sample-book", "--budget", "0.01", "--json", **SPENT)
    usage = await production.runs("usage", "--json")
    lines = (await production.runs("usage", "--days", "1")).output.splitlines()

    assert done.code == 0, done.errors
    report = json.loads(usage.output)
    [day] = report["days"]
    assert day["kinds"]["ingest"]["embedding_tokens"] == json.loads(done.output)["tokens"] > 0
    assert [cap["left_usd"] for cap in report["caps"] if cap["limit"] == "site_day"] == [5.0]
    assert lines[0].split() == ["day", "questions", "tokens", "USD", "of", "which"]
    assert "ingest 0.0" in lines[1]
    assert lines[-1].split()[:4] == ["network_day", "0.50", "for", "each"]


async def test_an_ingest_counts_against_the_caps_of_the_site(production: Production) -> None:
    done = await production.runs("ingest", "sample-book", "--json")
    report = json.loads((await production.runs("usage", "--json")).output)

    cost = json.loads(done.output)["cost_usd"]
    left = {cap["limit"]: cap["left_usd"] for cap in report["caps"]}
    assert left["site_day"] == round(5 - cost, 6)
    assert left["site_month"] == round(50 - cost, 6)
