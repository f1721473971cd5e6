"""The component's modules that need no browser, in Node."""

from tests.clients.workspace import CLIENTS, NodeWorkspace


def test_the_modules_that_need_no_browser_pass_their_tests(workspace: NodeWorkspace) -> None:
    tests = [str(path) for path in sorted((CLIENTS / "widget" / "tests").glob("*.test.mjs"))]

    assert "# skipped 0" in workspace.runs_node("--test", "--test-reporter=tap", *tests)
