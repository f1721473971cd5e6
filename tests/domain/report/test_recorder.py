"""What is counted and kept of an answer, and when it is written."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np
import pytest

from glossator.domain.answering.question import (
    Answer,
    Citation,
    ClaimVerdict,
    Grounding,
    NearestSection,
    QuestionVector,
    TextSpan,
    Usage,
)
from glossator.domain.report.questions import ReportOptions, StoredVector, problem_of
from glossator.domain.report.recorder import MAX_WAITING, AnswerRecorder, AskedQuestion
from tests.domain.budget.cap_leases import NOON, HandClock
from tests.report_in_memory import MemoryReportLog
from tests.workers import CountingWorkers

TODAY = NOON.date()
NEAREST = NearestSection("Words", "/read/words", "Words")
CITED = Citation(1, "p", "Nodes", "What is a node?", "/read/nodes", "A node.", 1.0)
GOOD = Answer("A node [1].", "generated", (CITED,), Grounding(1.0), Usage())
DECLINED = Answer(
    "No.", "declined", (), Grounding(), Usage(), reason="not_in_book", nearest=(NEAREST,),
    vector=QuestionVector("m", np.array([1, 0], np.float32)),
)  # fmt: skip
WEAK = replace(GOOD, grounding=Grounding(0.4, (ClaimVerdict(TextSpan(0, 1), "unsupported"),)))
MAIL = AskedQuestion("a", "Is ada@example.com here?")


@dataclass
class Recording:
    anonymous: bool = True
    log: MemoryReportLog = field(default_factory=MemoryReportLog)
    workers: CountingWorkers = field(default_factory=CountingWorkers)
    clock: HandClock = field(default_factory=HandClock)

    def __post_init__(self) -> None:
        self.recorder = AnswerRecorder(self.log, self.workers, ReportOptions(self.anonymous), self.clock)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (GOOD, None),
        (replace(GOOD, grounding=Grounding(None)), None),
        (replace(GOOD, mode="extractive", reason="no_model"), None),
        (DECLINED, "declined"),
        (WEAK, "ungrounded"),
        (replace(GOOD, mode="extractive", reason="unsupported"), "ungrounded"),
    ],
)
def test_the_problem_of_an_answer(answer: Answer, problem: str | None) -> None:
    assert problem_of(answer) == problem


async def test_answers_are_counted_with_their_sections() -> None:
    one = Recording(anonymous=False)
    for answer in (GOOD, GOOD, DECLINED, WEAK):
        one.recorder.record(MAIL, answer)

    await one.recorder.flush()

    node = "Nodes \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} What is a node?"
    assert one.log.counts == {
        (TODAY, "generated", ""): 3,
        (TODAY, "cited", node): 3,
        (TODAY, "declined", ""): 1,
        (TODAY, "declined", "Words"): 1,
        (TODAY, "ungrounded", ""): 1,
        (TODAY, "ungrounded", node): 1,
    }
    assert one.log.kept == {}


async def test_the_text_of_a_reader_without_account_is_kept_masked_where_it_is_allowed() -> None:
    one = Recording()
    one.recorder.record(MAIL, DECLINED)

    await one.recorder.flush()

    [kept] = one.log.kept.values()
    assert (kept.text, kept.question_id, kept.problem, kept.nearest) == ("Is [e-mail] here?", None, "declined", "Words")
    assert kept.vector == StoredVector("m", bytes([127, 0]))


@pytest.mark.parametrize("anonymous", [True, False])
async def test_the_text_of_an_account_is_not_copied(anonymous: bool) -> None:
    one = Recording(anonymous)
    one.recorder.record(AskedQuestion("a", None, "message"), GOOD)
    one.recorder.record(AskedQuestion("outside of conversations", None), GOOD)

    await one.recorder.flush()

    [kept] = one.log.kept.values()
    assert (kept.text, kept.question_id, kept.problem) == (None, "message", None)
    assert one.log.counts[TODAY, "generated", ""] == 2


async def test_nothing_is_written_twice_and_nothing_for_nothing() -> None:
    one = Recording()
    one.recorder.record(MAIL, GOOD)
    await one.recorder.flush()
    one.log.kept.clear()

    await one.recorder.flush()

    assert (one.log.counts[TODAY, "generated", ""], one.log.kept, one.workers.runs) == (1, {}, 1)


async def test_a_withdrawn_question_is_not_written() -> None:
    one = Recording()
    one.recorder.record(MAIL, DECLINED)

    await one.recorder.forget("a")
    await one.recorder.flush()

    assert one.log.kept == {}


async def test_while_the_database_is_down_a_bounded_number_waits(caplog: pytest.LogCaptureFixture) -> None:
    one = Recording()
    one.log.failing = True
    for number in range(MAX_WAITING + 5):
        one.recorder.record(AskedQuestion(str(number), "Why?"), DECLINED)
    await one.recorder.flush()
    one.log.failing = False

    await one.recorder.flush()

    assert (len(one.log.kept), one.log.counts[TODAY, "declined", ""]) == (MAX_WAITING, MAX_WAITING + 5)
    assert "answers_not_recorded: 5" in caplog.text
    assert "Why" not in caplog.text


async def test_the_day_of_an_answer_is_the_one_on_which_it_was_given() -> None:
    one = Recording()
    one.recorder.record(MAIL, GOOD)
    one.clock.forward(days=1)
    one.recorder.record(MAIL, GOOD)

    await one.recorder.close()

    assert {key: n for key, n in one.log.counts.items() if key[1] == "generated"} == {
        (TODAY, "generated", ""): 1,
        (TODAY + timedelta(days=1), "generated", ""): 1,
    }
