"""`glossator dev`: one command, and everything runs on this machine."""

import json
import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import PAGES, Running, Workplace, free_port, writing_model

QUESTION = "Why does Mars look red?"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    return Workplace.made_in(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def running(home: Workplace) -> Iterator[Running]:
    """One server for the tests that only look."""
    with home.starts("dev", fresh=True) as running:
        running.is_loaded()
        yield running


def test_it_loads_the_book_and_quotes_it(running: Running) -> None:
    answer = running.ask(QUESTION)

    assert "2 pages new" in running.errors
    assert "Mars (2 pages, 2 passages, watching sample-book)" in running.errors
    assert "quoted from the book (set OPENAI_API_KEY" in running.errors
    assert answer["mode"] == "extractive"
    assert answer["citations"][0]["quote"] == "Mars looks red because its soil is full of rusty iron."
    assert answer["citations"][0]["url"] == "/read/mars#colour"


def test_standard_output_stays_free_of_logs(running: Running) -> None:
    assert running.output == ""


def test_a_second_one_says_where_the_first_one_runs(running: Running, home: Workplace) -> None:
    done = home.having(PORT=str(free_port())).runs("dev")

    assert done.code == 0
    assert done.output == f"Glossator is already running at {running.url} (process {running.process.pid}).\n"


def test_what_opens_the_operators_routes_is_readable_by_its_owner_alone(running: Running, home: Workplace) -> None:
    file = home.data / "server.json"
    found = json.loads(file.read_text("utf-8"))
    with running.client() as client:
        without = client.get("/health/ready?probe=1")
        reply = client.get("/health/ready?probe=1", headers={"Authorization": f"Bearer {found['admin_key']}"})

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (found["pid"], found["url"]) == (running.process.pid, running.url)
    assert without.status_code == 404
    assert {"local_models", "qdrant_edge", "local_postgres"} <= set(reply.json()["services"])
    assert found["admin_key"] not in running.errors


def test_a_token_of_100_kilobytes_is_told_that_it_opens_nothing(running: Running) -> None:
    with running.client() as client:
        reply = client.get("/api/auth/verify", headers={"Authorization": f"Bearer {'x' * 100_000}"})

    assert (reply.status_code, reply.json()["code"]) == (401, "INVALID_TOKEN")


def test_another_process_may_not_take_its_data(running: Running, home: Workplace) -> None:
    done = home.having(PORT=str(free_port()), GLOSSATOR_ENV="embedded").runs("serve")

    assert done.code == 69
    assert "in use by another process - stop it" in done.told[0]


def test_a_second_start_finds_its_data(place: Workplace) -> None:
    with place.starts("dev") as first:
        first.is_loaded()
        first.signalled(signal.SIGINT)
    with place.starts("dev") as second:
        second.is_loaded()
        found = second.search(QUESTION)

    assert "passages embedded" not in second.errors
    assert found[0]["title"] == "Mars"


def test_reset_forgets_the_index_and_the_database_and_keeps_the_secret(place: Workplace) -> None:
    secret = place.data / "better_auth_secret"
    with place.starts("dev") as first:
        first.is_loaded()
        first.signalled(signal.SIGINT)
    kept = secret.read_text("utf-8")
    with place.starts("dev", "--reset") as second:
        second.is_loaded()

    assert "2 passages embedded" in second.errors
    assert "migration_applied: 0001" in second.errors
    assert secret.read_text("utf-8") == kept


def test_reset_touches_nothing_when_the_port_is_taken(place: Workplace) -> None:
    mine = place.data / "index" / "mine"
    mine.mkdir(parents=True)

    with socket.create_server(("127.0.0.1", place.port)):
        done = place.runs("dev", "--reset")

    assert (done.code, mine.exists()) == (69, True)


def test_its_options_win_over_the_settings(place: Workplace) -> None:
    place.folder.joinpath("mine").mkdir()
    (place.folder / "mine" / "page.md").write_text(PAGES["tides.md"], "utf-8")
    elsewhere = place.having(PORT="1024", DATA_PATH="never", DOCS_PATH="never")
    options = ("--docs", "mine", "--port", str(place.port), "--data", "kept/here")

    with elsewhere.starts("dev", *options) as running:
        running.is_loaded()
        found = running.search(QUESTION)

    assert {passage["title"] for passage in found} == {"Tides"}
    assert (place.folder / "kept/here/server.json").exists()
    assert not (place.folder / "never").exists()


def test_docs_that_are_not_there_yet_are_loaded_when_they_come(place: Workplace) -> None:
    with place.having(DOCS_PATH="later").starts("dev") as running:
        running.is_loaded()
        running.says("The book was not loaded from later")
        place.book.rename(place.folder / "later")
        running.says("2 pages new")


def test_a_model_elsewhere_writes_the_answers_and_local_ones_the_vectors(place: Workplace) -> None:
    with writing_model() as (url, model), place.having(OPENAI_BASE_URL=url).starts("dev") as running:
        running.is_loaded()
        written = running.ask(QUESTION)
        model.kill()
        quoted = running.ask(QUESTION)

    assert "generated by gpt-4o-mini" in running.errors
    assert (written["mode"], quoted["mode"]) == ("generated", "extractive")
    assert written["response"].startswith("Mars looks red because its soil is full of rusty iron. [1]")
    assert quoted["citations"][0]["url"] == "/read/mars#colour"


def test_a_model_that_is_down_at_the_start_is_told_in_one_line(place: Workplace) -> None:
    url = f"http://127.0.0.1:{free_port()}/leaked"

    done = place.having(OPENAI_BASE_URL=url, OPENAI_API_KEY="leaked").runs("dev")

    assert done.code == 69
    assert [line.partition(":")[0] for line in done.told] == ["openai"]
    assert "leaked" not in done.errors


def test_a_folder_that_cannot_be_data_is_told(place: Workplace) -> None:
    Path(place.folder / "taken").write_text("a file", "utf-8")

    done = place.having(DATA_PATH="taken/below").runs("dev")

    assert done.code in {69, 78}
    assert len(done.told) == 1
