"""The typed client: against responses that its own tests write, and against a running server."""

from collections.abc import Iterator

import pytest

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


def test_the_client_uses_every_route_of_a_running_server(workspace: NodeWorkspace, running: Running) -> None:
    assert "# skipped 0" in run_tests(workspace, "running_server", BACKEND=running.url)
