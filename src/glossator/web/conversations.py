"""A reader's conversations. One of another account is one that does not exist."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from quart import Blueprint, Response, jsonify

from glossator.domain.accounts.account import SignedIn
from glossator.domain.conversations.conversation import Conversation, Message
from glossator.domain.conversations.ports import Conversations
from glossator.domain.conversations.transcript import as_markdown, as_text
from glossator.web.auth.current_reader import signed_in
from glossator.web.http.bodies import read_body, read_optional_body, read_query
from glossator.web.http.context import services
from glossator.web.http.json import wire_time
from glossator.web.http.problem import Problem
from glossator.web.request_bodies import ExportQuery, NewConversationBody, PageQuery, TitleBody

bp = Blueprint("conversations", __name__, url_prefix="/api/chat")

UNTITLED: Final = "New Chat"


@bp.after_request
async def never_stored(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/sessions")
@signed_in
async def show_all(reader: SignedIn) -> Response:
    page = read_query(PageQuery)
    found, total = await conversations().page(reader.account.id, page.limit, page.offset)
    return jsonify({"sessions": [conversation_document(conversation) for conversation in found], "total": total})


@bp.post("/sessions")
@signed_in
async def create(reader: SignedIn) -> Response:
    body = await read_optional_body(NewConversationBody)
    return jsonify(conversation_document(await conversations().create(reader.account.id, body.title or UNTITLED)))


@bp.get("/sessions/<session_id>")
@signed_in
async def show(reader: SignedIn, session_id: str) -> Response:
    conversation, messages = await whole(reader, session_id)
    return await encoded(lambda: whole_document(conversation, messages))


@bp.patch("/sessions/<session_id>/title")
@signed_in
async def rename(reader: SignedIn, session_id: str) -> Response:
    body = await read_body(TitleBody)
    if not await conversations().rename(conversation_id(session_id), reader.account.id, body.title):
        raise no_conversation()
    return jsonify({"message": "The conversation has its new title."})


@bp.delete("/sessions/<session_id>")
@signed_in
async def delete(reader: SignedIn, session_id: str) -> Response:
    if not await conversations().delete(conversation_id(session_id), reader.account.id):
        raise no_conversation()
    return jsonify({"message": "The conversation was deleted."})


@bp.get("/sessions/<session_id>/export")
@signed_in
async def export(reader: SignedIn, session_id: str) -> Response:
    wanted = read_query(ExportQuery).format
    conversation, messages = await whole(reader, session_id)
    return await encoded(lambda: {"format": wanted, "content": FORMATS[wanted](conversation, messages)})


@bp.delete("/history")
@signed_in
async def delete_all(reader: SignedIn) -> Response:
    deleted = await conversations().delete_all(reader.account.id)
    return jsonify({"message": "All conversations were deleted.", "deleted": deleted})


async def encoded(document: Callable[[], dict[str, Any]]) -> Response:
    """Made beside the event loop: a conversation can be as long as a reader likes."""
    return Response(await asyncio.to_thread(lambda: json.dumps(document())), content_type="application/json")


def conversations() -> Conversations:
    return services().get(Conversations)


async def whole(reader: SignedIn, session_id: str) -> tuple[Conversation, Sequence[Message]]:
    """Raises Problem 404."""
    found = await conversations().get(conversation_id(session_id), reader.account.id)
    if found is None:
        raise no_conversation()
    return found


def conversation_id(text: str) -> str:
    """As it is stored. Raises Problem 404 for what can be no conversation's id."""
    try:
        canonical = str(UUID(text))
    except ValueError:
        raise no_conversation() from None
    if canonical != text.lower():
        raise no_conversation()
    return canonical


def no_conversation() -> Problem:
    return Problem(404, "conversation_not_found")


def whole_document(conversation: Conversation, messages: Sequence[Message]) -> dict[str, Any]:
    return {
        "session": conversation_document(conversation),
        "messages": [message_document(message) for message in messages],
    }


FORMATS: Final[Mapping[str, Callable[[Conversation, Sequence[Message]], object]]] = {
    "json": whole_document,
    "markdown": as_markdown,
    "text": as_text,
}


def conversation_document(conversation: Conversation) -> dict[str, Any]:
    return {
        "id": conversation.id,
        "user_id": conversation.account_id,
        "title": conversation.title,
        "created_at": wire_time(conversation.created_at),
        "updated_at": wire_time(conversation.updated_at),
        "is_active": conversation.is_active,
        "message_count": conversation.message_count,
    }


def message_document(message: Message) -> dict[str, Any]:
    """The existing page needs `sources` to be null or a list of texts."""
    return {
        "id": message.id,
        "session_id": message.conversation_id,
        "role": message.role,
        "content": message.content,
        "selected_text": message.selected_text,
        "created_at": wire_time(message.created_at),
        "sources": None if message.sources is None else list(message.sources),
        "citations": None if message.citations is None else list(message.citations),
        "feedback": None,
    }
