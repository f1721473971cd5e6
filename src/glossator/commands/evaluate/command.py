"""`glossator eval`: measures how well a book's questions are answered.

The report is printed to standard output, progress and costs to standard error.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import click

from glossator.commands.context import command_configuration
from glossator.commands.evaluate import output
from glossator.commands.evaluate.backend import EvaluationBackend, open_backend
from glossator.commands.evaluate.question_file import QuestionFileInvalid, read_questions
from glossator.commands.runner import format_json, run_to_exit
from glossator.configuration import core as conf
from glossator.domain.answering.evaluation.calibration import calibrate
from glossator.domain.answering.evaluation.evaluator import EvaluationCost
from glossator.domain.answering.evaluation.measures import Measured, measure
from glossator.domain.answering.evaluation.questions import EvaluationQuestion, first_questions, to_lines
from glossator.domain.answering.evaluation.report import Comparison, compare, report_of
from glossator.domain.book.passages import Page
from glossator.domain.book.sources.folder import read_pages
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from glossator.domain.errors import Unavailable
from glossator.kernel.errors import ExitCode
from glossator.wiring.book import book_options

AT_ONCE: Final = 4
"""Questions asked at the same time, so that a slow model does not slow the whole evaluation."""


@dataclass(frozen=True)
class EvaluationFlags:
    json: bool
    against: Path | None
    calibrate: bool
    make: bool
    docs: Path | None
    yes: bool


def evaluate(questions: Path, **flags: Any) -> None:
    chosen = EvaluationFlags(**flags)
    if chosen.make:
        write_first_questions(questions, chosen.docs)
        return
    asked = read_file(questions)
    earlier = read_report(chosen.against) if chosen.against else None
    run_to_exit(lambda: _evaluate(asked, earlier, chosen))


async def _evaluate(
    questions: Sequence[EvaluationQuestion], earlier: dict[str, Any] | None, flags: EvaluationFlags
) -> ExitCode:
    async with open_backend() as backend:
        if not await confirmed(await backend.cost(), len(questions), yes=flags.yes):
            return ExitCode.FAILED
        results, failed = await ask_all(backend, questions)
    report = report_of(results, calibrate(results) if flags.calibrate else None)
    print_report(report, compare(earlier, report) if earlier is not None else None, flags)
    for line in failed:
        click.echo(line, err=True)
    return ExitCode.FAILED if failed else ExitCode.OK


def read_file(path: Path) -> list[EvaluationQuestion]:
    try:
        return read_questions(path.read_text(encoding="utf-8").splitlines())
    except QuestionFileInvalid as error:
        raise click.UsageError(f"{path}: " + "\n".join(error.reasons)) from None
    except UnicodeDecodeError:
        raise click.UsageError(f"{path}: is not UTF-8") from None
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}; `glossator eval --make` writes a first file") from None


def read_report(path: Path) -> dict[str, Any]:
    """Checked before any question is asked."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        compare(report, report_of([]))
    except (OSError, ValueError) as error:
        reason = "is not JSON" if isinstance(error, json.JSONDecodeError | UnicodeDecodeError) else str(error)
        raise click.UsageError(f"--against {path}: {reason}") from None
    return dict(report)


async def confirmed(cost: EvaluationCost, questions: int, *, yes: bool) -> bool:
    """Raises UsageError when nobody can answer."""
    dollars = cost.usd_per_question * questions
    if dollars <= 0:
        return True
    click.echo(f"{questions:,} questions cost about ${dollars:.4f} ({cost.model}).", err=True)
    if yes:
        return True
    if not sys.stdin.isatty():
        raise click.UsageError("stdin is not a terminal - pass --yes to continue without confirmation")
    return await asyncio.to_thread(click.confirm, "Continue?", err=True)


async def ask_all(
    backend: EvaluationBackend, questions: Sequence[EvaluationQuestion]
) -> tuple[list[Measured], list[str]]:
    """In the order of the file, with a message for each question that failed. Raises BookEmpty."""
    turns = asyncio.Semaphore(AT_ONCE)
    with output.show_progress(sys.stderr, len(questions)) as report:

        async def ask(question: EvaluationQuestion) -> Measured | str:
            async with turns:
                try:
                    return measure(question, await backend.ask(question.question))
                except Unavailable as error:
                    return f"glossator: {question.id}: {error}"
                finally:
                    report()

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(ask(question)) for question in questions]
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
    done = [task.result() for task in tasks]
    return [one for one in done if isinstance(one, Measured)], [one for one in done if isinstance(one, str)]


def print_report(report: dict[str, Any], comparison: Comparison | None, flags: EvaluationFlags) -> None:
    if flags.json:
        click.echo(format_json(report | ({"against": asdict(comparison)} if comparison else {})))
        return
    click.echo(output.format_report(report))
    if flags.calibrate:
        click.echo(f"\n{output.format_calibration(report.get('calibration'))}")
    if comparison:
        click.echo(f"\n{output.format_comparison(comparison)}")


def write_first_questions(path: Path, docs: Path | None) -> None:
    """Raises UsageError rather than replace a file that its author has edited."""
    configuration = command_configuration()
    options = book_options(configuration)
    folder = docs or options.docs
    if folder is None:
        raise click.UsageError("pass the folder of the book with --docs, or set DOCS_PATH")
    splitter = Splitter(Limits(characters=configuration.settings[conf.INGEST_CHARACTERS]))
    try:
        pages = [page for page in read_pages(folder, options.generator) if isinstance(page, Page)]
        questions = list(first_questions(passage for page in pages for passage in splitter(page)))
        with path.open("x", encoding="utf-8") as file:
            file.write(to_lines(questions))
    except FileExistsError:
        raise click.UsageError(f"{path} exists already; nothing was written") from None
    except OSError as error:
        raise click.UsageError(f"{error.filename}: {error.strerror}") from None
    click.echo(f"{path}: {len(questions):,} questions. Edit them, then run: glossator eval {path}")
