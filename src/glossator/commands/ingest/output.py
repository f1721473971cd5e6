"""The output of `glossator ingest`: progress on standard error, the summary on standard output."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TextIO

import click

from glossator.commands.runner import ProgressLines
from glossator.domain.book.index import Build
from glossator.domain.book.ingest.summary import Estimate, IngestProgress, IngestSummary, ProgressCallback, Suggested
from glossator.domain.book.pages.formats import SUFFIXES
from glossator.domain.book.sources.file_rules import NEEDS_EXTRA, RULES

MAX_NAMES: Final = 10


@contextmanager
def show_progress(stream: TextIO, total: int) -> Iterator[ProgressCallback]:
    """Show the cost, if there is one; then a progress bar on a terminal, and a line every few seconds elsewhere."""
    if not stream.isatty():
        yield CostFirst(stream, ProgressLines(stream, format_progress))
        return
    with click.progressbar(
        length=total, label="Ingesting", file=stream, show_eta=False, item_show_func=_format_passages
    ) as bar:

        def update(progress: IngestProgress) -> None:
            bar.update(progress.pages - bar.pos, progress)
            bar.render_progress()

        yield CostFirst(stream, update)


class CostFirst:
    """Prints the most that the ingest can cost once, and passes everything on."""

    def __init__(self, stream: TextIO, report: ProgressCallback) -> None:
        self._stream = stream
        self._report = report
        self._printed = False

    def __call__(self, progress: IngestProgress) -> None:
        if progress.max_cost and not self._printed:
            self._printed = True
            start = "\r" if self._stream.isatty() else ""
            tokens, usd = progress.max_cost.tokens, progress.max_cost.usd
            click.echo(f"{start}The ingest costs at most {tokens:,} tokens, ${usd:.4f}", file=self._stream)
        self._report(progress)


def format_progress(progress: IngestProgress) -> str:
    of = f" of {progress.total}" if progress.total else ""
    return f"{progress.pages}{of} pages read, {_format_passages(progress)}"


def format_filled(passages: int) -> str:
    return f"{passages:,} passages got vectors for questions in other languages"


def format_questions(questions: Suggested) -> str:
    new = f", {questions.new:,} of them new" if 0 < questions.new < questions.total else ""
    cost = f" (${questions.usd:.4f})" if questions.usd else ""
    return f"{questions.total:,} suggested questions{new}{cost}"


def _format_passages(progress: IngestProgress | None) -> str:
    if not progress:
        return ""
    filled = f", {format_filled(progress.filled)}" if progress.filled else ""
    suggested = f", {progress.suggested:,} suggested questions" if progress.suggested else ""
    return f"{progress.embedded:,} passages new{filled}{suggested}{_format_estimate(progress.estimate)}"


def format_fill_progress(progress: IngestProgress) -> str:
    return f"{format_filled(progress.filled)}{_format_estimate(progress.estimate)}"


def _format_estimate(estimate: Estimate) -> str:
    if estimate.per_second is None:
        return ""
    total = f"about {estimate.passages:,} in all, " if estimate.passages is not None else ""
    left = f", {_format_time(estimate.seconds_left)} left" if estimate.seconds_left is not None else ""
    return f" ({total}{estimate.per_second:.3g} per second{left})"


def _format_time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return (
        f"{minutes // 60} h {minutes % 60} min"
        if minutes >= 60
        else f"{minutes} min {rest} s"
        if minutes
        else f"{rest} s"
    )


def rollback_to_json(build: Build) -> dict[str, object]:
    return {
        "build": build.number,
        "title": build.title,
        "model": build.models,
        "live": True,
        "pages": build.pages,
        "passages": build.passages,
    }


def format_rollback(build: Build) -> str:
    return f'Build {build.number} is live again: "{build.title}", {build.pages:,} pages, {build.passages:,} passages.'


def format_summary(summary: IngestSummary, skipped: int) -> str:
    """`skipped` is the number of files that are not pages."""
    pages, passages = summary.pages, summary.passages
    lines = [
        _format_headline(summary),
        f"  pages      {pages.new:,} new, {pages.changed:,} changed, {pages.unchanged:,} unchanged,"
        f" {pages.removed:,} removed, {pages.broken:,} broken",
        f"  passages   {passages.embedded:,} embedded, {passages.moved:,} moved, {passages.removed:,} removed,"
        f" {passages.total:,} in the book",
        f"  generator  {summary.generator}",
        f"  embedding  {_format_cost(summary)}",
        f"  time       {summary.seconds:.1f} s",
    ]
    if summary.questions.total:
        lines.append(f"  questions  {format_questions(summary.questions)}")
    if summary.filled:
        lines.append(f"  languages  {format_filled(summary.filled)}")
    if summary.page_links:
        lines.append(f"  links      {summary.page_links:,} passages have a link to their page only")
    if summary.address:
        lines.append(f"  address    {summary.address}")
    if skipped:
        lines.append(f"  skipped    {skipped:,} files that are not {SUFFIXES}")
    lines += [_format_excluded(summary, rule, number) for rule, number in sorted(summary.excluded.items())]
    if summary.not_included:
        lines.append(f"  not included: {summary.not_included:,} (includes of files that are not in the book's folder)")
    if summary.broken:
        lines.append("Broken pages (their stored passages are kept):")
        lines += [f"  {page.path}: {page.reason}" for page in summary.broken]
    return "\n".join(lines)


def _format_excluded(summary: IngestSummary, rule: str, number: int) -> str:
    names = [page.path for page in summary.excluded_pages if page.rule == rule][:MAX_NAMES]
    shown = ", ".join([*names, *(["..."] if number > len(names) else [])])
    listed = f" ({shown})" if names else ""
    if rule == NEEDS_EXTRA:
        return f"  needs glossator[formats]: {number:,} {'file' if number == 1 else 'files'}{listed}"
    return f"  excluded   {number:,}: {RULES.get(rule, rule)}{listed}"


def _format_headline(summary: IngestSummary) -> str:
    book = f'"{summary.title}", build {summary.build}'
    if summary.planned:
        return f"Plan for {book}; nothing was written:"
    if summary.live:
        return f"{book}, is live:"
    return (
        f"{book}, is NOT live, because readers would lose pages that are broken now."
        " Fix them and run: glossator ingest --rebuild"
    )


def _format_cost(summary: IngestSummary) -> str:
    prefix = "at most " if summary.planned and summary.tokens else ""
    model = summary.model or "no model, keyword search only"
    usd = summary.cost_usd - summary.questions.usd
    return f"{prefix}{summary.tokens:,} tokens, ${usd:.4f} ({model})"
