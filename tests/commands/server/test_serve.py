"""Every way to start the server: errors are reported in one line with an exit code, before anything is served."""

import socket
from dataclasses import replace
from typing import Final

import pytest

from tests.processes import WITHOUT_DATABASE, Workplace, eventually, refuses

ENTRIES: Final = {
    "dev": (("dev",), "glossator"),
    "serve": (("serve",), "glossator"),
    "bare": ((), "glossator"),
    "quart": (("run",), "quart"),
}
BAD: Final = {
    "BETTER_AUTH_SECRET": "leak-one",
    "ADMIN_API_KEY": "leak-two",
    "LOG__LEVEL": "leak-three",
    "INGEST__BATCH": "leak-four",
    "SITE_GENERATOR": "leak-five",
}
every_entry = pytest.mark.parametrize("entry", ENTRIES)


@every_entry
def test_all_settings_errors_are_reported_without_values(place: Workplace, entry: str) -> None:
    arguments, module = ENTRIES[entry]

    done = place.having(**WITHOUT_DATABASE, **BAD).runs(*arguments, module=module, fresh=entry == "quart")

    assert done.code == 78
    assert {line.partition(":")[0] for line in done.told} == set(BAD)
    assert "leak" not in done.errors + done.output
    assert not place.data.exists()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """The data of several starts, one after the other: the first creates the database."""
    return Workplace.made_in(tmp_path_factory.mktemp("home"))


@every_entry
def test_a_failing_service_is_reported_in_one_line(home: Workplace, third_party: str, entry: str) -> None:
    arguments, module = ENTRIES[entry]
    broken = home.having(PLUGINS="local_postgres,broken,local_models,qdrant_edge", PYTHONPATH=third_party)

    done = broken.having(BETTER_AUTH_SECRET="s" * 40).runs(*arguments, module=module)

    assert (done.code, done.told) == (69, ["broken: cannot reach the lab - check that it is open"])
    assert home.postgres is None


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("check", "broken: cannot reach the lab - check that it is open"),
        ("crash", "broken: could not start (RuntimeError)"),
    ],
)
def test_failed_checks_and_unexpected_errors_are_reported(
    place: Workplace, third_party: str, how: str, told: str
) -> None:
    broken = place.having(PLUGINS="broken,local_models,qdrant_edge", PYTHONPATH=third_party, BROKEN__HOW=how)

    done = broken.runs("serve")

    assert (done.code, done.told) == (69, [told])
    assert "leaked" not in done.errors


@every_entry
def test_nothing_is_served_before_every_service_has_started(place: Workplace, third_party: str, entry: str) -> None:
    arguments, module = ENTRIES[entry]
    slow = place.having(PLUGINS="slow,local_models,qdrant_edge", PYTHONPATH=third_party)

    with slow.starts(*arguments, module=module) as running:
        running.says("slow: opening")

        assert refuses(place.port)


@pytest.mark.parametrize("entry", ["dev", "serve", "bare"])
def test_a_port_in_use_is_reported_before_any_service_starts(place: Workplace, entry: str) -> None:
    arguments, module = ENTRIES[entry]
    with socket.create_server(("127.0.0.1", place.port)):
        done = place.having(**WITHOUT_DATABASE).runs(*arguments, module=module)

    advice = f"port {place.port} is in use - choose another, for example PORT={place.port + 1} make dev"
    assert (done.code, done.told) == (69, [advice])
    assert not place.data.exists()


def test_quart_run_reports_a_port_in_use_before_any_service_starts(place: Workplace) -> None:
    with socket.create_server(("127.0.0.1", place.port)):
        done = place.having(**WITHOUT_DATABASE).runs("run", module="quart")

    advice = f"port {place.port} is in use - choose another, for example quart run --port {place.port + 1}"
    assert (done.code, done.told) == (69, [advice])
    assert not place.data.exists()


def test_quart_run_serves_the_sample_book_and_logs_each_request_once(place: Workplace) -> None:
    loaded = replace(place, variables=WITHOUT_DATABASE | {"GLOSSATOR_ENV": "embedded"})

    with loaded.starts("run", module="quart") as running:
        running.says("environment embedded, services local_models")
        running.serves()
        running.says("job_done: ")
        with running.client() as client:
            found = client.post("/search", json={"query": "tides"}).json()["passages"]
        running.says("POST /search 200")

    assert found
    assert running.errors.count("POST /search") == 1


def test_concurrent_starts_do_not_share_a_port(place: Workplace, third_party: str) -> None:
    slow = place.having(PLUGINS="slow,local_models,qdrant_edge", PYTHONPATH=third_party)
    loaded = place.having(**WITHOUT_DATABASE)

    with slow.having(SLOW__START_TIMEOUT="100").starts("serve") as first:
        first.says("slow: opening")
        with loaded.starts("serve") as second:
            second.serves()
            (place.folder / "opened").touch()
            done = first.ended()

    assert done.code == 69
    assert "is in use" in done.told[0]


@pytest.mark.parametrize("entry", ["serve", "quart"])
def test_every_way_to_start_serves_the_same_app(place: Workplace, entry: str) -> None:
    arguments, module = ENTRIES[entry]

    with place.having(**WITHOUT_DATABASE).starts(*arguments, module=module) as running:
        running.serves()
        with running.client() as client:
            ready = eventually(lambda: client.get("/health/ready").json(), "an answer")

    assert ready["status"] == "ready"
    assert set(ready["services"]) == {"local_models", "qdrant_edge"}


def test_missing_port_of_the_listed_plugins_is_a_settings_error(place: Workplace) -> None:
    done = place.having(PLUGINS="local_models").runs("serve")

    assert (done.code, done.told) == (78, ["PLUGINS: no plugin provides PassageIndex - add one that does"])


def test_an_empty_book_is_reported(place: Workplace) -> None:
    with place.having(**WITHOUT_DATABASE).starts("serve") as running:
        running.serves()
        with running.client() as client:
            reply = client.post("/chat", json={"query": "Why is Mars red?"})

    assert (reply.status_code, reply.json()["code"]) == (503, "book_empty")
