"""What a reader or a page is told when something goes wrong (RFC 9457).

`detail` is one sentence from `texts`, never an exception's text; `code` is stable.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from glossator.kernel.logs import REQUEST_ID
from glossator.web.texts import TEXTS


@dataclass(frozen=True)
class FieldFault:
    field: str
    reason: str


class Problem(Exception):
    """Raised by a route's own checks; `detail` replaces the text of the code."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        detail: str = "",
        fields: tuple[FieldFault, ...] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail or TEXTS[code]
        self.fields = fields
        self.retry_after = retry_after
        self.job_id: str | None = None


def document(problem: Problem) -> dict[str, Any]:
    """The problem object as it goes over the wire, also inside a stream."""
    shown: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "request_id": REQUEST_ID.get(),
    }
    if problem.retry_after is not None:
        shown["retry_after"] = problem.retry_after
    if problem.job_id is not None:
        shown["job_id"] = problem.job_id
    if problem.fields:
        shown["fields"] = [{"field": fault.field, "reason": fault.reason} for fault in problem.fields]
    return shown
