"""`/mcp`: the book as tools of the Model Context Protocol, over streamable HTTP without sessions."""

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from quart import Response, jsonify, request

from glossator.web.auth.origins import is_loopback_origin
from glossator.web.http.bodies import read_body
from glossator.web.http.context import WebOptions, services
from glossator.web.http.errors.problem import Problem
from glossator.web.http.errors.programs import INVALID_PARAMS
from glossator.web.http.errors.responses import to_problem
from glossator.web.http.pages import served_book
from glossator.web.programs.access import program_reader
from glossator.web.programs.mcp.messages import (
    METHOD_HEADER,
    METHOD_NOT_FOUND,
    NAME_HEADER,
    SESSION_VERSIONS,
    VERSION_HEADER,
    VERSIONS,
    Heads,
    ProtocolError,
    RpcMessage,
    agreed_version,
    check_stateless,
    check_version,
    error_reply,
    is_stateless,
    result_reply,
)
from glossator.web.programs.mcp.tools import TOOLS, described_tools

log = logging.getLogger(__name__)

SERVER_KEY: Final = "io.modelcontextprotocol/serverInfo"
TTL_MS: Final = 5 * 60 * 1000
CAPABILITIES: Final = {"tools": {"listChanged": False}}
INSTRUCTIONS: Final = (
    "Answers questions from one book{title}. Use `ask` for an answer with its proof, `search` and `fetch` to read."
)


async def mcp() -> Response:
    check_caller()
    await program_reader()
    message = await read_body(RpcMessage)
    headers = request.headers
    heads = Heads(headers.get(VERSION_HEADER), headers.get(METHOD_HEADER), headers.get(NAME_HEADER))
    stateless = is_stateless(message, heads)
    try:
        if message.is_notification:
            check_version(heads, VERSIONS)
            return Response(status=HTTPStatus.ACCEPTED)
        if stateless:
            check_stateless(message, heads)
            return jsonify(result_reply(message, await _stateless_result(message)))
        check_version(heads, SESSION_VERSIONS)
        return jsonify(result_reply(message, await _session_result(message)))
    except ProtocolError as error:
        response = jsonify(error_reply(message, error))
        in_session = not stateless and error.code in {METHOD_NOT_FOUND, INVALID_PARAMS}
        response.status_code = HTTPStatus.OK if in_session else error.status
        return response


def check_caller() -> None:
    """Keeps pages of other sites out, also those whose host name was pointed at this machine. Raises Problem 403."""
    options, origin = services().get(WebOptions), request.headers.get("Origin")
    if origin is not None and origin not in options.origins and not is_loopback_origin(origin):
        raise Problem(403, "invalid_origin")
    host = request.host.rpartition(":")[0] if request.host.rpartition(":")[2].isdigit() else request.host
    if options.hosts and host.lower() not in options.hosts:
        raise Problem(403, "invalid_host")


async def _stateless_result(message: RpcMessage) -> dict[str, Any]:
    match message.method:
        case "server/discover":
            facts = {"supportedVersions": list(VERSIONS), "capabilities": CAPABILITIES}
            result = {**facts, "instructions": await instructions(), **cacheable()}
        case "tools/list":
            result = {"tools": described_tools(), **cacheable()}
        case "tools/call":
            result = await call_tool(message)
        case _:
            raise unknown_method(message)
    return {"resultType": "complete", **result, "_meta": {SERVER_KEY: server_info()}}


async def _session_result(message: RpcMessage) -> dict[str, Any]:
    match message.method:
        case "initialize":
            facts = {"protocolVersion": agreed_version(message), "capabilities": CAPABILITIES}
            return {**facts, "serverInfo": server_info(), "instructions": await instructions()}
        case "ping":
            return {}
        case "tools/list":
            return {"tools": described_tools()}
        case "tools/call":
            return await call_tool(message)
        case _:
            raise unknown_method(message)


async def call_tool(message: RpcMessage) -> dict[str, Any]:
    """What a tool refuses is a result that the model can read. Raises ProtocolError for an unknown tool."""
    params = message.params or {}
    name, arguments = params.get("name"), params.get("arguments")
    tool = TOOLS.get(name) if isinstance(name, str) else None
    if tool is None:
        raise ProtocolError(INVALID_PARAMS, f"There is no such tool. The tools are {', '.join(TOOLS)}.")
    try:
        result = await tool.run({} if arguments is None else arguments)
    except Exception as error:  # noqa: BLE001 - `to_problem` knows every exception, and logs an unexpected one
        return failed(to_problem(error))
    return {"content": text_content(result), "structuredContent": result, "isError": False}


def failed(problem: Problem) -> dict[str, Any]:
    wait = f" Try again in {problem.retry_after} s." if problem.retry_after is not None else ""
    content = [{"type": "text", "text": f"{problem.detail}{wait}"}]
    return {"content": content, "isError": True}


def text_content(result: Mapping[str, Any]) -> list[dict[str, str]]:
    """The same as text, for clients that read no structured content."""
    return [{"type": "text", "text": json.dumps(result, ensure_ascii=False)}]


def unknown_method(message: RpcMessage) -> ProtocolError:
    return ProtocolError(METHOD_NOT_FOUND, f"There is no method {message.method[:80]}.")


def server_info() -> dict[str, str]:
    return {"name": "glossator", "title": "Glossator", "version": services().get(WebOptions).version}


async def instructions() -> str:
    """Without the title where it is not known, as before the first ingest."""
    title = (await served_book()).title
    return INSTRUCTIONS.format(title=f', "{title}"' if title else "")


def cacheable() -> dict[str, Any]:
    return {"ttlMs": TTL_MS, "cacheScope": "public"}
