"""The ingest command over a real folder, with the index and the embedder in memory."""

import asyncio
import io
import json
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from glossator.commands.ingest.command import CommandContext, Worker, ingest_command
from glossator.commands.ingest.output import progress_line, shown_progress
from glossator.domain.book.index import Build
from glossator.domain.book.ingest.ingest import Options, Report
from glossator.domain.book.ingest.summary import Progress, Summary
from glossator.domain.book.sources.folder import Folder
from glossator.domain.errors import Busy, Unavailable
from tests.line_book import Bench, Lines


@dataclass
class Shop:
    """A folder of pages and the command over it."""

    docs: Path
    bench: Bench
    worker: Worker | None = None
    configured: bool = True

    def desk(self) -> CommandContext:
        @asynccontextmanager
        async def opened() -> AsyncIterator[Worker]:
            yield self.worker or self.bench.ingest

        return CommandContext(self.docs if self.configured else None, "", "", "docusaurus", opened)

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(ingest_command(self.desk), arguments, catch_exceptions=False)


@dataclass
class Doing:
    """A worker that does one thing, whatever it is asked."""

    act: Callable[[], object]

    async def plan(self, source: Folder, options: Options, report: Report) -> Summary:
        return await self.run(source, options, report)

    async def run(self, source: Folder, options: Options, report: Report) -> Summary:
        self.act()
        await asyncio.sleep(10)
        raise AssertionError("nobody stopped the work")

    async def roll_back(self) -> Build:
        raise AssertionError("nobody asked for it")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.md").write_text("# Plants\nGreen things.", encoding="utf-8")
    (docs / "trees.md").write_text("# Trees\nTall things.", encoding="utf-8")
    (docs / "photo.png").write_bytes(b"png")
    return Shop(docs, Bench())


def test_summary_tells_what_became_of_the_book(shop: Shop) -> None:
    result = shop.run()

    assert result.exit_code == 0
    assert [line.rsplit("  time", maxsplit=1)[0] for line in result.stdout.splitlines()] == [
        '"Plants", build 1, is live:',
        "  pages      2 new, 0 changed, 0 unchanged, 0 removed, 0 broken",
        "  passages   4 embedded, 0 moved, 0 removed, 4 in the book",
        "  embedding  12 tokens, $0.0002 (counting)",
        "",
        "  skipped    1 files that are not .md, .mdx, .txt or .html",
    ]
    assert result.stderr == ""


def test_json_is_the_only_thing_on_standard_output(shop: Shop) -> None:
    document = json.loads(shop.run("--json").stdout)

    assert document.pop("seconds") >= 0
    assert document == {
        "build": 1,
        "title": "Plants",
        "model": "counting",
        "live": True,
        "planned": False,
        "pages": {"new": 2, "changed": 0, "unchanged": 0, "removed": 0, "broken": 0},
        "passages": {"embedded": 4, "moved": 0, "removed": 0, "total": 4},
        "embedded": 4,
        "tokens": 12,
        "cost_usd": 0.00024,
        "errors": [],
        "skipped": 1,
    }


def test_broken_page_is_named_and_the_exit_code_tells(shop: Shop) -> None:
    (shop.docs / "bad.md").write_bytes(b"# Bad\n\xff")

    result = shop.run()

    assert result.exit_code == 1
    assert "bad.md: is not UTF-8" in result.stdout
    assert len(shop.bench.texts()) == 4


def test_broken_page_is_an_error_of_the_document(shop: Shop) -> None:
    (shop.docs / "bad.md").write_bytes(b"# Bad\n\xff")

    errors = json.loads(shop.run("--json").stdout)["errors"]

    assert [error["page"] for error in errors] == ["bad.md"]


def test_plan_names_the_price_and_writes_nothing(shop: Shop) -> None:
    result = shop.run("--plan")

    assert result.exit_code == 0
    assert 'Plan for "Plants", build 1; nothing was written:' in result.stdout
    assert "at most 12 tokens, $0.0002" in result.stdout
    assert shop.bench.index.writes == []


def test_path_wins_over_docs_path(shop: Shop, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "birds.md").write_text("# Birds", encoding="utf-8")

    shop.run(str(other))

    assert {page for page, _ in shop.bench.texts()} == {"birds.md"}


def test_removed_page_is_removed_from_the_book(shop: Shop) -> None:
    shop.run()
    (shop.docs / "trees.md").unlink()

    shop.run()

    assert {page for page, _ in shop.bench.texts()} == {"index.md"}


