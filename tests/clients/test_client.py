"""The typed client: against responses that its own tests write, and against a running server."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.clients.workspace import NodeWorkspace
from tests.processes import Running, Workplace


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    place = Workplace.made_in(tmp_path_factory.mktemp("home")).having(CORS_ALLOWED_ORIGINS="https://book.example")
    with place.starts("dev") as running:
        running.is_loaded()
        yield running


def run_tests(workspace: NodeWorkspace, name: str, **variables: str) -> str:
    """The report of Node's test runner, without a test that failed."""
    return workspace.runs_node("--test", "--test-reporter=tap", f"javascript/tests/{name}.test.mjs", **variables)


def test_the_client_reads_every_kind_of_response(workspace: NodeWorkspace) -> None:
    assert "# skipped 0" in run_tests(workspace, "client")


def test_the_client_uses_every_route_of_a_running_server(
    workspace: NodeWorkspace, running: Running, tmp_path: Path
) -> None:
    yielded = tmp_path / "events.json"

    assert "# skipped 0" in run_tests(workspace, "running_server", BACKEND=running.url, EVENTS=str(yielded))

    with running.client() as client:
        events_match = Draft202012Validator(client.get("/stream-schema.json").json()).is_valid
    events = json.loads(yielded.read_text("utf-8"))
    assert [event for event in events if not events_match({"event": event["name"], "data": event["data"]})] == []
    assert {event["name"] for event in events} == {"start", "sources", "delta", "final"}
