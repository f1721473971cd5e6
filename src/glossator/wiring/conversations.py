from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from glossator.domain.conversations.conversation import Conversations
from glossator.domain.conversations.history import History
from glossator.domain.feedback.feedback import FeedbackStore, RecentAnswers
from glossator.domain.ports.database import Database
from glossator.domain.ports.workers import Workers
from glossator.kernel.services import Services
from glossator.storage.conversations import StoredConversations
from glossator.storage.feedback import StoredFeedback


@asynccontextmanager
async def run_history(services: Services) -> AsyncIterator[None]:
    """Provides Conversations, History and what keeps feedback. Without a database nothing is stored. Leaving it waits
    for running stores."""
    if Database not in services:
        yield
        return
    stored = StoredConversations(services.get(Database), services.get(Workers))
    services.provide(Conversations, stored)
    services.provide(FeedbackStore, StoredFeedback(services.get(Database)))
    services.provide(RecentAnswers, RecentAnswers())
    async with History(stored) as history:
        services.provide(History, history)
        yield
