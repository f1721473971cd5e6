"""Compares replies with the OpenAPI description of their route."""

import json
from functools import cache
from typing import Any, Final

import jsonschema
from pydantic import TypeAdapter

from glossator.web.openapi.document import OPERATIONS, VARIABLE, openapi
from tests.web.wire import Reply

JSON_TYPES: Final = ("application/json", "application/problem+json", "application/schema+json")


@cache
def document() -> dict[str, Any]:
    return openapi("0")


def assert_described(route: str, reply: Reply) -> None:
    """`route` is its method and rule."""
    method, _, rule = route.partition(" ")
    responses = document()["paths"][VARIABLE.sub(r"{\2}", rule)][method.lower()]["responses"]
    assert str(reply.status) in responses, f"{route} does not describe {reply.status}: {reply.text[:300]}"
    content = responses[str(reply.status)].get("content")
    if not content:
        assert reply.text == ""
        return
    media_type = reply.headers["Content-Type"].partition(";")[0]
    assert media_type in content or "*/*" in content, f"{route} does not describe {media_type}"
    if media_type in JSON_TYPES:
        _assert_valid(content[media_type]["schema"], reply.body)
        if reply.status < 400:
            _assert_complete(route, reply)


def _assert_valid(schema: dict[str, Any], body: object) -> None:
    jsonschema.Draft202012Validator({**schema, "components": document()["components"]}).validate(body)


def _assert_complete(route: str, reply: Reply) -> None:
    """No field of the reply is missing in the description."""
    media_type = reply.headers["Content-Type"].partition(";")[0]
    replies = [one for one in OPERATIONS[route].replies if (one.status, one.media_type) == (reply.status, media_type)]
    [shape] = [one.shape for one in replies if one.shape is not None]
    adapter = TypeAdapter[Any](shape)
    known = adapter.dump_python(adapter.validate_json(reply.text), mode="json", exclude_unset=True)
    assert known == json.loads(reply.text)
