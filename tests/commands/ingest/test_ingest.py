"""The ingest command with a real folder and with the index and the embedder in memory."""

import asyncio
import io
import json
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from click import Command
from click.testing import CliRunner, Result

from glossator.commands.declared.book import ingest
from glossator.commands.ingest.command import CommandContext, IngestBackend, run_ingest
from glossator.commands.ingest.output import format_progress, show_progress
from glossator.domain.book.index import Build
from glossator.domain.book.ingest.book_options import IngestOptions
from glossator.domain.book.ingest.summary import Estimate, IngestProgress, IngestSummary, ProgressCallback
from glossator.domain.book.pages.formats import SUFFIXES
from glossator.domain.book.sources.folder import Folder
from glossator.domain.errors import Busy, Unavailable
from tests.indexes import CountingEmbedder
from tests.line_book import Bench, LineSplitter
from tests.places import BOOK_CASES, CORPORA

PLANNED = [
    path.parent
    for folder in (BOOK_CASES, CORPORA / "book-cases")
    for path in sorted(folder.glob("*/expected.json"))
    if "plan_says" in json.loads(path.read_text())
]


@dataclass
class Setup:
    """A folder of pages and the command that ingests it."""

    docs: Path
    bench: Bench
    backend: IngestBackend | None = None
    configured: bool = True
    site_url: str = ""

    def context(self) -> CommandContext:
        @asynccontextmanager
        async def open_backend() -> AsyncIterator[IngestBackend]:
            yield self.backend or self.bench.ingest

        return CommandContext(self.docs if self.configured else None, "", self.site_url, "docusaurus", open_backend)

    def run(self, *arguments: str) -> Result:
        command = Command("ingest", params=ingest.params, callback=partial(run_ingest, self.context))
        return CliRunner().invoke(command, arguments, catch_exceptions=False)


@dataclass
class FakeBackend:
    """Calls `act` when an ingest runs."""

    act: Callable[[], object]

    async def plan(self, source: Folder, options: IngestOptions, report: ProgressCallback) -> IngestSummary:
        return await self.run(source, options, report)

    async def run(self, source: Folder, options: IngestOptions, report: ProgressCallback) -> IngestSummary:
        self.act()
        await asyncio.sleep(60)
        raise AssertionError("the ingest was not stopped")

    async def roll_back(self) -> Build:
        raise AssertionError("not expected")


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.md").write_text("# Plants\nGreen things.", encoding="utf-8")
    (docs / "trees.md").write_text("# Trees\nTall things.", encoding="utf-8")
    (docs / "photo.png").write_bytes(b"png")
    return Setup(docs, Bench())


def test_summary_counts_pages_and_passages(setup: Setup) -> None:
    result = setup.run()

    assert result.exit_code == 0
    assert [line.rsplit("  time", maxsplit=1)[0] for line in result.stdout.splitlines()] == [
        '"Plants", build 1, is live:',
        "  pages      2 new, 0 changed, 0 unchanged, 0 removed, 0 broken",
        "  passages   4 embedded, 0 moved, 0 removed, 4 in the book",
        "  generator  docusaurus",
        "  embedding  12 tokens, $0.0002 (counting)",
        "",
        f"  skipped    1 files that are not {SUFFIXES}",
    ]
    assert result.stderr == "The ingest costs at most 12 tokens, $0.0002\n"


def test_json_is_the_only_thing_on_standard_output(setup: Setup) -> None:
    summary = json.loads(setup.run("--json").stdout)

    assert summary.pop("seconds") >= 0
    assert summary == {
        "build": 1,
        "title": "Plants",
        "model": "counting",
        "generator": "docusaurus",
        "live": True,
        "planned": False,
        "pages": {"new": 2, "changed": 0, "unchanged": 0, "removed": 0, "broken": 0},
        "passages": {"embedded": 4, "moved": 0, "removed": 0, "total": 4},
        "embedded": 4,
        "filled": 0,
        "questions": {"total": 0, "new": 0, "tokens": 0, "usd": 0.0, "embedding_tokens": 0},
        "page_links": 0,
        "tokens": 12,
        "cost_usd": 0.00024,
        "excluded": {},
        "excluded_pages": [],
        "not_included": 0,
        "errors": [],
        "skipped": 1,
    }


