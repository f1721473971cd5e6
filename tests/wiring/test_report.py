"""The report is wired where a database is."""

import pytest

from glossator.domain.ports.workers import AnyThread
from glossator.domain.report.questions import ReportOptions
from glossator.domain.report.recorder import AnswerRecorder
from glossator.kernel.services import Services
from glossator.wiring.report import run_report
from tests.domain.report.test_recorder import DECLINED, MAIL
from tests.report_in_memory import MemoryReportLog


async def test_what_waits_is_written_when_the_server_stops() -> None:
    services, log = Services(), MemoryReportLog()
    recorder = AnswerRecorder(log, AnyThread(), ReportOptions(anonymous=True))
    services.provide(AnswerRecorder, recorder)

    async with run_report(services):
        recorder.record(MAIL, DECLINED)

    assert [kept.text for kept in log.kept.values()] == ["Is [e-mail] here?"]


async def test_a_stop_while_the_database_is_down_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    services, log = Services(), MemoryReportLog(failing=True)
    recorder = AnswerRecorder(log, AnyThread(), ReportOptions())
    services.provide(AnswerRecorder, recorder)

    async with run_report(services):
        recorder.record(MAIL, DECLINED)

    assert "answers_not_recorded" in caplog.text


async def test_without_a_database_nothing_runs() -> None:
    async with run_report(Services()):
        pass
