"""Builds the web app with accounts and conversations."""

from dataclasses import dataclass, field
from functools import cached_property

from glossator.domain.accounts.registration import Registration
from glossator.domain.accounts.sessions.authentication import Authentication
from glossator.domain.accounts.sessions.credentials import IssuedSession
from glossator.domain.conversations.conversation import Conversations
from glossator.domain.conversations.history import History
from glossator.domain.feedback.feedback import FeedbackStore, RecentAnswers
from glossator.kernel.services import Services
from tests.accounts_in_memory import HOME, AccountsInMemory
from tests.conversations_in_memory import MemoryConversations
from tests.feedback_in_memory import MemoryFeedback
from tests.web.apps import ORIGIN, Parts


@dataclass
class ReaderParts(Parts):
    """Apps built from the same parts share accounts and conversations."""

    accounts: AccountsInMemory = field(default_factory=AccountsInMemory)
    conversations: MemoryConversations = field(default_factory=MemoryConversations)
    recent_answers: RecentAnswers = field(default_factory=RecentAnswers)
    store_wait: float = 30.0

    @cached_property
    def feedback(self) -> MemoryFeedback:
        return MemoryFeedback(self.conversations)

    @cached_property
    def history(self) -> History:
        return History(
            self.conversations, open_seconds=30.0, store_seconds=30.0, stop_seconds=30.0, wait_seconds=self.store_wait
        )

    async def sign_up(self, email: str = "ada@example.com") -> IssuedSession:
        return await self.accounts.services.accounts.sign_up(Registration(email, "Ada", "correct-horse"), HOME)

    def _services(self) -> Services:
        services = super()._services()
        services.provide(Authentication, self.accounts.services.authentication)
        services.provide(Conversations, self.conversations)
        services.provide(History, self.history)
        services.provide(FeedbackStore, self.feedback)
        services.provide(RecentAnswers, self.recent_answers)
        return services


def bearer(issued: IssuedSession) -> dict[str, str]:
    return {"Authorization": f"Bearer {issued.token}"}


def cookie(issued: IssuedSession) -> dict[str, str]:
    """The session cookie with a trusted origin."""
    return {"Cookie": f"better-auth.session_token={issued.cookie}", "Origin": ORIGIN}
