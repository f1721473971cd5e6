"""What `glossator ingest` shows: progress on standard error, the summary on standard output."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import click

from glossator.commands.runner import PlainLines
from glossator.domain.book.index import Build
from glossator.domain.book.ingest.ingest import Report
from glossator.domain.book.ingest.summary import Progress, Summary
from glossator.domain.book.pages.formats import SUFFIXES


@contextmanager
def shown_progress(stream: TextIO, total: int) -> Iterator[Report]:
    """A bar on a terminal; elsewhere, as in a log, a line now and then."""
    if not stream.isatty():
        yield PlainLines(stream, progress_line)
        return
    with click.progressbar(length=total, label="Ingesting", file=stream, item_show_func=_passages) as bar:

        def show(progress: Progress) -> None:
            bar.update(progress.pages - bar.pos, progress)
            bar.render_progress()

        yield show


def progress_line(progress: Progress) -> str:
    of = f" of {progress.total}" if progress.total else ""
    return f"{progress.pages}{of} pages read, {_passages(progress)}"


def _passages(progress: Progress | None) -> str:
    return f"{progress.embedded:,} passages new" if progress else ""


def rollback_document(build: Build) -> dict[str, object]:
    return {
        "build": build.number,
        "title": build.title,
        "model": build.embedding_model,
        "live": True,
        "pages": build.pages,
        "passages": build.passages,
    }


def rollback_text(build: Build) -> str:
    return f'Build {build.number} is live again: "{build.title}", {build.pages:,} pages, {build.passages:,} passages.'


def summary_text(summary: Summary, skipped: int) -> str:
    """`skipped` files are of kinds that are not read."""
    pages, passages = summary.pages, summary.passages
    lines = [
        _headline(summary),
        f"  pages      {pages.new:,} new, {pages.changed:,} changed, {pages.unchanged:,} unchanged,"
        f" {pages.removed:,} removed, {pages.broken:,} broken",
        f"  passages   {passages.embedded:,} embedded, {passages.moved:,} moved, {passages.removed:,} removed,"
        f" {passages.total:,} in the book",
        f"  embedding  {_price(summary)}",
        f"  time       {summary.seconds:.1f} s",
    ]
    if skipped:
        lines.append(f"  skipped    {skipped:,} files that are not {SUFFIXES}")
    if summary.broken:
        lines.append("Broken pages, left as they were:")
        lines += [f"  {page.path}: {page.reason}" for page in summary.broken]
    return "\n".join(lines)


def _headline(summary: Summary) -> str:
    book = f'"{summary.title}", build {summary.build}'
    if summary.planned:
        return f"Plan for {book}; nothing was written:"
    if summary.live:
        return f"{book}, is live:"
    return (
        f"{book}, is NOT live: readers would lose pages that are only broken."
        " Mend them and run again: glossator ingest --rebuild"
    )


def _price(summary: Summary) -> str:
    most = "at most " if summary.planned and summary.tokens else ""
    model = summary.model or "no model, words alone"
    return f"{most}{summary.tokens:,} tokens, ${summary.cost_usd:.4f} ({model})"
