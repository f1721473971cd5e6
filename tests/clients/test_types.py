"""The client's types of stream events are those of `/stream-schema.json`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from glossator.web.chat.stream_events import stream_schema
from tests.clients.workspace import CLIENTS, NodeWorkspace

NAMES: Final = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
COMPARED: Final = """
type Part<E> = E extends { event: infer N; data: infer D } ? { name: N; data: D } : never;
type Named<E> = Exclude<Part<E>, { name: "error" }>;
type Exactly<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
export const received: (event: Named<Event>) => StreamEvent = (event) => event;
export const described: (event: StreamEvent) => Named<Event> = (event) => event;
export const failed: (problem: ProblemBody) => Problem = (problem) => problem;
export const names: Exactly<Named<Event>["name"], StreamEvent["name"]> = true;
"""


def typescript(schema: Mapping[str, Any]) -> str:
    """The type of a JSON Schema that pydantic wrote."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if choices := schema.get("anyOf", schema.get("oneOf")):
        return " | ".join(map(typescript, choices))
    if "const" in schema or "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema.get("enum", [schema.get("const")]))
    if schema["type"] == "array":
        return f"({typescript(schema['items'])})[]"
    return NAMES.get(schema["type"]) or object_type(schema)


def object_type(schema: Mapping[str, Any]) -> str:
    marks = {name: "" if name in schema["required"] else "?" for name in schema["properties"]}
    return f"{{ {'; '.join(f'{name}{marks[name]}: {typescript(of)}' for name, of in schema['properties'].items())} }}"


def module() -> str:
    schema = stream_schema()
    types = {**schema["$defs"], "Event": {"oneOf": schema["oneOf"]}}
    source = json.dumps(str(CLIENTS / "javascript" / "src" / "index.ts"))
    declared = "\n".join(f"type {name} = {typescript(of)};" for name, of in types.items())
    return f"import type {{ Problem, StreamEvent }} from {source};\n{declared}\n{COMPARED}"


def compile_types(workspace: NodeWorkspace, folder: Path, text: str) -> None:
    (folder / "events.ts").write_text(text, "utf-8")
    options = {
        "extends": str(CLIENTS / "tsconfig.base.json"),
        "compilerOptions": {"rewriteRelativeImportExtensions": False},
        "include": ["events.ts"],
    }
    (folder / "tsconfig.json").write_text(json.dumps(options), "utf-8")
    workspace.runs_node("node_modules/typescript/bin/tsc", "-p", str(folder))


def test_the_types_of_stream_events_are_those_of_the_schema(workspace: NodeWorkspace, tmp_path: Path) -> None:
    compile_types(workspace, tmp_path, module())
