"""A reader's stored conversations. Conversations of other accounts are reported as not found."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from quart import Blueprint, Response, jsonify

from glossator.domain.accounts.account import SignedIn
from glossator.domain.conversations.conversation import Conversation, Conversations, Message
from glossator.domain.conversations.transcript import to_markdown, to_text
from glossator.web.auth.current_reader import signed_in
from glossator.web.http.bodies import read_body, read_optional_body, read_query
from glossator.web.http.context import services
from glossator.web.http.errors.problem import Problem
from glossator.web.http.json import format_time
from glossator.web.http.stream import json_response
from glossator.web.request_bodies import ExportQuery, NewConversationBody, PageQuery, TitleBody

bp = Blueprint("conversations", __name__, url_prefix="/api/chat")

UNTITLED: Final = "New Chat"


@bp.after_request
async def disable_caching(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/sessions")
@signed_in
async def list_all(reader: SignedIn) -> Response:
    page = read_query(PageQuery)
    found, total = await conversations().page(reader.account.id, page.limit, page.offset)
    return jsonify({"sessions": [conversation_to_json(conversation) for conversation in found], "total": total})


@bp.post("/sessions")
@signed_in
async def create(reader: SignedIn) -> Response:
    body = await read_optional_body(NewConversationBody)
    return jsonify(conversation_to_json(await conversations().create(reader.account.id, body.title or UNTITLED)))


@bp.get("/sessions/<session_id>")
@signed_in
async def show(reader: SignedIn, session_id: str) -> Response:
    conversation, messages = await load_conversation(reader, session_id)
    return await json_response(lambda: export_to_json(conversation, messages))


@bp.patch("/sessions/<session_id>/title")
@signed_in
async def rename(reader: SignedIn, session_id: str) -> Response:
    body = await read_body(TitleBody)
    if not await conversations().rename(conversation_id(session_id), reader.account.id, body.title):
        raise conversation_not_found()
    return jsonify({"message": "The conversation was renamed."})


@bp.delete("/sessions/<session_id>")
@signed_in
async def delete(reader: SignedIn, session_id: str) -> Response:
    if not await conversations().delete(conversation_id(session_id), reader.account.id):
        raise conversation_not_found()
    return jsonify({"message": "The conversation was deleted."})


@bp.get("/sessions/<session_id>/export")
@signed_in
async def export(reader: SignedIn, session_id: str) -> Response:
    export_format = read_query(ExportQuery).format
    conversation, messages = await load_conversation(reader, session_id)
    return await json_response(
        lambda: {"format": export_format, "content": FORMATS[export_format](conversation, messages)}
    )


@bp.delete("/history")
@signed_in
async def delete_all(reader: SignedIn) -> Response:
    deleted = await conversations().delete_all(reader.account.id)
    return jsonify({"message": "All conversations were deleted.", "deleted": deleted})


def conversations() -> Conversations:
    return services().get(Conversations)


async def load_conversation(reader: SignedIn, session_id: str) -> tuple[Conversation, Sequence[Message]]:
    """Raises Problem 404."""
    found = await conversations().get(conversation_id(session_id), reader.account.id)
    if found is None:
        raise conversation_not_found()
    return found


def conversation_id(text: str) -> str:
    """The id in its stored form. Raises Problem 404 when it is not a valid id."""
    found = stored_id(text)
    if found is None:
        raise conversation_not_found()
    return found


def stored_id(text: str) -> str | None:
    """An id in its stored form, or None when it is not a valid one."""
    try:
        canonical = str(UUID(text))
    except ValueError:
        return None
    return canonical if canonical == text.lower() else None


def conversation_not_found() -> Problem:
    return Problem(404, "conversation_not_found")


def export_to_json(conversation: Conversation, messages: Sequence[Message]) -> dict[str, Any]:
    return {
        "session": conversation_to_json(conversation),
        "messages": [message_to_json(message) for message in messages],
    }


FORMATS: Final[Mapping[str, Callable[[Conversation, Sequence[Message]], object]]] = {
    "json": export_to_json,
    "markdown": to_markdown,
    "text": to_text,
}


def conversation_to_json(conversation: Conversation) -> dict[str, Any]:
    return {
        "id": conversation.id,
        "user_id": conversation.account_id,
        "title": conversation.title,
        "created_at": format_time(conversation.created_at),
        "updated_at": format_time(conversation.updated_at),
        "is_active": conversation.is_active,
        "message_count": conversation.message_count,
    }


def message_to_json(message: Message) -> dict[str, Any]:
    """`sources` must be null or a list of strings, because the existing page crashes otherwise."""
    return {
        "id": message.id,
        "session_id": message.conversation_id,
        "role": message.role,
        "content": message.content,
        "selected_text": message.selected_text,
        "created_at": format_time(message.created_at),
        "sources": None if message.sources is None else list(message.sources),
        "citations": None if message.citations is None else list(message.citations),
        "feedback": None if message.feedback is None else asdict(message.feedback),
    }
