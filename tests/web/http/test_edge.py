"""The edge answers as the framework would; a client that names its request goes through the framework."""

import asyncio

import pytest
from quart import Quart

from tests.web.apps import Parts

NAMED = {"X-Request-Id": "a-request-id"}


async def answered(app: Quart, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], str]:
    """Status, headers and body, without the id of the request."""
    reply = await app.test_client().get(path, headers=headers)
    found = {name.lower(): value for name, value in reply.headers}
    request_id = found.pop("x-request-id")
    return reply.status_code, found, (await reply.get_data(as_text=True)).replace(request_id, "")


@pytest.mark.parametrize("path", ["/health", "/.env", "/wp-login.php", "/a/b", "/%0a", "/health/", "/askew"])
async def test_the_edge_answers_as_the_framework_does(path: str) -> None:
    app = Parts().app()

    assert await answered(app, path) == await answered(app, path, NAMED)


@pytest.mark.parametrize(
    ("path", "rule", "level"),
    [("/health", "/health", "DEBUG"), ("/health/ready", "/health/ready", "DEBUG"), ("/.env", "(no route)", "INFO")],
)
async def test_each_answer_is_logged_and_passed_health_checks_only_at_debug(
    path: str, rule: str, level: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        status, _, _ = await answered(Parts().app(), path)
        await asyncio.sleep(0)  # the framework's line is made when its response is on its way

    [line] = [record for record in caplog.records if vars(record).get("event") == "request"]
    assert line.getMessage().startswith(f"GET {rule} {status} ")
    assert line.levelname == level


async def test_no_route_is_hidden_by_the_edge() -> None:
    app = Parts().app()
    edge = vars(app)["edge"]
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]

    scopes = [{"type": "http", "method": "GET", "path": rule.rule.replace("<", "").replace(">", "")} for rule in rules]

    assert [scope["path"] for scope in scopes if edge.answer({**scope, "headers": []})] == ["/health"]
