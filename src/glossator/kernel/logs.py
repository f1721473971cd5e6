"""Logs one record per line to standard error, with the id of the request.

Code that logs must not include secrets, questions or tokens. Exceptions are logged with their class and stack trace but
without their message, because the message of a database driver may contain rows of a table.
"""

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from traceback import format_tb
from types import TracebackType
from typing import Final, Literal, TypeAlias

REQUEST_ID: Final[ContextVar[str]] = ContextVar("request_id", default="-")
TRACE_ID: Final[ContextVar[str]] = ContextVar("trace_id", default="")
"""Set while a trace is recorded."""

EVENT: Final = re.compile(r"([a-z]+(?:_[a-z]+)+):")
OTHER_FIELDS: Final = ("route", "status", "duration_ms", "plugin", "version", "settings")
"""Of the line of a request, and of the lines about the start."""

LogFormat = Literal["text", "json"]
ExceptionInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
_TEXT: Final = "%(asctime)s %(levelname)-7s %(name)s [%(request_id)s] %(message)s"
_OWN: Final = ("glossator", "glossator_plugins")
# At INFO these libraries repeat our own lines, some of them with complete URLs.
_WARNINGS_ONLY: Final = ("httpx", "httpx2", "httpcore", "openai", "watchfiles", "hypercorn.error", "asyncio")


def configure(log_format: LogFormat, level: str) -> None:
    """Replaces all handlers of the root logger. No library logs below INFO: its records may hold whatever we send."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_add_ids)
    handler.setFormatter(JsonFormatter() if log_format == "json" else SafeFormatter(_TEXT, "%H:%M:%S"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False  # no line has them
    own = logging.getLogger().level
    logging.getLogger().setLevel(max(logging.INFO, own))
    for name in _OWN:
        logging.getLogger(name).setLevel(own)
    for name in _WARNINGS_ONLY:
        logging.getLogger(name).setLevel(max(logging.WARNING, own))


def _add_ids(record: logging.LogRecord) -> bool:
    record.request_id = " ".join(filter(None, (REQUEST_ID.get(), TRACE_ID.get())))
    return True


class SafeFormatter(logging.Formatter):
    """Escapes control characters in messages, and omits the messages of exceptions from tracebacks."""

    _second: tuple[int, str] = (-1, "")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - the library's name
        """Formats each second once: that would be a fifth of the cost of a line."""
        second, text = self._second
        if second != int(record.created):
            second, text = int(record.created), super().formatTime(record, datefmt)
            self._second = second, text
        return text

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        record.message = escape_unprintable(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802 - the library's name
        return "\n".join(_class_and_stack(error) for error in _with_causes(ei[1]))


def escape_unprintable(text: str) -> str:
    """Escape line breaks and terminal controls: clients choose the paths that messages contain."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def _with_causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield causes before their effects, and the members of a group before the group."""
    if error is None:
        return
    yield from _with_causes(error.__cause__ or (None if error.__suppress_context__ else error.__context__))
    for member in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from _with_causes(member)
    yield error


def _class_and_stack(error: BaseException) -> str:
    """Includes the SQLSTATE of a database error, which contains no data of a reader."""
    error_class, state = type(error), getattr(error, "sqlstate", None)
    stack = "".join(format_tb(error.__traceback__))
    summary = f"{error_class.__module__}.{error_class.__qualname__}" + (f" ({state})" if state else "")
    return f"Traceback (most recent call last):\n{stack}{summary}"


def event_of(record: logging.LogRecord, message: str) -> str:
    """The record's own event, or the stable name that its message begins with, such as `call_failed`."""
    given = getattr(record, "event", None)
    named = EVENT.match(message) if given is None else None
    return named[1] if named else str(given or "")


_to_json: Final = json.JSONEncoder(ensure_ascii=False).encode
"""`json.dumps` would make an encoder for each line."""


class JsonFormatter(SafeFormatter):
    """One JSON object per record.

    `time, level, logger, request_id, message`; `event`, `trace_id`, `error` with a traceback, and OTHER_FIELDS, if any.
    """

    def format(self, record: logging.LogRecord) -> str:
        message, own = record.getMessage(), vars(record)
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": REQUEST_ID.get(),
            "trace_id": TRACE_ID.get(),
            "event": event_of(record, message),
            "message": message,
            **{name: own[name] for name in OTHER_FIELDS if name in own},
        }
        fields = {name: value for name, value in fields.items() if value != ""}
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        return _to_json(fields)