def test_broken_page_is_listed_and_exit_code_is_1(setup: Setup) -> None:
    (setup.docs / "bad.md").write_bytes(b"# Bad\n\xff")

    result = setup.run()

    assert result.exit_code == 1
    assert "bad.md: is not UTF-8" in result.stdout
    assert len(setup.bench.texts()) == 4


def test_broken_page_is_listed_in_the_json_errors(setup: Setup) -> None:
    (setup.docs / "bad.md").write_bytes(b"# Bad\n\xff")

    errors = json.loads(setup.run("--json").stdout)["errors"]

    assert [error["page"] for error in errors] == ["bad.md"]


def test_plan_shows_the_cost_and_writes_nothing(setup: Setup) -> None:
    result = setup.run("--plan")

    assert result.exit_code == 0
    assert 'Plan for "Plants", build 1; nothing was written:' in result.stdout
    assert "at most 12 tokens, $0.0002" in result.stdout
    assert setup.bench.index.writes == []


@pytest.mark.parametrize("case", PLANNED, ids=lambda case: case.name)
def test_plan_names_the_book_as_expected(setup: Setup, case: Path) -> None:
    said = json.loads((case / "expected.json").read_text())["plan_says"]

    assert said in setup.run("--plan", str(case / "docs")).stdout


def test_base_in_the_configuration_of_the_site_is_reported(setup: Setup) -> None:
    (setup.docs.parent / "mkdocs.yml").write_text("site_url: https://book.example/docs/")
    setup.site_url = "https://book.example"
    taken = setup.run("--plan")
    setup.site_url = "https://book.example/manual"
    differs = setup.run("--plan")

    assert (
        "  address    SITE_URL has no path, but mkdocs.yml says site_url /docs/: links use https://book.example/docs/\n"
        in taken.stdout
    )
    assert "SITE_URL has the path /manual/, but mkdocs.yml says site_url /docs/: links use" in differs.stdout


def test_path_overrides_docs_path(setup: Setup, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "birds.md").write_text("# Birds", encoding="utf-8")

    setup.run(str(other))

    assert {page for page, _ in setup.bench.texts()} == {"birds.md"}


def test_removed_page_is_removed_from_the_book(setup: Setup) -> None:
    setup.run()
    (setup.docs / "trees.md").unlink()

    setup.run()

    assert {page for page, _ in setup.bench.texts()} == {"index.md"}


def test_single_file_removes_nothing(setup: Setup) -> None:
    setup.run()
    (setup.docs / "trees.md").write_text("# Trees\nOld things.", encoding="utf-8")

    setup.run(str(setup.docs / "trees.md"))

    assert {page for page, _ in setup.bench.texts()} == {"index.md", "trees.md"}
    assert ("trees.md", "Old things.") in setup.bench.texts()


def test_rebuild_and_rollback(setup: Setup) -> None:
    setup.run()
    rebuilt = setup.run("--rebuild")
    rolled_back = setup.run("--rollback")

    assert '"Plants", build 2, is live:' in rebuilt.stdout
    assert rolled_back.stdout == 'Build 1 is live again: "Plants", 2 pages, 4 passages.\n'
    assert setup.bench.index.live_number == 1