def test_single_file_removes_nothing(shop: Shop) -> None:
    shop.run()
    (shop.docs / "trees.md").write_text("# Trees\nOld things.", encoding="utf-8")

    shop.run(str(shop.docs / "trees.md"))

    assert {page for page, _ in shop.bench.texts()} == {"index.md", "trees.md"}
    assert ("trees.md", "Old things.") in shop.bench.texts()


def test_rebuild_and_rollback(shop: Shop) -> None:
    shop.run()
    rebuilt = shop.run("--rebuild")
    back = shop.run("--rollback")

    assert '"Plants", build 2, is live:' in rebuilt.stdout
    assert back.stdout == 'Build 1 is live again: "Plants", 2 pages, 4 passages.\n'
    assert shop.bench.index.live_number == 1


def test_rollback_as_a_document(shop: Shop) -> None:
    shop.run()
    shop.run("--rebuild")

    assert json.loads(shop.run("--rollback", "--json").stdout) == {
        "build": 1,
        "title": "Plants",
        "model": "counting",
        "live": True,
        "pages": 2,
        "passages": 4,
    }


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("nowhere",), "Path 'nowhere' does not exist"),
        (("--rollback", "--plan"), "--rollback stands alone"),
        (("--rollback", "--rebuild"), "--rollback stands alone"),
        (("--rollback",), "there is no earlier build"),
        (("--unknown",), "No such option"),
    ],
)
def test_wrong_usage_is_told_with_exit_code_two(shop: Shop, arguments: tuple[str, ...], line: str) -> None:
    result = shop.run(*arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert line in result.stderr


def test_no_path_at_all_names_the_setting(shop: Shop) -> None:
    shop.configured = False

    result = shop.run()

    assert result.exit_code == 2
    assert "set DOCS_PATH" in result.stderr


def test_docs_path_that_does_not_exist_is_named(shop: Shop) -> None:
    shop.docs = shop.docs / "gone"

    result = shop.run()

    assert result.exit_code == 2
    assert "gone: No such file or directory" in result.stderr


def test_folder_without_pages_does_not_wipe_the_book(shop: Shop, tmp_path: Path) -> None:
    shop.run()
    empty = tmp_path / "empty"
    empty.mkdir()

    result = shop.run(str(empty))

    assert result.exit_code == 2
    assert "nothing was changed" in result.stderr
    assert len(shop.bench.texts()) == 4


def test_folder_without_pages_empties_the_book_when_told(shop: Shop, tmp_path: Path) -> None:
    shop.run()
    empty = tmp_path / "empty"
    empty.mkdir()

    assert shop.run(str(empty), "--allow-empty").exit_code == 0
    assert shop.bench.texts() == set()


def test_another_splitter_is_a_fault_of_settings_and_names_the_command(shop: Shop) -> None:
    shop.run()
    shop.bench.splitter = Lines("lines-2")

    result = shop.run()

    assert (result.exit_code, result.stdout) == (78, "")
    assert "glossator ingest --rebuild" in result.stderr


@pytest.mark.parametrize("error", [Unavailable("qdrant", "does not answer"), Busy("an ingest is running already")])
def test_what_cannot_be_had_now_ends_with_69(shop: Shop, error: Exception) -> None:
    def fail() -> None:
        raise error

    shop.worker = Doing(fail)

    result = shop.run()

    assert (result.exit_code, result.stdout) == (69, "")
    assert str(error) in result.stderr


def test_interrupt_says_that_the_next_run_goes_on(shop: Shop) -> None:
    shop.worker = Doing(lambda: signal.raise_signal(signal.SIGINT))

    result = shop.run()

    assert (result.exit_code, result.stdout) == (130, "")
    assert "the next run goes on from there" in result.stderr


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_terminal_gets_a_bar() -> None:
    terminal = Terminal()

    with shown_progress(terminal, total=4) as report:
        report(Progress(pages=2, total=4, embedded=1200))
        report(Progress(pages=4, total=4, embedded=1200))
        report(Progress(pages=4, total=4, embedded=2500))

    assert "50%" in terminal.getvalue()
    assert "2,500 passages new" in terminal.getvalue()


def test_log_gets_no_bar_and_few_lines() -> None:
    log = io.StringIO()

    with shown_progress(log, total=4) as report:
        report(Progress(pages=2, total=4, embedded=12))

    assert log.getvalue() == ""


def test_plain_line_says_where_it_stands() -> None:
    assert progress_line(Progress(pages=2, total=4, embedded=1200)) == "2 of 4 pages read, 1,200 passages new"
    assert progress_line(Progress(pages=3)) == "3 pages read, 0 passages new"
