"""Conversations in dictionaries, which can fail or hang on demand."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from glossator.domain.conversations.conversation import Conversation, Exchange, Message
from glossator.domain.conversations.thread import new_id
from glossator.domain.errors import Unavailable


@dataclass
class MemoryConversations:
    """`calls` lists the methods called; the next `failing` calls raise Unavailable; `open` unset blocks `store`."""

    rows: dict[str, Conversation] = field(default_factory=dict)
    messages: dict[str, list[Message]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    failing: int = 0
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    async def recent(self, conversation_id: str, account_id: str, limit: int) -> Sequence[Message] | None:
        self._called("recent")
        return self.messages[conversation_id][-limit:] if self._mine(conversation_id, account_id) else None

    async def store(self, account_id: str, conversation_id: str, exchange: Exchange, *, new_title: str | None) -> bool:
        self._called("store")
        await self.open.wait()
        if new_title is not None and conversation_id not in self.rows:
            self._add(conversation_id, account_id, new_title)
        if not self._mine(conversation_id, account_id):
            return False
        known = {message.id for message in self.messages[conversation_id]}
        self.messages[conversation_id] += [
            message for message in (exchange.question, exchange.answer) if message.id not in known
        ]
        self._use(conversation_id, account_id)
        return True

    async def create(self, account_id: str, title: str) -> Conversation:
        self._called("create")
        created = new_id()
        self._add(created, account_id, title)
        self._use(created, account_id)
        return self.rows[created]

    async def page(self, account_id: str, limit: int, offset: int) -> tuple[Sequence[Conversation], int]:
        self._called("page")
        found = self._of(account_id)
        counted = [replace(row, message_count=len(self.messages[row.id])) for row in found]
        return counted[offset : offset + limit], len(found)

    async def get(self, conversation_id: str, account_id: str) -> tuple[Conversation, Sequence[Message]] | None:
        self._called("get")
        if not self._mine(conversation_id, account_id):
            return None
        messages = self.messages[conversation_id]
        return replace(self.rows[conversation_id], message_count=len(messages)), messages

    async def rename(self, conversation_id: str, account_id: str, title: str) -> bool:
        self._called("rename")
        if not self._mine(conversation_id, account_id):
            return False
        self.rows[conversation_id] = replace(self.rows[conversation_id], title=title, updated_at=datetime.now(UTC))
        return True

    async def delete(self, conversation_id: str, account_id: str) -> bool:
        self._called("delete")
        if not self._mine(conversation_id, account_id):
            return False
        was_active = self.rows.pop(conversation_id).is_active
        if was_active and (left := self._of(account_id)):
            self._use(left[0].id, account_id)
        return True

    async def delete_all(self, account_id: str) -> int:
        self._called("delete_all")
        deleted = self._of(account_id)
        for row in deleted:
            del self.rows[row.id]
        return len(deleted)

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.failing:
            self.failing -= 1
            raise Unavailable("database", "failed on demand")

    def _mine(self, conversation_id: str, account_id: str) -> bool:
        return conversation_id in self.rows and self.rows[conversation_id].account_id == account_id

    def _of(self, account_id: str) -> list[Conversation]:
        mine = [row for row in self.rows.values() if row.account_id == account_id]
        return sorted(mine, key=lambda row: row.updated_at, reverse=True)

    def _add(self, conversation_id: str, account_id: str, title: str) -> None:
        now = datetime.now(UTC)
        self.rows[conversation_id] = Conversation(conversation_id, account_id, title, now, now, True, 0)
        self.messages[conversation_id] = []

    def _use(self, conversation_id: str, account_id: str) -> None:
        for row in self._of(account_id):
            self.rows[row.id] = replace(row, is_active=row.id == conversation_id)
        self.rows[conversation_id] = replace(self.rows[conversation_id], updated_at=datetime.now(UTC))
