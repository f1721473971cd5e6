"""The port FeedbackStore in the database.

A vote holds the rows of its account and its message until it is written, so that neither can be deleted meanwhile; the
account comes first, as where an account is deleted.
"""

import json
from dataclasses import asdict
from typing import Final

from glossator.domain.answering.question import section_label
from glossator.domain.feedback.feedback import Feedback, RatedAnswer, RatedSection
from glossator.domain.ports.database import Database

ANSWER: Final = """
SELECT coalesce(d.request_id, m.id) AS id, d.mode, d.citations
FROM chat_messages m JOIN chat_sessions s ON s.id = m.session_id
LEFT JOIN glossator.message_details d ON d.message_id = m.id
WHERE m.id = $1 AND s.user_id = $2 AND m.role = 'assistant'
"""
PUT: Final = """
WITH owner AS MATERIALIZED (SELECT id FROM users WHERE id = $2 FOR KEY SHARE),
message AS MATERIALIZED (
    SELECT m.id FROM chat_messages m WHERE m.id = $3 AND EXISTS (SELECT FROM owner) FOR KEY SHARE OF m
)
INSERT INTO glossator.feedback AS there
    (answer_id, account_id, message_id, rating, reason, citation, comment, mode, mode_reason, sections)
SELECT $1, $2, (SELECT id FROM message), $4, $5, $6, $7, $8, $9, $10
WHERE $2::text IS NULL OR EXISTS (SELECT FROM owner)
ON CONFLICT (answer_id) DO UPDATE SET
    rating = excluded.rating, reason = excluded.reason, citation = excluded.citation, comment = excluded.comment,
    message_id = excluded.message_id, given_at = now()
"""
WITHDRAW: Final = """
WITH question AS (DELETE FROM glossator.asked_questions WHERE answer_id = $1)
DELETE FROM glossator.feedback WHERE answer_id = $1
"""


class StoredFeedback:
    """Implements FeedbackStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def answer(self, message_id: str, account_id: str) -> RatedAnswer | None:
        row = await self._database.fetchrow(ANSWER, message_id, account_id)
        if row is None:
            return None
        citations = json.loads(row["citations"] or "[]")
        sections = tuple(
            RatedSection(section_label(str(one.get("title", "")), str(one.get("heading", ""))), one.get("n"))
            for one in citations
        )
        return RatedAnswer(row["id"], account_id, message_id, row["mode"], sections=sections)

    async def put(self, answer: RatedAnswer, feedback: Feedback) -> bool:
        given = feedback.rating, feedback.reason, feedback.citation, feedback.comment
        sections = json.dumps([asdict(section) for section in answer.sections], ensure_ascii=False)
        written = await self._database.execute(
            PUT, answer.id, answer.account_id, answer.message_id, *given, answer.mode, answer.mode_reason, sections
        )
        return written == "INSERT 0 1"

    async def withdraw(self, answer: RatedAnswer) -> None:
        await self._database.execute(WITHDRAW, answer.id)
