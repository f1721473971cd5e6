"""What readers ask reaches the operator's report, and what `/config` says about it."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pytest

from glossator.domain.ports.workers import AnyThread
from glossator.domain.report.questions import ReportOptions
from glossator.domain.report.recorder import AnswerRecorder
from glossator.domain.report.report import BookReports
from glossator.kernel.services import Services
from tests.domain.answering.models import ScriptedModel
from tests.report_in_memory import MemoryReportLog
from tests.web.apps import ADMIN_KEY, Parts
from tests.web.auth.apps import SCOPE, AuthParts, Client
from tests.web.chat.test_signed_in import create_reader, stored

ADMIN = {"Authorization": f"Bearer {ADMIN_KEY}"}
QUERY = {"query": "Who chose each stop word? Ask ada@example.com."}
OPENED = {"Sec-Fetch-User": "?1", "Sec-Fetch-Mode": "navigate"}


@dataclass
class ReportParts(AuthParts):
    """Apps with a report on answers that are declined."""

    model: ScriptedModel = field(default_factory=lambda: ScriptedModel(answer="NOT_IN_BOOK: No."))
    options: ReportOptions = field(default_factory=lambda: ReportOptions(anonymous=True, retention_days=7))
    log: MemoryReportLog = field(default_factory=MemoryReportLog)

    @cached_property
    def recorder(self) -> AnswerRecorder:
        return AnswerRecorder(self.log, AnyThread(), self.options)

    def _services(self) -> Services:
        services = super()._services()
        services.provide(ReportOptions, self.options)
        services.provide(AnswerRecorder, self.recorder)
        reports = BookReports(self.log, self.budget, AnyThread(), self.options, flush=self.recorder.flush)
        services.provide(BookReports, reports)
        return services


async def get(parts: Parts, path: str, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    reply = await parts.app().test_client().get(path, headers=headers or {})
    return reply.status_code, await reply.get_json()


@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
async def test_a_declined_question_is_in_the_report(path: str) -> None:
    parts = ReportParts()
    await Client(parts.app()).post(path, QUERY)

    status, report = await get(parts, "/report", ADMIN)

    assert status == 200
    [group] = report["groups"]
    assert (group["count"], group["declined"]) == (1, 1)
    assert group["examples"] == ["Who chose each stop word? Ask [e-mail]"]
    assert report["gaps"] == [{"section": group["nearest"], "declined": 1, "ungrounded": 0, "rated_down": 0}]
    assert (report["answers"]["declined"], report["days"], report["kept"]["anonymous"]) == (1, 7, True)


async def test_by_default_a_question_without_an_account_is_only_counted() -> None:
    parts = ReportParts(options=ReportOptions())
    await Client(parts.app()).post("/chat", QUERY)

    _, report = await get(parts, "/report", ADMIN)

    assert (report["groups"], report["answers"]["declined"], len(report["gaps"])) == ([], 1, 1)
    assert parts.log.kept == {}


async def test_the_question_of_an_account_is_kept_by_its_message() -> None:
    parts = ReportParts()
    reader = await create_reader(parts)
    await reader.ask()
    await parts.recorder.flush()

    [kept] = parts.log.kept.values()

    assert (kept.question_id, kept.text) == (stored(parts)[0].id, None)


async def test_a_withdrawn_vote_takes_the_waiting_question_with_it() -> None:
    parts = ReportParts()
    client = Client(parts.app())
    asked = (await client.post("/chat", QUERY)).body

    await client.post("/feedback", {"request_id": asked["request_id"], "rating": None})
    await parts.recorder.flush()

    assert parts.log.kept == {}


@pytest.mark.parametrize(("headers", "count"), [({}, 0), (OPENED, 1)])
async def test_a_link_counts_when_a_reader_opened_it(headers: dict[str, str], count: int) -> None:
    parts = ReportParts()
    await parts.app().test_client().get("/ask?q=Who+wrote+it", headers=headers, scope_base=SCOPE)
    await parts.recorder.flush()

    assert len(parts.log.kept) == count


async def test_without_a_database_there_is_no_report() -> None:
    status, problem = await get(Parts(), "/report", ADMIN)

    assert (status, problem["code"]) == (404, "report_off")


@pytest.mark.parametrize("days", ["0", "401", "x"])
async def test_a_wrong_number_of_days_is_refused(days: str) -> None:
    status, problem = await get(ReportParts(), f"/report?days={days}", ADMIN)

    assert (status, problem["fields"][0]["field"]) == (422, "days")


async def test_while_the_database_is_down_there_is_no_report() -> None:
    parts = ReportParts()
    parts.log.failing = True

    assert (await get(parts, "/report", ADMIN))[0] == 503


@pytest.mark.parametrize("lang", ["en", "ur"])
async def test_config_says_what_is_kept_for_the_report(lang: str) -> None:
    by_default, with_texts = ReportParts(options=ReportOptions()), ReportParts()

    whats = []
    for parts in (by_default, with_texts):
        kept = {one["what"]: one for one in (await get(parts, f"/config?lang={lang}"))[1]["kept"]}
        whats.append(set(kept))
        assert str(parts.options.retention_days) in kept["reported_questions"]["detail"]

    assert {"questions_without_account", "answer_counts", "reported_questions"} <= whats[0]
    assert whats[1] ^ whats[0] == {"questions_without_account", "masked_questions"}


async def test_config_says_that_names_are_not_masked() -> None:
    kept = {one["what"]: one for one in (await get(ReportParts(), "/config"))[1]["kept"]}

    assert kept["masked_questions"]["days"] == 7
    assert "7 days" in kept["masked_questions"]["detail"]
    assert all("names are not" in kept[what]["detail"] for what in ("masked_questions", "reported_questions"))