def test_rollback_prints_json(setup: Setup) -> None:
    setup.run()
    setup.run("--rebuild")

    assert json.loads(setup.run("--rollback", "--json").stdout) == {
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
        (("--rollback", "--plan"), "--rollback cannot be combined"),
        (("--rollback", "--rebuild"), "--rollback cannot be combined"),
        (("--rollback",), "there is no earlier build"),
        (("--unknown",), "No such option"),
    ],
)
def test_wrong_usage_exits_with_2(setup: Setup, arguments: tuple[str, ...], line: str) -> None:
    result = setup.run(*arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert line in result.stderr


def test_missing_path_names_the_setting(setup: Setup) -> None:
    setup.configured = False

    result = setup.run()

    assert result.exit_code == 2
    assert "set DOCS_PATH" in result.stderr


def test_docs_path_that_does_not_exist_is_reported(setup: Setup) -> None:
    setup.docs = setup.docs / "missing"

    result = setup.run()

    assert result.exit_code == 2
    assert "missing: No such file or directory" in result.stderr


def test_folder_without_pages_changes_nothing(setup: Setup, tmp_path: Path) -> None:
    setup.run()
    empty = tmp_path / "empty"
    empty.mkdir()

    result = setup.run(str(empty))

    assert result.exit_code == 2
    assert "nothing was changed" in result.stderr
    assert len(setup.bench.texts()) == 4


def test_allow_empty_empties_the_book(setup: Setup, tmp_path: Path) -> None:
    setup.run()
    empty = tmp_path / "empty"
    empty.mkdir()

    assert setup.run(str(empty), "--allow-empty").exit_code == 0
    assert setup.bench.texts() == set()


def test_another_splitter_exits_with_78_and_names_the_command(setup: Setup) -> None:
    setup.run()
    setup.bench.splitter = LineSplitter("lines-2")

    result = setup.run()

    assert (result.exit_code, result.stdout) == (78, "")
    assert "glossator ingest --rebuild" in result.stderr


@pytest.mark.parametrize("error", [Unavailable("qdrant", "does not respond"), Busy("an ingest is already running")])
def test_unavailable_service_exits_with_69(setup: Setup, error: Exception) -> None:
    def fail() -> None:
        raise error

    setup.backend = FakeBackend(fail)

    result = setup.run()

    assert (result.exit_code, result.stdout) == (69, "")
    assert str(error) in result.stderr


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """A job in the background of a script ignores SIGINT; the command line's entry does not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
def test_interrupt_exits_with_130_and_explains_how_to_continue(setup: Setup) -> None:
    setup.backend = FakeBackend(lambda: signal.raise_signal(signal.SIGINT))

    result = setup.run()

    assert (result.exit_code, result.stdout) == (130, "")
    assert "the next run continues from there" in result.stderr


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_terminal_shows_a_progress_bar() -> None:
    terminal = Terminal()

    with show_progress(terminal, total=4) as report:
        report(IngestProgress(pages=2, total=4, embedded=1200))
        report(IngestProgress(pages=4, total=4, embedded=1200))
        report(IngestProgress(pages=4, total=4, embedded=2500))

    assert "50%" in terminal.getvalue()
    assert "2,500 passages new" in terminal.getvalue()


def test_other_output_has_no_progress_bar() -> None:
    log = io.StringIO()

    with show_progress(log, total=4) as report:
        report(IngestProgress(pages=2, total=4, embedded=12))

    assert log.getvalue() == ""


def test_progress_is_formatted_as_a_line() -> None:
    assert format_progress(IngestProgress(pages=2, total=4, embedded=1200)) == "2 of 4 pages read, 1,200 passages new"
    estimate = Estimate(passages=5600, per_second=45.25, seconds_left=97)
    assert format_progress(IngestProgress(pages=2, total=9, embedded=1200, estimate=estimate)) == (
        "2 of 9 pages read, 1,200 passages new (about 5,600 in all, 45.2 per second, 1 min 37 s left)"
    )
    assert format_progress(IngestProgress(pages=3)) == "3 pages read, 0 passages new"


def test_another_book_needs_new_book(setup: Setup, tmp_path: Path) -> None:
    setup.run()
    other = tmp_path / "other"
    other.mkdir()
    (other / "index.md").write_text("# Cooking\nBoil the rice.", encoding="utf-8")

    refused = setup.run(str(other))
    replaced = setup.run(str(other), "--new-book")

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert 'another book ("Cooking") than the one that is served ("Plants")' in refused.stderr
    assert '"Cooking", build 2, is live:' in replaced.stdout


def test_summary_counts_the_passages_with_vectors_for_other_languages(setup: Setup) -> None:
    setup.bench.embedder = CountingEmbedder(slow=True)

    assert "  languages  4 passages got vectors for questions in other languages" in setup.run().stdout
