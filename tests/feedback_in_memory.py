"""Feedback in dictionaries, about the answers of conversations in memory."""

from dataclasses import dataclass, field, replace

from glossator.domain.answering.question import section_label
from glossator.domain.errors import Unavailable
from glossator.domain.feedback.feedback import Feedback, RatedAnswer, RatedSection
from tests.conversations_in_memory import MemoryConversations


@dataclass
class MemoryFeedback:
    """`votes` by the id of the answer; `gone` accounts no longer exist."""

    conversations: MemoryConversations = field(default_factory=MemoryConversations)
    votes: dict[str, tuple[RatedAnswer, Feedback]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    failing: bool = False

    async def answer(self, message_id: str, account_id: str) -> RatedAnswer | None:
        self._called()
        for conversation_id, row in self.conversations.rows.items():
            for message in self.conversations.messages[conversation_id]:
                if (message.id, message.role, row.account_id) == (message_id, "assistant", account_id):
                    sections = tuple(
                        RatedSection(section_label(one["title"], one["heading"]), one["n"])
                        for one in message.citations or ()
                    )
                    mode = None if message.interrupted else message.mode
                    return RatedAnswer(
                        message.request_id or message.id, account_id, message_id, mode, sections=sections
                    )
        return None

    async def put(self, answer: RatedAnswer, feedback: Feedback) -> bool:
        self._called()
        if answer.account_id in self.gone:
            return False
        self.votes[answer.id] = answer, feedback
        self._show(answer, feedback)
        return True

    async def withdraw(self, answer: RatedAnswer) -> None:
        self._called()
        self.votes.pop(answer.id, None)
        self._show(answer, None)

    def _show(self, answer: RatedAnswer, feedback: Feedback | None) -> None:
        """In the messages, as the database joins them."""
        for messages in self.conversations.messages.values():
            messages[:] = [
                replace(message, feedback=feedback) if message.id == answer.message_id else message
                for message in messages
            ]

    def _called(self) -> None:
        if self.failing:
            raise Unavailable("database", "failed on demand")
