"""`glossator eval`, with and without a running server."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click
import pytest

from glossator.commands.evaluate.command import ask_all, confirmed
from glossator.domain.answering.evaluation.evaluator import EvaluationCost, Trial
from glossator.domain.answering.evaluation.questions import EvaluationQuestion
from glossator.domain.answering.question import Question
from glossator.domain.errors import BookEmpty, Unavailable
from tests.domain.answering.evaluation.trials import TRIAL
from tests.processes import Workplace

RECORDS: Final[Sequence[dict[str, Any]]] = (
    {
        "question": "Why does Mars look red?",
        "kind": "fact",
        "page": "mars.md",
        "quote": "its soil is full of rusty iron",
    },
    {"question": "What raises the tides?", "kind": "fact", "page": "tides.md", "quote": "The pull of the moon"},
    {"question": "Which team won the football World Cup in 1998?", "kind": "off-topic", "evidence": []},
)


def write(folder: Path, name: str, records: Sequence[dict[str, Any]] = RECORDS) -> str:
    (folder / name).write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return name


def test_eval_reports_figures_and_the_judge(with_book: Workplace) -> None:
    done = with_book.runs("eval", write(with_book.folder, "q.jsonl"))

    assert done.code == 0
    assert done.output.startswith("3 questions: 2 that the book answers, 1 that it does not")
    figures = {" ".join(line.split()[:3]) for line in done.output.splitlines()}
    assert {"recall@5 100.0 %", "MRR@10 100.0 %"} <= figures
    assert "ALCE uses an NLI model" in done.output
    assert "off-topic" in done.output


def test_eval_compares_with_an_earlier_report(filled: Workplace) -> None:
    questions = write(filled.folder, "q.jsonl")
    earlier = filled.runs("eval", questions, "--json")
    report = json.loads(earlier.output)
    report["questions"][0]["rank"] = 4
    (filled.folder / "earlier.json").write_text(json.dumps(report), "utf-8")

    done = filled.runs("eval", questions, "--against", "earlier.json", "--calibrate")

    assert (earlier.code, done.code) == (0, 0)
    assert "1 questions changed" in done.output
    assert "rank 4, answered -> rank 1, answered: Why does Mars look red?" in done.output
    assert "Thresholds" in done.output or "No thresholds are proposed" in done.output


def test_make_writes_a_file_once_and_eval_reads_it(filled: Workplace) -> None:
    made = filled.runs("eval", "made.jsonl", "--make")
    again = filled.runs("eval", "made.jsonl", "--make")
    done = filled.runs("eval", "made.jsonl", "--json")

    assert (made.code, again.code, done.code) == (0, 2, 0)
    assert "made.jsonl exists already" in again.errors
    kinds = {one["kind"] for one in json.loads(done.output)["questions"]}
    assert kinds == {"heading", "off-topic"}


@pytest.mark.parametrize(
    ("content", "arguments", "expected"),
    [
        ("{\n", (), "line 1: is not JSON"),
        ('{"question": "Why?"}\n', (), "line 1: evidence: is missing"),
        ('{"question": "Why?", "evidence": []}\n', ("--against", "q.jsonl"), "is not a report"),
    ],
)
def test_an_invalid_file_is_reported_before_anything_starts(
    place: Workplace, content: str, arguments: Sequence[str], expected: str
) -> None:
    (place.folder / "q.jsonl").write_text(content, "utf-8")

    done = place.runs("eval", "q.jsonl", *arguments)

    assert done.code == 2
    assert expected in done.errors


def test_eval_without_a_file_suggests_make(place: Workplace) -> None:
    done = place.runs("eval")

    assert done.code == 2
    assert "glossator eval --make" in done.errors


def test_eval_of_an_empty_book_suggests_an_ingest(place: Workplace) -> None:
    done = place.having(GLOSSATOR_ENV="embedded").runs("eval", write(place.folder, "q.jsonl"))

    assert done.code == 69
    assert "Run `glossator ingest PATH` first." in done.errors


class FailingBackend:
    """Raises this error for questions that begin with it."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def cost(self) -> EvaluationCost:
        return EvaluationCost("model", 0.0)

    async def ask(self, question: Question) -> Trial:
        if question.text.startswith("fail"):
            raise self.error
        return replace(TRIAL, response=question.text)


def questions(*texts: str) -> list[EvaluationQuestion]:
    return [EvaluationQuestion(text, text) for text in texts]


async def test_a_failed_question_does_not_lose_the_others() -> None:
    asked = questions("a", "fail", "b", "c", "d", "e")

    results, failed = await ask_all(FailingBackend(Unavailable("openai", "timeout")), asked)

    assert [one.question.text for one in results] == ["a", "b", "c", "d", "e"]
    assert len(failed) == 1
    assert "fail" in failed[0]


async def test_an_empty_book_ends_the_evaluation() -> None:
    with pytest.raises(BookEmpty):
        await ask_all(FailingBackend(BookEmpty("This book has not been loaded yet.")), questions("a", "fail"))


@pytest.mark.parametrize(("dollars", "yes"), [(0.0, False), (0.01, True)])
async def test_a_free_model_and_yes_need_no_confirmation(dollars: float, *, yes: bool) -> None:
    assert await confirmed(EvaluationCost("model", dollars), 10, yes=yes)


async def test_a_paid_model_needs_confirmation(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(click.UsageError, match="pass --yes"):
        await confirmed(EvaluationCost("gpt", 0.01), 10, yes=False)

    assert "10 questions cost about $0.1000 (gpt)." in capsys.readouterr().err
