"""The port for stored conversations, implemented in `storage` over the Database port.

A conversation of another account is treated as not found. Every method raises Unavailable when the database is
unavailable.
"""

from collections.abc import Sequence
from typing import Protocol

from glossator.domain.conversations.conversation import Conversation, Exchange, Message


class Conversations(Protocol):
    async def recent(self, conversation_id: str, account_id: str, limit: int) -> Sequence[Message] | None:
        """The newest messages, oldest first; None when the conversation is not found. One round trip."""
        ...

    async def store(self, account_id: str, conversation_id: str, exchange: Exchange, *, new_title: str | None) -> bool:
        """Stores both messages in one transaction and makes the conversation the active one.

        With `new_title` it first creates the conversation. Returns False without writing when the conversation no
        longer exists. One round trip where the driver allows it.
        """
        ...

    async def create(self, account_id: str, title: str) -> Conversation:
        """The new conversation becomes the active one."""
        ...

    async def page(self, account_id: str, limit: int, offset: int) -> tuple[Sequence[Conversation], int]:
        """A page of conversations, most recently used first, and the total number."""
        ...

    async def get(self, conversation_id: str, account_id: str) -> tuple[Conversation, Sequence[Message]] | None:
        """The conversation with all its messages, oldest first."""
        ...

    async def rename(self, conversation_id: str, account_id: str, title: str) -> bool:
        """Returns whether the conversation exists; also sets `updated_at`."""
        ...

    async def delete(self, conversation_id: str, account_id: str) -> bool: ...

    async def delete_all(self, account_id: str) -> int: ...
