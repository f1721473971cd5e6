"""The report over PostgreSQL: a log with known groups, and how what it reads is deleted."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from glossator.domain.budget.budget import Budget
from glossator.domain.conversations.conversation import Exchange
from glossator.domain.feedback.feedback import Feedback, RatedAnswer, RatedSection
from glossator.domain.ports.workers import AnyThread
from glossator.domain.report.grouping import stored_vector
from glossator.domain.report.questions import AnswerProblem, Count, KeptQuestion, ReportOptions
from glossator.domain.report.report import BookReports
from glossator.storage.conversations import StoredConversations
from glossator.storage.expiry import ExpiredRows
from glossator.storage.feedback import StoredFeedback
from glossator.storage.report import StoredReportLog
from glossator_plugins.postgres.pool import PostgresDatabase
from tests.storage.accounts.people import a_stored_account, an_exchange

NOW = datetime.now(UTC).replace(microsecond=0)
DOWN = Feedback("down", "incorrect")


def asked(
    text: str | None,
    problem: AnswerProblem | None = "declined",
    nearest: str = "",
    *,
    vector: Sequence[float] = (),
    question_id: str | None = None,
    asked_at: datetime = NOW,
) -> KeptQuestion:
    """By a reader without an account, whose text is masked already, unless it has the id of a message."""
    stored = stored_vector("m", np.array(vector, np.float32)) if vector else None
    return KeptQuestion(uuid4().hex, asked_at, problem, nearest, question_id, text, stored)


async def in_conversation(database: PostgresDatabase, text: str) -> tuple[str, Exchange]:
    """The account, and the exchange that it stored."""
    account, conversation_id = await a_stored_account(database), str(uuid4())
    exchange = an_exchange(conversation_id, text)
    await StoredConversations(database).store(account.id, conversation_id, exchange, new_title="?")
    return account.id, exchange


async def report(database: PostgresDatabase, days: int = 30, options: ReportOptions | None = None) -> dict[str, Any]:
    log = StoredReportLog(database)
    reports = BookReports(log, Budget.without_caps(), AnyThread(), options or ReportOptions())
    return (await reports.report(days)).to_json()


async def vote(database: PostgresDatabase, answer_id: str, *sections: str) -> RatedAnswer:
    answer = RatedAnswer(answer_id, sections=tuple(RatedSection(section) for section in sections))
    assert await StoredFeedback(database).put(answer, DOWN)
    return answer


KUBERNETES = ("How do I deploy to Kubernetes?", "kubernetes deployment", "Can it run on k8s?", "k8s helm chart?")


async def test_a_log_with_known_groups(database: PostgresDatabase) -> None:
    log = StoredReportLog(database)
    _, exchange = await in_conversation(database, "Does it cost more than my card 4111 1111 1111 1111 has?")
    rated = asked("What does a licence cost?", None, "Prices", vector=[0, 1])
    await log.keep(
        [
            *(asked(text, nearest="Running", vector=[1, at / 10]) for at, text in enumerate(KUBERNETES)),
            asked("KUBERNETES deployment?", "ungrounded", "Docker", vector=[1, 0.1]),
            asked(None, nearest="Prices", vector=[0.1, 1], question_id=exchange.question.id),
            asked("Was it good?", None),
            asked("Will it rain tomorrow?", nearest=""),
            rated,
        ]
    )
    await vote(database, rated.answer_id, "Prices")
    counts = [Count("generated", "", 7), Count("declined", "", 6), Count("cited", "Nodes", 9), Count("cited", "A", 2)]
    await log.count(NOW.date(), [*counts, Count("declined", "Running", 4)])
    await log.count(NOW.date(), counts[:1])

    found = await report(database)

    last = NOW.isoformat().replace("+00:00", "Z")
    assert found == {
        "days": 30,
        "answers": {"generated": 14, "extractive": 0, "declined": 6, "ungrounded": 0},
        "votes": {"up": 0, "down": 1, "reasons": {"incorrect": 1}},
        "usd": 0.0,
        "questions": 8,
        "groups": [
            {"count": 5, "declined": 4, "ungrounded": 1, "rated_down": 0, "nearest": "Running", "last_asked": last,
             "examples": found["groups"][0]["examples"]},
            {"count": 2, "declined": 1, "ungrounded": 0, "rated_down": 1, "nearest": "Prices", "last_asked": last,
             "examples": found["groups"][1]["examples"]},
            {"count": 1, "declined": 1, "ungrounded": 0, "rated_down": 0, "nearest": None, "last_asked": last,
             "examples": ["Will it rain tomorrow?"]},
        ],
        "more_groups": 0,
        "gaps": [
            {"section": "Running", "declined": 4, "ungrounded": 0, "rated_down": 0},
            {"section": "Prices", "declined": 0, "ungrounded": 0, "rated_down": 1},
        ],
        "cited": [{"section": "Nodes", "count": 9}, {"section": "A", "count": 2}],
        "kept": {"anonymous": False, "retention_days": 30},
    }  # fmt: skip
    first, second = (set(group["examples"]) for group in found["groups"][:2])
    assert len(first) == 3
    assert first < {*KUBERNETES, "KUBERNETES deployment?"}
    assert second == {"Does it cost more than my card [number] has?", "What does a licence cost?"}


async def test_the_report_covers_the_days_that_were_asked_for(database: PostgresDatabase) -> None:
    log = StoredReportLog(database)
    for days in (0, 1, 9):
        await log.keep([asked(f"{days} days ago", asked_at=NOW - timedelta(days=days))])
        await log.count(NOW.date() - timedelta(days=days), [Count("declined", "", 1)])

    covered = [await report(database, days) for days in (1, 2, 400)]
    short = await report(database, 400, ReportOptions(retention_days=5))

    assert [one["questions"] for one in [*covered, short]] == [1, 2, 3, 2]
    assert [one["answers"]["declined"] for one in [*covered, short]] == [1, 2, 3, 2]
    assert (covered[-1]["days"], short["days"]) == (30, 5)


async def test_an_empty_log_has_a_report(database: PostgresDatabase) -> None:
    found = await report(database)

    assert (found["groups"], found["gaps"], found["cited"], found["questions"]) == ([], [], [], 0)


async def test_withdrawing_a_vote_deletes_the_question(database: PostgresDatabase) -> None:
    kept = asked("What is it?", nearest="Nodes")
    await StoredReportLog(database).keep([kept, asked("Another?")])
    answer = await vote(database, kept.answer_id)

    await StoredFeedback(database).withdraw(answer)

    assert await texts_of(database) == ["Another?"]


@pytest.mark.parametrize("what", ["chat_sessions", "users"])
async def test_the_question_of_an_account_leaves_the_report_with_it(database: PostgresDatabase, what: str) -> None:
    _, exchange = await in_conversation(database, "What is it?")
    await StoredReportLog(database).keep([asked(None, question_id=exchange.question.id)])
    before = (await report(database))["groups"][0]["examples"]

    await database.execute(f"DELETE FROM {what}")

    assert before == ["What is it?"]
    assert (await report(database))["groups"] == []


async def test_a_message_that_is_not_stored_is_left_out(database: PostgresDatabase) -> None:
    kept = [asked(None, question_id=str(uuid4())), asked("Kept?")]
    await StoredReportLog(database).keep(kept)
    await StoredReportLog(database).keep(kept)

    assert await texts_of(database) == ["Kept?"]


async def test_text_of_a_reader_without_account_has_no_account(database: PostgresDatabase) -> None:
    _, exchange = await in_conversation(database, "What is it?")

    with pytest.raises(Exception, match="check constraint"):
        await StoredReportLog(database).keep([asked("Both?", question_id=exchange.question.id)])


async def test_a_text_without_a_problem_is_deleted_after_a_day_unless_it_was_rated_down(
    database: PostgresDatabase,
) -> None:
    old = NOW - timedelta(days=2)
    rated = asked("Rated down?", None, asked_at=old)
    _, exchange = await in_conversation(database, "Of an account?")
    of_account = asked(None, None, question_id=exchange.question.id, asked_at=old)
    await StoredReportLog(database).keep(
        [
            rated,
            of_account,
            asked("Good?", None, asked_at=old),
            asked("Young?", None),
            asked("Not in the book?", asked_at=old),
        ]
    )
    await vote(database, rated.answer_id)

    assert await ExpiredRows(database).sweep() == 1
    assert await texts_of(database) == ["None", "Not in the book?", "Rated down?", "Young?"]


@pytest.mark.parametrize(("days", "left"), [(1, 1), (5, 2), (30, 3)])
async def test_everything_is_deleted_after_the_days_of_the_setting(
    database: PostgresDatabase, days: int, left: int
) -> None:
    log = StoredReportLog(database)
    for age in (0, 4, 9, 31):
        await log.keep([asked("Why?", asked_at=NOW - timedelta(days=age))])
        await log.count(NOW.date() - timedelta(days=age), [Count("declined", "", 1)])

    await ExpiredRows(database, report_days=days).sweep()

    assert len(await texts_of(database)) == left
    assert await database.fetchval("SELECT count(*) FROM glossator.answer_counts") == left


async def test_only_the_newest_questions_are_kept(database: PostgresDatabase) -> None:
    ages = [timedelta(minutes=minutes) for minutes in range(5)]
    await StoredReportLog(database).keep([asked(str(age), asked_at=NOW - age) for age in ages])

    await ExpiredRows(database, questions=2).sweep()

    assert await texts_of(database) == sorted(str(age) for age in ages[:3])


async def texts_of(database: PostgresDatabase) -> Sequence[str]:
    rows = await database.fetch("SELECT question FROM glossator.asked_questions")
    return sorted(str(row["question"]) for row in rows)
