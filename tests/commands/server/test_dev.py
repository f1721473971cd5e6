"""Runs `glossator dev` as a process."""

import json
import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.processes import PAGES, WITHOUT_DATABASE, Running, Workplace, free_port, writing_model

QUESTION = "Why does Mars look red?"
MARS_FRAGMENT = f"#colour:~:text={quote('Mars looks red because its soil is full of rusty iron.')}"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    return Workplace.made_in(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def running(home: Workplace) -> Iterator[Running]:
    """A shared server for tests that only read."""
    with home.starts("dev", fresh=True) as running:
        running.is_loaded()
        yield running


def test_dev_loads_the_book_and_quotes_it(running: Running) -> None:
    answer = running.ask(QUESTION)

    assert "2 pages new" in running.errors
    assert "sample-book (2 pages, 2 passages, watching sample-book)" in running.errors
    assert "quoted from the book (set OPENAI_API_KEY" in running.errors
    assert answer["mode"] == "extractive"
    assert answer["citations"][0]["quote"] == "Mars looks red because its soil is full of rusty iron."
    assert answer["citations"][0]["url"].endswith(MARS_FRAGMENT)


def test_logs_go_to_standard_error_only(running: Running) -> None:
    assert running.output == ""


def test_a_second_dev_reports_the_running_server(running: Running, home: Workplace) -> None:
    done = home.having(PORT=str(free_port())).runs("dev")

    assert done.code == 0
    assert done.output == f"Glossator is already running at {running.url} (process {running.process.pid}).\n"


def test_the_admin_key_is_readable_only_by_its_owner(running: Running, home: Workplace) -> None:
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


def test_a_token_of_100_kilobytes_is_too_large(running: Running) -> None:
    with running.client() as client:
        reply = client.get("/api/auth/verify", headers={"Authorization": f"Bearer {'x' * 100_000}"})

    assert (reply.status_code, reply.json()["code"]) == (431, "headers_too_large")


def test_another_process_cannot_use_the_same_data(running: Running, home: Workplace) -> None:
    done = home.having(PORT=str(free_port()), GLOSSATOR_ENV="embedded").runs("serve")

    assert done.code == 69
    assert "in use by another process - stop it" in done.told[0]


def test_a_second_start_finds_its_data(place: Workplace) -> None:
    place = place.having(**WITHOUT_DATABASE)
    with place.starts("dev") as first:
        first.is_loaded()
        first.signalled(signal.SIGINT)
    with place.starts("dev") as second:
        second.is_loaded()
        found = second.search(QUESTION)

    assert "passages embedded" not in second.errors
    assert found[0]["title"] == "Mars"


def test_reset_deletes_the_index_and_the_database_but_keeps_the_secret(place: Workplace) -> None:
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


def test_reset_deletes_nothing_when_the_port_is_in_use(place: Workplace) -> None:
    mine = place.data / "index" / "mine"
    mine.mkdir(parents=True)

    with socket.create_server(("127.0.0.1", place.port)):
        done = place.runs("dev", "--reset")

    assert (done.code, mine.exists()) == (69, True)


def test_options_override_the_settings(place: Workplace) -> None:
    place.folder.joinpath("mine").mkdir()
    (place.folder / "mine" / "page.md").write_text(PAGES["tides.md"], "utf-8")
    elsewhere = place.having(PORT="1024", DATA_PATH="never", DOCS_PATH="never", **WITHOUT_DATABASE)
    options = ("--docs", "mine", "--port", str(place.port), "--data", "kept/here")

    with elsewhere.starts("dev", *options) as running:
        running.is_loaded()
        found = running.search(QUESTION)

    assert {passage["title"] for passage in found} == {"Tides"}
    assert (place.folder / "kept/here/server.json").exists()
    assert not (place.folder / "never").exists()


def test_a_missing_docs_folder_is_loaded_once_it_exists(place: Workplace) -> None:
    with place.having(DOCS_PATH="later", **WITHOUT_DATABASE).starts("dev") as running:
        running.is_loaded()
        running.says("The book was not loaded from later")
        place.book.rename(place.folder / "later")
        running.says("2 pages new")


def test_a_remote_model_generates_answers_with_local_embeddings(place: Workplace) -> None:
    with writing_model() as (url, model), place.having(OPENAI_BASE_URL=url).starts("dev") as running:
        running.is_loaded()
        written = running.ask(QUESTION)
        model.kill()
        quoted = running.ask(QUESTION)

    assert "generated by gpt-4o-mini" in running.errors
    assert (written["mode"], quoted["mode"]) == ("generated", "extractive")
    assert written["response"].startswith("Mars looks red because its soil is full of rusty iron. [1]")
    assert quoted["citations"][0]["url"].endswith(MARS_FRAGMENT)


def test_an_unavailable_model_at_the_start_is_reported_in_one_line(place: Workplace) -> None:
    url = f"http://127.0.0.1:{free_port()}/leaked"

    done = place.having(OPENAI_BASE_URL=url, OPENAI_API_KEY="secret").runs("dev")

    assert done.code == 69
    assert [line.partition(":")[0] for line in done.told] == ["openai"]
    assert "leaked" not in done.errors
    assert "secret" not in done.errors


def test_an_unusable_data_folder_is_reported(place: Workplace) -> None:
    Path(place.folder / "taken").write_text("a file", "utf-8")

    done = place.having(DATA_PATH="taken/below").runs("dev")

    assert done.code in {69, 78}
    assert len(done.told) == 1
