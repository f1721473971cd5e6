"""`glossator rewrite` and `glossator cache` with fake vendors and a real database."""

import asyncio
import json
import re
import signal

import asyncpg
import pytest

from tests.domain.rewriting.models import answering, plainer, urdu
from tests.processes import Done, Workplace
from tests.production import Production
from tests.servers.openai_answers import Messages

TEXTS = 6
"""Two pages, each with two headings and a paragraph."""


async def translate(production: Production, *arguments: str) -> Done:
    production.openai.behaviour.answer = answering(urdu)
    return await production.runs("rewrite", "sample-book", "--language", "ur", *arguments)


def calls(production: Production) -> int:
    return len(production.openai.sent_to("chat/completions"))


async def test_a_plan_prints_texts_and_cost_and_makes_no_calls(production: Production) -> None:
    done = await translate(production, "--plan")

    assert done.code == 0, done.errors
    plan = (
        rf"{TEXTS} texts, {TEXTS} of them new: about [1-9][\d,]* prompt tokens and [1-9]\d* completion tokens, \$0\.\d+"
    )
    assert re.match(plan, done.output)
    assert calls(production) == 0


async def test_a_book_is_translated_once_and_its_results_are_pinned(production: Production) -> None:
    first = await translate(production)
    second = await translate(production)
    stats = await production.runs("cache", "stats", "--json")

    assert (first.code, second.code) == (0, 0), first.errors
    assert first.output.splitlines()[-1] == f"{TEXTS} texts are ready"
    assert f"{TEXTS} texts, 0 of them new" in second.output
    assert calls(production) == TEXTS
    found = json.loads(stats.output)
    assert (found["entries"], found["pinned"]) == (TEXTS, TEXTS)


async def test_results_of_readers_are_pinned_too(production: Production) -> None:
    await translate(production)
    connection = await asyncpg.connect(production.dsn.partition("?")[0])
    await connection.execute("UPDATE glossator.rewritings SET pinned = false")
    await connection.close()

    done = await translate(production)
    stats = await production.runs("cache", "stats", "--json")

    assert f"{TEXTS} texts, 0 of them new" in done.output
    assert calls(production) == TEXTS
    assert json.loads(stats.output)["pinned"] == TEXTS


async def test_a_second_run_rewrites_only_new_texts(production: Production) -> None:
    await translate(production)
    page = production.place.folder / "sample-book" / "new.md"
    page.write_text("# A new page\n", "utf-8")

    done = await translate(production)

    assert f"{TEXTS + 1} texts, 1 of them new" in done.output
    assert calls(production) == TEXTS + 1


async def test_an_interrupted_run_keeps_its_results_and_the_next_run_continues(production: Production) -> None:
    def answer_twice(messages: Messages) -> str:
        production.openai.behaviour.first_delay = 600.0 if calls(production) > 2 else 0.0
        return answering(urdu)(messages)

    production.openai.behaviour.answer = answer_twice
    one_by_one = production.place.having(REWRITING__CONCURRENCY="1")

    with one_by_one.starts("rewrite", "sample-book", "--language", "ur") as running:
        async with asyncio.timeout(120):
            while calls(production) < 3:
                await asyncio.sleep(0.02)
        running.process.send_signal(signal.SIGINT)
        broken = await asyncio.to_thread(running.ended)
    made = json.loads((await production.runs("cache", "stats", "--json")).output)
    production.openai.behaviour.first_delay = 0.0
    before = calls(production)
    done = await translate(production)

    assert broken.code == 130
    assert 2 <= made["pinned"] == made["entries"] < TEXTS
    assert f"{TEXTS} texts, {TEXTS - made['entries']} of them new" in done.output
    assert calls(production) - before == TEXTS - made["entries"]


async def test_progress_goes_to_standard_error(production: Production) -> None:
    done = await translate(production)

    assert f"{TEXTS} of {TEXTS} texts" in done.errors
    assert f"{TEXTS} of {TEXTS} texts" not in done.output


async def test_a_book_is_adjusted_to_a_level(production: Production) -> None:
    production.openai.behaviour.answer = answering(plainer)

    done = await production.runs("rewrite", "sample-book", "--level", "beginner")

    assert (done.code, done.output.splitlines()[-1]) == (0, f"{TEXTS} texts are ready"), done.errors


async def test_results_of_an_earlier_model_are_unpinned_after_a_run(production: Production) -> None:
    await translate(production)
    production.openai.behaviour.answer = answering(urdu)

    done = await production.runs("rewrite", "sample-book", "--language", "ur", OPENAI_MODEL="gpt-4o")
    stats = await production.runs("cache", "stats", "--json")

    assert done.code == 0, done.errors
    found = json.loads(stats.output)
    assert (found["entries"], found["pinned"]) == (2 * TEXTS, TEXTS)


async def test_failed_texts_are_listed(production: Production) -> None:
    production.openai.behaviour.answer = answering(lambda _: "This is no translation at all.")

    done = await production.runs("rewrite", "sample-book", "--language", "ur")

    assert done.code == 1
    assert f"{TEXTS} texts stay unchanged" in done.output
    assert "wrong_script: Mars looks red" in done.output


async def test_clear_keeps_pinned_results_without_the_flag(production: Production) -> None:
    await translate(production)

    first = await production.runs("cache", "clear")
    second = await production.runs("cache", "clear", "--pinned")

    assert first.output == "0 results removed\n"
    assert second.output == f"{TEXTS} results removed\n"


@pytest.mark.parametrize(
    "arguments",
    [(), ("--language", "ur", "--level", "beginner"), ("--language", "no language"), ("--level", "pro")],
    ids=str,
)
def test_wrong_usage_is_reported(place: Workplace, arguments: tuple[str, ...]) -> None:
    done = place.runs("rewrite", "sample-book", *arguments)

    assert done.code == 2
    assert "--l" in done.errors


def test_the_missing_setting_is_named_if_the_model_cannot_generate(place: Workplace) -> None:
    done = place.having(GLOSSATOR_ENV="embedded").runs("rewrite", "sample-book", "--language", "ur")

    assert done.code == 69
    assert "OPENAI_API_KEY" in done.told[-1]
