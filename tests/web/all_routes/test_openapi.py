"""The description of the API is complete and true for every route."""

import asyncio
import sys
from pathlib import Path
from typing import Final

import jsonschema
import pytest

from glossator.web.openapi.document import OPERATIONS, openapi
from tests.servers.app_server import serving_app
from tests.web.all_routes.checked_client import CheckedClient
from tests.web.all_routes.described import assert_described
from tests.web.all_routes.route_table import TABLE, Route, served_routes
from tests.web.apps import Parts
from tests.web.wire import json_request

every_route = pytest.mark.parametrize("route", TABLE, ids=str)
READER: Final = {"Authorization": "Bearer @token"}
ADMIN: Final = {"Authorization": "Bearer @admin"}
CHECKS: Final = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance"
)
ENDING: Final = "sign-out|revoke|delete-user|change-password|update-user"


def test_every_route_is_described_and_no_other() -> None:
    assert set(OPERATIONS) == set(served_routes(Parts().app()))


@every_route
def test_the_description_names_who_may_use_a_route(route: Route) -> None:
    access = OPERATIONS[str(route)].access

    assert access == {"ended": "optional"}.get(route.access, route.access)


@every_route
def test_replies_to_an_operator_are_as_described(app_client: CheckedClient, route: Route) -> None:
    """Replies to readers: see test_route_table.py."""
    sent = json_request(route.method, route.sample_path, route.body).with_headers(ADMIN)

    assert_described(str(route), app_client.send(sent))


@pytest.mark.parametrize("route", [one for one in TABLE if OPERATIONS[str(one)].body is not None], ids=str)
def test_errors_are_as_described(app_client: CheckedClient, route: Route) -> None:
    wrong: tuple[object, ...] = ({"query": 5, "text": 5, "texts": 5, "title": 5, "email": 5, "rating": 5}, [])
    for body in wrong:
        sent = json_request(route.method, route.sample_path, body).with_headers(READER)

        assert_described(str(route), app_client.send(sent, app_client.lasting))


@pytest.mark.parametrize("route", [one for one in TABLE if OPERATIONS[str(one)].example is not None], ids=str)
def test_examples_are_valid(app_client: CheckedClient, route: Route) -> None:
    operation = OPERATIONS[str(route)]
    access = ADMIN if operation.access == "admin" else READER
    sent = json_request(route.method, route.sample_path, operation.example).with_headers(access)

    reply = app_client.send(sent, app_client.reader_of(route))

    assert_described(str(route), reply)
    assert reply.status < 400 or reply.body["code"].lower() not in {"invalid_field", "invalid_json", "validation_error"}


def test_the_schemas_are_valid_json_schemas() -> None:
    for schema in openapi("0")["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "filters", [("--exclude-path-regex", ENDING), ("--include-path-regex", ENDING)], ids=["use", "end"]
)
def test_random_requests_get_described_replies(
    app_client: CheckedClient, capfd: pytest.CaptureFixture[str], tmp_path: Path, filters: tuple[str, ...]
) -> None:
    """By schemathesis, with the session of an account that is used for nothing else."""
    token = app_client.reader().issued.token

    async def run() -> int:
        async with serving_app(app_client.app) as address:
            command = ("-m", "schemathesis.cli", "run", f"{address}/openapi.json", "--checks", CHECKS, "--seed", "20")
            limits = ("--phases", "examples,fuzzing", "--max-examples", "10", "--workers", "2", "--no-color")
            headers = ("--header", f"Authorization:Bearer {token}")
            process = await asyncio.create_subprocess_exec(
                sys.executable, *command, *limits, *headers, *filters, cwd=tmp_path
            )
            return await process.wait()

    status = app_client.runner.run(run())

    assert status == 0, capfd.readouterr().out[-5000:]
