"""JSON-RPC messages of both generations of the protocol, and the checks that come before a method runs.

In the stateless generation each request says its version and what its client can do, and repeats version, method and
name in headers. In the older one, `initialize` agrees on a version; it needs no session here either.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar, Final, Literal

from pydantic import field_validator

from glossator.web.http.bodies import Body
from glossator.web.http.errors.programs import INVALID_PARAMS
from glossator.web.http.json import Counts

STATELESS: Final = "2026-07-28"
SESSION_VERSIONS: Final = ("2025-11-25", "2025-06-18")
VERSIONS: Final = (STATELESS, *SESSION_VERSIONS)
"""Newest first."""
VERSION_KEY: Final = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES_KEY: Final = "io.modelcontextprotocol/clientCapabilities"
VERSION_HEADER: Final = "MCP-Protocol-Version"
METHOD_HEADER: Final = "Mcp-Method"
NAME_HEADER: Final = "Mcp-Name"
METHOD_NOT_FOUND: Final = -32601
HEADER_MISMATCH: Final = -32020
UNSUPPORTED_VERSION: Final = -32022
_STATUSES: Final[Mapping[int, int]] = {METHOD_NOT_FOUND: HTTPStatus.NOT_FOUND}
_BASE64: Final = re.compile(r"=\?base64\?(.*)\?=")


class RpcMessage(Body):
    """A request, or a notification where `id` is absent."""

    counts: ClassVar = Counts.four_times(values=40, brackets=12, digits=24)

    jsonrpc: Literal["2.0"]
    id: str | int | None = None
    method: str
    params: dict[str, Any] | None = None

    @field_validator("id", mode="before")
    @classmethod
    def _is_text_or_whole(cls, value: object) -> object:
        valid = isinstance(value, str | int) and not isinstance(value, bool)
        if not valid:
            raise ValueError("must be text or a whole number")
        return value

    @property
    def is_notification(self) -> bool:
        return "id" not in self.model_fields_set

    @property
    def meta(self) -> Mapping[str, Any]:
        found = (self.params or {}).get("_meta")
        return found if isinstance(found, dict) else {}


class ProtocolError(Exception):
    """An error of the protocol. `data` is for programs."""

    def __init__(self, code: int, message: str, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = dict(data or {})

    @property
    def status(self) -> int:
        return _STATUSES.get(self.code, HTTPStatus.BAD_REQUEST)


def result_reply(message: RpcMessage, result: Mapping[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": message.id, "result": result}


def error_reply(message: RpcMessage, error: ProtocolError) -> dict[str, Any]:
    body = {"code": error.code, "message": error.message, "data": error.data}
    return {"jsonrpc": "2.0", "id": message.id, "error": body}


@dataclass(frozen=True)
class Heads:
    """The headers that repeat a message; None where one is absent."""

    version: str | None
    method: str | None
    name: str | None


def is_stateless(message: RpcMessage, heads: Heads) -> bool:
    return heads.version == STATELESS or VERSION_KEY in message.meta or message.method == "server/discover"


def check_stateless(message: RpcMessage, heads: Heads) -> None:
    """Raises ProtocolError."""
    missing = [key for key in (VERSION_KEY, CAPABILITIES_KEY) if key not in message.meta]
    if missing:
        raise ProtocolError(INVALID_PARAMS, f"params._meta has no {' and no '.join(missing)}.")
    version = message.meta[VERSION_KEY]
    if heads.version != version:
        raise _mismatch(VERSION_HEADER, VERSION_KEY)
    if heads.method != message.method:
        raise _mismatch(METHOD_HEADER, "method")
    if message.method == "tools/call" and decoded(heads.name) != (message.params or {}).get("name"):
        raise _mismatch(NAME_HEADER, "params.name")
    if version != STATELESS:
        raise unsupported(version)


def check_version(heads: Heads, allowed: Sequence[str]) -> None:
    """Before a version is agreed on, clients send none. Raises ProtocolError."""
    if heads.version is not None and heads.version not in allowed:
        raise unsupported(heads.version)


def agreed_version(message: RpcMessage) -> str:
    """The client's, or the newest one that has sessions."""
    asked = (message.params or {}).get("protocolVersion")
    return asked if asked in SESSION_VERSIONS else SESSION_VERSIONS[0]


def unsupported(version: object) -> ProtocolError:
    data = {"supported": list(VERSIONS), "requested": str(version)[:40]}
    return ProtocolError(UNSUPPORTED_VERSION, "This version of the protocol is not supported.", data)


def _mismatch(header: str, field: str) -> ProtocolError:
    return ProtocolError(HEADER_MISMATCH, f"The header {header} must be equal to {field} of the message.")


def decoded(value: str | None) -> str | None:
    """A header's value, which may be UTF-8 in base64. None for invalid base64."""
    found = _BASE64.fullmatch(value or "")
    if found is None:
        return value
    try:
        data = base64.b64decode(found[1], validate=True)
        return data.decode() if base64.b64encode(data).decode() == found[1] else None
    except (binascii.Error, UnicodeDecodeError):
        return None
