"""One record per line on standard error, each with the id of the request it belongs to.

Records never hold secrets, questions or tokens: that is the duty of whoever logs. Of an exception its places and its
kind are told and never its text, since a driver's text may hold whole rows of a table.
"""

import json
import logging
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from traceback import format_tb
from types import TracebackType
from typing import Final, Literal, TypeAlias

REQUEST_ID: Final[ContextVar[str]] = ContextVar("request_id", default="-")

LogFormat = Literal["text", "json"]
ExceptionInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
_TEXT: Final = "%(asctime)s %(levelname)-7s %(name)s [%(request_id)s] %(message)s"
# These libraries tell at INFO what our own lines tell already, some of them with whole URLs.
_QUIET: Final = ("httpx", "httpx2", "httpcore", "openai", "watchfiles", "hypercorn.error", "asyncio")


def configure(style: LogFormat, level: str) -> None:
    """Replaces whatever handlers the root logger has."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_add_request_id)
    handler.setFormatter(JsonFormatter() if style == "json" else SafeFormatter(_TEXT, "%H:%M:%S"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))


def _add_request_id(record: logging.LogRecord) -> bool:
    record.request_id = REQUEST_ID.get()
    return True


class SafeFormatter(logging.Formatter):
    """Messages without what would begin a line or move a cursor; tracebacks without the exceptions' own words."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        record.message = printable(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802 - the library's name
        return "\n".join(_kind_and_places(error) for error in _and_its_causes(ei[1]))


def printable(text: str) -> str:
    """Whoever calls decides on the path of an address, and so on what stands in a message."""
    return "".join(mark if mark.isprintable() else repr(mark)[1:-1] for mark in text)


def _and_its_causes(error: BaseException | None) -> Iterator[BaseException]:
    """The first cause comes first, and what a group holds before the group."""
    if error is None:
        return
    yield from _and_its_causes(error.__cause__ or (None if error.__suppress_context__ else error.__context__))
    for member in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from _and_its_causes(member)
    yield error


def _kind_and_places(error: BaseException) -> str:
    """A database's own code for what went wrong is no reader's word."""
    kind, state = type(error), getattr(error, "sqlstate", None)
    places = "".join(format_tb(error.__traceback__))
    told = f"{kind.__module__}.{kind.__qualname__}" + (f" ({state})" if state else "")
    return f"Traceback (most recent call last):\n{places}{told}"


class JsonFormatter(SafeFormatter):
    """`time, level, logger, request_id, message`, and `error` with the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": REQUEST_ID.get(),
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)
