"""Describes the routes of a reader's conversations."""

from typing import Any, Final, Literal

from glossator.web.openapi.operation import Id, Operation, Operations, Reply, Shape, Time
from glossator.web.request_bodies import ExportQuery, NewConversationBody, PageQuery, TitleBody

TAG: Final = "Conversations"
NOT_FOUND: Final = {404: ("conversation_not_found",)}
SESSION: Final = "/api/chat/sessions/<session_id>"


class ConversationReply(Shape):
    """Exactly one conversation of an account is active: the one used last."""

    id: Id
    user_id: str
    title: str
    created_at: Time
    updated_at: Time
    is_active: bool
    message_count: int


class MessageReply(Shape):
    """`sources` are lines to show; `citations` are those of the answer."""

    id: Id
    session_id: Id
    role: Literal["user", "assistant", "system"]
    content: str
    selected_text: str | None
    created_at: Time
    sources: list[str] | None
    citations: list[dict[str, Any]] | None
    feedback: dict[str, Any] | None


class ConversationsReply(Shape):
    sessions: list[ConversationReply]
    total: int


class HistoryReply(Shape):
    """Messages are oldest first."""

    session: ConversationReply
    messages: list[MessageReply]


class DoneReply(Shape):
    message: str


class DeletedReply(DoneReply):
    deleted: int


class ExportReply(Shape):
    """`content` is text, or with `json` the conversation with its messages."""

    format: Literal["text", "json", "markdown"]
    content: str | HistoryReply


OPERATIONS: Final[Operations] = {
    "GET /api/chat/sessions": Operation(
        "List the conversations, newest first", TAG, "reader", Reply(ConversationsReply), query=PageQuery
    ),
    "POST /api/chat/sessions": Operation(
        "Create a conversation", TAG, "reader", Reply(ConversationReply),
        body=NewConversationBody, example={"title": "Fusion"}, body_is_optional=True,
    ),
    f"GET {SESSION}": Operation(
        "Read a conversation", TAG, "reader", Reply(HistoryReply), problems=NOT_FOUND
    ),
    f"PATCH {SESSION}/title": Operation(
        "Rename a conversation", TAG, "reader", Reply(DoneReply),
        body=TitleBody, example={"title": "Fusion"}, problems=NOT_FOUND,
    ),
    f"DELETE {SESSION}": Operation(
        "Delete a conversation", TAG, "reader", Reply(DoneReply), problems=NOT_FOUND
    ),
    f"GET {SESSION}/export": Operation(
        "Export a conversation", TAG, "reader", Reply(ExportReply), query=ExportQuery, problems=NOT_FOUND
    ),
    "DELETE /api/chat/history": Operation("Delete all conversations", TAG, "reader", Reply(DeletedReply)),
}  # fmt: skip
