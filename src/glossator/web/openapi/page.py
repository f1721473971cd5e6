"""The OpenAPI document as a page for readers: what the template `docs.html` shows."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from markupsafe import Markup, escape

REFS: Final = "#/components/schemas/"
ACCESS: Final = {"session": "signed in", "admin": "operator"}
JSON: Final = "application/json"
CODE: Final = re.compile("`([^`]+)`")
NAMES: Final = {"string": "text", "integer": "whole number", "boolean": "true or false", "null": "null"}


@dataclass(frozen=True)
class FieldView:
    """`kind` is HTML: names of objects are links."""

    name: str
    kind: Markup
    required: bool


@dataclass(frozen=True)
class ReplyView:
    status: str
    detail: Markup
    kind: Markup

    @property
    def is_problem(self) -> bool:
        return "Problem</a>" in self.kind


@dataclass(frozen=True)
class OperationView:
    """`access` is who may use it; `example` is a command line, empty for a request without a body."""

    id: str
    method: str
    path: str
    summary: Markup
    detail: Markup
    access: str
    parameters: tuple[FieldView, ...]
    body: Markup | None
    example: str
    replies: tuple[ReplyView, ...]
    problems: tuple[ReplyView, ...]


@dataclass(frozen=True)
class ObjectView:
    name: str
    detail: Markup
    fields: tuple[FieldView, ...]


@dataclass(frozen=True)
class DocsView:
    """Operations by tag, in the order of the document's tags."""

    tags: Mapping[str, tuple[OperationView, ...]]
    objects: tuple[ObjectView, ...]


def docs_view(document: Mapping[str, Any]) -> DocsView:
    order = [tag["name"] for tag in document["tags"]]
    found = sorted(_operations(document), key=lambda one: order.index(one[0]))
    tags = {tag: tuple(view for _, view in views) for tag, views in groupby(found, key=lambda one: one[0])}
    objects = sorted(document["components"]["schemas"].items())
    return DocsView(tags, tuple(_object(name, schema) for name, schema in objects))


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, OperationView]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield operation["tags"][0], _operation(method.upper(), path, operation)


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> OperationView:
    body = operation.get("requestBody", {"content": {}})["content"]
    replies = [_reply(status, reply) for status, reply in operation["responses"].items()]
    return OperationView(
        id=operation["operationId"],
        method=method,
        path=path,
        summary=with_code(operation["summary"]),
        detail=with_code(operation.get("description", "")),
        access=_access(operation["security"]),
        parameters=tuple(
            FieldView(one["name"], kind_of(one["schema"]), one["required"]) for one in operation["parameters"]
        ),
        body=kind_of(body[JSON]["schema"]) if JSON in body else None,
        example=_example(method, path, body.get(JSON, {}).get("example")),
        replies=tuple(one for one in replies if not one.is_problem),
        problems=tuple(one for one in replies if one.is_problem and one.status != "default"),
    )


def _access(security: list[Mapping[str, Any]]) -> str:
    if not security:
        return ""
    [name] = security[-2 if len(security) > 1 else -1] or [""]
    return f"{ACCESS.get(name, name)} or anonymous" if {} in security else ACCESS[name]


def _example(method: str, path: str, body: object) -> str:
    if body is None:
        return ""
    verb = "" if method == "POST" else f" -X {method}"
    data = json.dumps(body, ensure_ascii=False).replace("'", "'\\''")
    return f"curl{verb} https://BACKEND{path} -H 'content-type: application/json' -d '{data}'"


def _reply(status: str, reply: Mapping[str, Any]) -> ReplyView:
    kinds = [
        kind_of(content["schema"]) if media_type.endswith("json") else escape(media_type)
        for media_type, content in reply.get("content", {}).items()
    ]
    return ReplyView(status, with_code(reply["description"]), Markup(", or ").join(kinds))


def _object(name: str, schema: Mapping[str, Any]) -> ObjectView:
    required = schema.get("required", ())
    fields = (FieldView(one, kind_of(kind), one in required) for one, kind in schema.get("properties", {}).items())
    return ObjectView(name, with_code(schema.get("description", "")), tuple(fields))


def with_code(text: str) -> Markup:
    """Text between backticks becomes code."""
    return Markup(CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - the text is escaped


def kind_of(schema: Mapping[str, Any]) -> Markup:
    """A schema in words."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(REFS)
        return Markup('<a href="#{0}">{0}</a>').format(name)
    if "anyOf" in schema:
        return Markup(" or ").join(kind_of(one) for one in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        values = schema.get("enum") or [schema["const"]]
        return Markup(" or ").join(Markup("<code>{}</code>").format(value) for value in values)
    if schema.get("type") == "array":
        return Markup("list of {}").format(kind_of(schema.get("items") or schema.get("prefixItems", [{}])[0]))
    if isinstance(schema.get("additionalProperties"), dict):
        return Markup("object of {}").format(kind_of(schema["additionalProperties"]))
    kind = str(schema.get("type", "any value"))
    return Markup("{}{}").format(schema.get("format") or NAMES.get(kind, kind), _bounds(schema))


def _bounds(schema: Mapping[str, Any]) -> str:
    if "maxLength" in schema:
        return f", {schema.get('minLength', 0):,} to {schema['maxLength']:,} characters"
    if "maximum" in schema:
        return f", {schema.get('minimum', 0):,} to {schema['maximum']:,}"
    return ""
