"""Describes the routes that translate or adjust the texts of a page."""

from typing import Any, Final, Literal

from glossator.web import request_bodies
from glossator.web.http.bodies import Body
from glossator.web.openapi.operation import Operation, Operations, Reply, Shape

TAG: Final = "Rewriting a page"
TEXT: Final = "BM25 scores a passage by the words that it shares with the question."


class RewriteError(Shape):
    """The text at `index` came back unchanged."""

    index: int
    code: str


class RewriteErrors(Shape):
    errors: list[RewriteError]


class Language(Shape):
    language: str
    dir: Literal["ltr", "rtl"]


class TranslateReply(RewriteErrors, Language):
    translation: str


class TranslateBatchReply(RewriteErrors, Language):
    translations: list[str]


class AdjustReply(RewriteErrors):
    content: str


class AdjustBatchReply(RewriteErrors):
    contents: list[str]


def _rewriting(summary: str, reply: type[Shape], body: type[Body], example: dict[str, Any]) -> Operation:
    detail = "Code, formulas, links and HTML stay as they are. A text that cannot be rewritten comes back unchanged."
    return Operation(
        summary, TAG, "optional", Reply(reply), body=body, example=example, detail=detail,
        problems={429: ("too_many_requests",), 503: ("needs_model",)},
    )  # fmt: skip


OPERATIONS: Final[Operations] = {
    "POST /translate": _rewriting(
        "Translate a text", TranslateReply, request_bodies.TranslateBody, {"text": TEXT, "target_language": "ur"}
    ),
    "POST /translate/batch": _rewriting(
        "Translate up to 50 texts", TranslateBatchReply, request_bodies.TranslateBatchBody,
        {"texts": [TEXT], "target_language": "ur"},
    ),
    "POST /adjust-content": _rewriting(
        "Adjust the reading level of a text", AdjustReply, request_bodies.AdjustBody,
        {"text": TEXT, "target_level": "beginner"},
    ),
    "POST /adjust-content/batch": _rewriting(
        "Adjust the reading level of up to 50 texts", AdjustBatchReply, request_bodies.AdjustBatchBody,
        {"texts": [TEXT], "target_level": "beginner"},
    ),
}  # fmt: skip
