"""`search`, `ingest` and `routes`, with and without a running server."""

import json
import signal
from collections.abc import Iterator

import pytest

from tests.processes import PAGES, WITHOUT_DATABASE, Workplace

QUESTION = "Why does Mars look red?"


def test_search_shows_the_best_passages_first(with_book: Workplace) -> None:
    done = with_book.runs("search", QUESTION)

    first, url, text = done.output.splitlines()[:3]
    assert done.code == 0
    assert first.startswith("1. Mars > Colour  (")
    assert url.strip() == "/read/mars#colour"
    assert "rusty iron" in text


def test_search_prints_exactly_one_json_document(with_book: Workplace) -> None:
    done = with_book.runs("search", QUESTION, "-k", "1", "--json")

    (passage,) = json.loads(done.output)["passages"]
    assert done.code == 0
    assert set(passage) == {"passage_id", "title", "heading", "url", "text", "score"}
    assert passage["title"] == "Mars"


def test_ingest_embeds_nothing_twice(with_book: Workplace) -> None:
    done = with_book.runs("ingest", "sample-book", "--json")

    summary = json.loads(done.output)
    assert done.code == 0
    assert (summary["pages"]["unchanged"], summary["passages"]["embedded"]) == (2, 0)


def test_ingest_adds_a_page_from_another_folder(with_book: Workplace) -> None:
    page = with_book.folder / "bees.md"
    page.write_text("# Bees\n\nBees dance to tell where flowers are.\n", "utf-8")

    done = with_book.runs("ingest", "bees.md")
    found = json.loads(with_book.runs("search", "How do bees tell of flowers?", "--json").output)["passages"]
    with_book.runs("ingest", "sample-book")

    assert done.code == 0
    assert "1 new" in done.output
    assert "Bees" in [passage["title"] for passage in found]  # first only once the slow model has read it


def test_ingest_reports_a_broken_page_and_exits_with_1(with_book: Workplace) -> None:
    other = with_book.folder / "other"
    other.mkdir(exist_ok=True)
    (other / "good.md").write_text(PAGES["tides.md"], "utf-8")
    (other / "bad.md").write_bytes(b"# Bad\n\n\xff\xfe\n")

    done = with_book.runs("ingest", "other", "--new-book", "--plan", "--json")

    summary = json.loads(done.output)
    assert done.code == 1
    assert summary["pages"]["broken"] == 1


def test_command_detects_the_local_environment_by_its_data(served: Workplace) -> None:
    done = served.runs("search", QUESTION)

    assert (done.code, "Mars" in done.output) == (0, True)


def test_server_file_of_a_killed_server_is_ignored(place: Workplace) -> None:
    place = place.having(**WITHOUT_DATABASE)
    with place.starts("dev") as running:
        running.is_loaded()
        running.process.kill()
        running.process.wait()
    assert (place.data / "server.json").exists()

    done = place.runs("search", QUESTION)

    assert (done.code, "Mars" in done.output) == (0, True)


def test_search_in_an_empty_book_suggests_an_ingest(place: Workplace) -> None:
    done = place.having(GLOSSATOR_ENV="embedded").runs("search", QUESTION)

    assert done.code == 69
    assert "Run `glossator ingest PATH` first." in done.told[0]


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A folder with a server that does not respond."""
    place = Workplace.made_in(tmp_path_factory.mktemp("stopped")).having(**WITHOUT_DATABASE)
    with place.starts("dev") as running:
        running.is_loaded()
        running.process.send_signal(signal.SIGSTOP)
        yield place


@pytest.mark.parametrize("command", ["search Mars", "ingest sample-book"])
def test_server_that_stops_responding_is_reported_in_one_line(stopped: Workplace, command: str) -> None:
    done = stopped.runs(*command.split())

    assert done.code == 69
    assert len(done.errors.splitlines()) == 1


def test_routes_lists_all_routes_and_starts_nothing(place: Workplace) -> None:
    place.folder.joinpath("settings.toml").unlink()

    done = place.runs("routes")

    lines = {" ".join(line.split()) for line in done.output.splitlines()}
    assert done.code == 0
    assert {"GET /", "GET /health", "POST /chat", "POST /chat/stream", "POST /search", "GET /read/<path:url>"} <= lines
    assert not place.data.exists()
