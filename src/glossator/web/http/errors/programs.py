"""Error bodies of the interfaces for programs: OpenAI's under `/v1`, JSON-RPC's at `/mcp`."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from glossator.web.http.errors.problem import Problem, problem_to_json

OPENAI_PATH: Final = "/v1"
MCP_PATH: Final = "/mcp"

_STATUSES: Final[Mapping[str, int]] = {"sign_in_required": 401, "invalid_field": 400}
"""Where the official clients expect another status than ours."""
_WRONG_KEY: Final = "This key is not valid here. Use the key anonymous, or the token of a sign-in."
"""Programs have keys, and readers sessions."""
_TYPES: Final[Mapping[int, str]] = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}
PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
REFUSED: Final = -32000


def is_for_programs(path: str) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in (OPENAI_PATH, MCP_PATH))


def program_status(problem: Problem) -> int:
    return _STATUSES.get(problem.code, problem.status)


def status_here(path: str, code: str, status: int) -> int:
    """The status of a problem under this path."""
    return _STATUSES.get(code, status) if is_for_programs(path) else status


def program_error(path: str, problem: Problem) -> dict[str, Any]:
    if problem.code == "invalid_token":
        problem.detail = _WRONG_KEY
    return json_rpc_error(problem) if path.startswith(MCP_PATH) else openai_error(problem_to_json(problem))


def openai_error(body: Mapping[str, Any]) -> dict[str, Any]:
    """From the body of a problem."""
    kind = "server_error" if body["status"] >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error"
    fields = body.get("fields") or ({"field": None},)
    return {
        "error": {
            "message": body["detail"],
            "type": _TYPES.get(_STATUSES.get(body["code"], body["status"]), kind),
            "param": fields[0]["field"],
            "code": body["code"],
        }
    }


def json_rpc_error(problem: Problem) -> dict[str, Any]:
    """`data` has the stable code, and the seconds after which another try makes sense."""
    status = program_status(problem)
    code = INTERNAL_ERROR if status >= HTTPStatus.INTERNAL_SERVER_ERROR else REFUSED
    data: dict[str, Any] = {"code": problem.code}
    if problem.retry_after is not None:
        data["retry_after"] = problem.retry_after
    if status == HTTPStatus.BAD_REQUEST:
        code = PARSE_ERROR if problem.code == "invalid_json" else INVALID_REQUEST
    return {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": problem.detail, "data": data}}
