"""Builds the OpenAPI 3.1 document from the models that validate requests, the described replies and the errors."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from glossator.web.http.errors.account import is_official, official_code, official_status
from glossator.web.http.errors.problem import MESSAGES, ProblemBody
from glossator.web.http.errors.programs import MCP_PATH, is_for_programs, status_here
from glossator.web.openapi import accounts, answering, conversations, programs, rewriting, service
from glossator.web.openapi.operation import EVENTS, JSON, AccessLevel, Operation, Operations, Reply, schema_name
from glossator.web.openapi.programs import OpenAIError, RpcError

OPERATIONS: Final[Operations] = (
    answering.OPERATIONS
    | conversations.OPERATIONS
    | accounts.OPERATIONS
    | rewriting.OPERATIONS
    | service.OPERATIONS
    | programs.OPERATIONS
)  # fmt: skip
Json = dict[str, Any]
PROBLEM: Final = "application/problem+json"
NO_CONTENT: Final = 204
REFS: Final = "#/components/schemas/{model}"
VARIABLE: Final = re.compile(r"<(?:(\w+):)?(\w+)>")
BODY_PROBLEMS: Final[Mapping[int, tuple[str, ...]]] = {
    400: ("bad_request", "invalid_json"),
    408: ("request_timeout",),
    413: ("body_too_large",),
    415: ("unsupported_media_type",),
    422: ("invalid_field",),
}
ACCESS_PROBLEMS: Final[Mapping[AccessLevel, Mapping[int, tuple[str, ...]]]] = {
    "public": {},
    "optional": {401: ("invalid_token", "token_expired"), 403: ("account_inactive",)},
    "reader": {
        401: ("unauthorized", "invalid_token", "token_expired"),
        403: ("account_inactive",),
        404: ("accounts_off",),
        503: ("unavailable",),
    },
    "admin": {404: ("not_found",), 429: ("too_many_requests",)},
}
SECURITY: Final[Mapping[AccessLevel, list[dict[str, list[str]]]]] = {
    "public": [],
    "optional": [{}, {"session": []}, {"cookie": []}],
    "reader": [{"session": []}, {"cookie": []}],
    "admin": [{"admin": []}],
}
SCHEMES: Final = {
    "session": {
        "type": "http",
        "scheme": "bearer",
        "description": "The `token` or `session.accessToken` of a sign-in.",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "better-auth.session_token",
        "description": "Set by a sign-in; on HTTPS its name begins with `__Secure-`.",
    },
    "admin": {"type": "http", "scheme": "bearer", "description": "`ADMIN_API_KEY`, for the operator."},
}


class SchemaGenerator(GenerateJsonSchema):
    """Fields have no titles, which would repeat their names. Schemas have the names of `schema_name`."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False

    def normalize_name(self, name: str) -> str:
        return super().normalize_name(name).removesuffix("Schema")


class ProblemSchema(ProblemBody):
    """An error (RFC 9457). `detail` is a sentence for readers; `code` is stable."""

    model_config = ConfigDict(model_title_generator=schema_name)

    code: Annotated[str, Field(json_schema_extra={"enum": sorted(MESSAGES)})]


class AccountProblem(ProblemSchema):
    """An error of the account routes: `message` is `detail`, and `code` has Better Auth's form."""

    code: Annotated[str, Field(json_schema_extra={"enum": sorted(map(official_code, MESSAGES))})]
    message: str


def openapi(version: str) -> Json:
    """The document, as JSON values."""
    schemas = read_schemas()
    paths: dict[str, Json] = {}
    for route, operation in OPERATIONS.items():
        method, _, rule = route.partition(" ")
        paths.setdefault(VARIABLE.sub(r"{\2}", rule), {})[method.lower()] = _operation(route, operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Glossator",
            "version": version,
            "description": "Answers questions from one book, with the sentence that proves each answer.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "tags": [{"name": tag} for tag in dict.fromkeys(operation.tag for operation in OPERATIONS.values())],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": schemas.definitions, "securitySchemes": SCHEMES},
    }


@dataclass(frozen=True)
class Schemas:
    """The schema of each shape, by its text form, and the definitions that the schemas refer to."""

    found: Mapping[str, Json]
    definitions: Json

    def of(self, shape: Any) -> Json:
        return self.found[repr(shape)]


def read_schemas() -> Schemas:
    shapes = {repr(shape): shape for shape in _shapes()}
    adapters: list[tuple[str, Literal["validation"], TypeAdapter[Any]]] = [
        (key, "validation", TypeAdapter(shape)) for key, shape in shapes.items()
    ]
    found, definitions = TypeAdapter.json_schemas(adapters, ref_template=REFS, schema_generator=SchemaGenerator)
    return Schemas({key: schema for (key, _), schema in found.items()}, definitions["$defs"])


