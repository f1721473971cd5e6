"""What conversations need stored; implemented by `storage` over the Database port.

A conversation of another account is treated like one that does not exist. Every method raises Unavailable when the
database cannot be reached.
"""

from collections.abc import Sequence
from typing import Protocol

from glossator.domain.conversations.conversation import Conversation, Exchange, Message


class Conversations(Protocol):
    async def recent(self, conversation_id: str, account_id: str, limit: int) -> Sequence[Message] | None:
        """The newest messages, oldest first; None when there is no such conversation. One round trip."""
        ...

    async def store(self, account_id: str, conversation_id: str, exchange: Exchange, *, new_title: str | None) -> bool:
        """Both messages in one transaction; with `new_title` the conversation is made first. It becomes the active one.

        False, and nothing written, when the conversation is gone. One round trip where the driver allows it.
        """
        ...

    async def create(self, account_id: str, title: str) -> Conversation:
        """It becomes the one active conversation."""
        ...

    async def page(self, account_id: str, limit: int, offset: int) -> tuple[Sequence[Conversation], int]:
        """Newest used first, with the number of all."""
        ...

    async def get(self, conversation_id: str, account_id: str) -> tuple[Conversation, Sequence[Message]] | None:
        """With every message, oldest first."""
        ...

    async def rename(self, conversation_id: str, account_id: str, title: str) -> bool:
        """Whether there was one; moves `updated_at`."""
        ...

    async def delete(self, conversation_id: str, account_id: str) -> bool: ...

    async def delete_all(self, account_id: str) -> int: ...
