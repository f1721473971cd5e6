"""One record per line on standard error, each with the id of the request it belongs to.

Records never hold secrets, questions or tokens: that is the duty of whoever logs.
"""

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final, Literal

REQUEST_ID: Final[ContextVar[str]] = ContextVar("request_id", default="-")

LogFormat = Literal["text", "json"]
_TEXT: Final = "%(asctime)s %(levelname)-7s %(name)s [%(request_id)s] %(message)s"
# These libraries tell at INFO what our own lines tell already, some of them with whole URLs.
_QUIET: Final = ("httpx", "httpx2", "httpcore", "openai", "watchfiles", "hypercorn.error", "asyncio")


def configure(style: LogFormat, level: str) -> None:
    """Replaces whatever handlers the root logger has."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_add_request_id)
    handler.setFormatter(JsonLines() if style == "json" else logging.Formatter(_TEXT, "%H:%M:%S"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))


def _add_request_id(record: logging.LogRecord) -> bool:
    record.request_id = REQUEST_ID.get()
    return True


class JsonLines(logging.Formatter):
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