def _shapes() -> Iterator[Any]:
    yield from (ProblemSchema, AccountProblem, OpenAIError, RpcError)
    for operation in OPERATIONS.values():
        yield from (body for body in (operation.body, operation.query) if body is not None)
        yield from (reply.shape for reply in operation.replies if reply.shape is not None)


def _operation(route: str, operation: Operation, schemas: Schemas) -> Json:
    method, _, rule = route.partition(" ")
    described: Json = {
        "operationId": operation_id(method, rule),
        "summary": operation.summary,
        "tags": [operation.tag],
        "security": SECURITY[operation.access],
        "parameters": [*_path_parameters(rule), *_query_parameters(operation, schemas)],
        "responses": {**_replies(operation, schemas), **_problems(rule, operation, schemas)},
    }
    if operation.detail:
        described["description"] = operation.detail
    if operation.body is not None or operation.form:
        described["requestBody"] = _body(operation, schemas)
    return described


def operation_id(method: str, rule: str) -> str:
    """Such as `post_chat_stream`."""
    return "_".join([method.lower(), *re.findall(r"[a-z]+", VARIABLE.sub(r"\2", rule).lower())])


def _path_parameters(rule: str) -> Iterator[Json]:
    for match in VARIABLE.finditer(rule):
        yield {"name": match[2], "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def _query_parameters(operation: Operation, schemas: Schemas) -> Iterator[Json]:
    if operation.query is None:
        return
    schema = schemas.definitions[operation.query.__name__]
    for name, described in schema["properties"].items():
        yield {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": described}


def _body(operation: Operation, schemas: Schemas) -> Json:
    content: Json = {kind: {"schema": {"type": "object"}} for kind in operation.form}
    if operation.body is not None:
        content = {JSON: {"schema": schemas.of(operation.body)}} | {
            kind: {"schema": schemas.of(operation.body)} for kind in operation.form
        }
    if operation.example is not None:
        content[JSON]["example"] = operation.example
    return {"required": operation.body is not None and not operation.body_is_optional, "content": content}


def _replies(operation: Operation, schemas: Schemas) -> Json:
    replies: Json = {}
    for reply in operation.replies:
        found = replies.setdefault(str(reply.status), {"description": reply.detail})
        if reply.status != NO_CONTENT:
            found.setdefault("content", {})[reply.media_type] = {"schema": _reply_schema(reply, schemas)}
    return replies


def _reply_schema(reply: Reply, schemas: Schemas) -> Json:
    if reply.shape is None:
        return {"type": "string"}
    schema = schemas.of(reply.shape)
    if reply.media_type != EVENTS or "oneOf" not in schema:
        return schema
    return {"oneOf": [_event(schemas.definitions[one["$ref"].rpartition("/")[2]]) for one in schema["oneOf"]]}


def _event(described: Json) -> Json:
    """An event as it is sent: its data is JSON in a text."""
    event, data = described["properties"]["event"], described["properties"]["data"]
    text = {"type": "string", "contentMediaType": JSON, "contentSchema": data}
    return {
        "type": "object",
        "properties": {"id": {"type": "string"}, "event": event, "data": text},
        "required": ["event", "data"],
    }


def _problems(rule: str, operation: Operation, schemas: Schemas) -> Json:
    """By status; `default` stands for what any route may answer, such as 500."""
    codes: dict[int, list[str]] = {}
    for problems in (*_general_problems(operation), operation.problems):
        for status, names in problems.items():
            for name in names:
                official = is_official(rule)
                at = official_status(name, status) if official else status_here(rule, name, status)
                codes.setdefault(at, []).append(official_code(name) if official else name)
    found = {str(status): _problem(rule, schemas, ", ".join(dict.fromkeys(names))) for status, names in codes.items()}
    return dict(sorted(found.items())) | {"default": _problem(rule, schemas, "Any other error.")}


def _general_problems(operation: Operation) -> Iterator[Mapping[int, tuple[str, ...]]]:
    yield ACCESS_PROBLEMS[operation.access]
    if operation.body is not None or operation.form:
        yield BODY_PROBLEMS
    elif operation.query is not None:
        yield {422: ("invalid_field",)}


def _problem(rule: str, schemas: Schemas, codes: str) -> Json:
    kind, shape = _problem_shape(rule)
    return {"description": codes, "content": {kind: {"schema": schemas.of(shape)}}}


def _problem_shape(rule: str) -> tuple[str, Any]:
    if is_for_programs(rule):
        return JSON, RpcError if rule.startswith(MCP_PATH) else OpenAIError
    return (JSON, AccountProblem) if is_official(rule) else (PROBLEM, ProblemSchema)
