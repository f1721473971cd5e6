"""The port ReportLog in the database."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from glossator.domain.ports.database import Database, Row
from glossator.domain.report.questions import Count, KeptQuestion, OpenQuestion, StoredVector, Votes

COUNT: Final = """
INSERT INTO glossator.answer_counts AS there (day, outcome, section, count)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::bigint[])
ON CONFLICT (day, outcome, section) DO UPDATE SET count = there.count + excluded.count
"""
# A message that is being deleted is not waited for: its question is left out.
KEEP: Final = """
WITH given AS (
    SELECT * FROM unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::timestamptz[]
    ) AS given (answer_id, question_id, question, problem, nearest, model, vector, asked_at)
), message AS MATERIALIZED (
    SELECT id FROM chat_messages WHERE id = ANY($2::text[]) FOR KEY SHARE SKIP LOCKED
)
INSERT INTO glossator.asked_questions (answer_id, question_id, question, problem, nearest, model, vector, asked_at)
SELECT * FROM given WHERE question_id IS NULL OR question_id IN (SELECT id FROM message)
ON CONFLICT (answer_id) DO NOTHING
"""
QUESTIONS: Final = """
SELECT left(coalesce(a.question, m.content), 2000) AS text, a.problem, a.nearest, a.model, a.vector, a.asked_at,
    f.rating IS NOT DISTINCT FROM 'down' AS rated_down
FROM glossator.asked_questions a
LEFT JOIN chat_messages m ON m.id = a.question_id
LEFT JOIN glossator.feedback f ON f.answer_id = a.answer_id
WHERE a.asked_at >= $1 AND (a.problem IS NOT NULL OR f.rating = 'down')
ORDER BY a.asked_at DESC, a.answer_id LIMIT $2
"""
COUNTED: Final = """
SELECT outcome, section, count::bigint FROM (
    SELECT outcome, section, sum(count) AS count,
        row_number() OVER (PARTITION BY outcome ORDER BY section = '' DESC, sum(count) DESC, section) AS rank
    FROM glossator.answer_counts WHERE day >= $1 GROUP BY outcome, section
) AS ranked
WHERE rank <= $2 ORDER BY outcome, rank
"""
VOTES: Final = """
SELECT rating, coalesce(reason, '') AS reason, count(*) AS count
FROM glossator.feedback WHERE given_at >= $1 GROUP BY 1, 2 ORDER BY 1, 2
"""
VOTED_SECTIONS: Final = """
SELECT section ->> 'label' AS label, count(*) AS count
FROM glossator.feedback, jsonb_array_elements(sections) AS section
WHERE given_at >= $1 AND rating = 'down' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $2
"""


class StoredReportLog:
    """Implements ReportLog."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, day: date, counts: Sequence[Count]) -> None:
        """In one order of rows, so that two processes never wait for each other's."""
        ordered = sorted((one.outcome, one.section, one.count) for one in counts)
        await self._database.execute(COUNT, day, *(list(column) for column in zip(*ordered, strict=True)))

    async def keep(self, questions: Sequence[KeptQuestion]) -> None:
        if questions:
            rows = [_to_row(question) for question in questions]
            await self._database.execute(KEEP, *(list(column) for column in zip(*rows, strict=True)))

    async def questions(self, since: datetime, limit: int) -> Sequence[OpenQuestion]:
        return [_to_question(row) for row in await self._database.fetch(QUESTIONS, since, limit)]

    async def counted(self, since: date, limit: int) -> Sequence[Count]:
        rows = await self._database.fetch(COUNTED, since, limit)
        return [Count(row["outcome"], row["section"], row["count"]) for row in rows]

    async def votes(self, since: datetime, limit: int) -> Votes:
        rows = await self._database.fetch(VOTES, since)
        sections = await self._database.fetch(VOTED_SECTIONS, since, limit)
        return Votes(
            up=sum(row["count"] for row in rows if row["rating"] == "up"),
            down=sum(row["count"] for row in rows if row["rating"] == "down"),
            reasons={row["reason"]: row["count"] for row in rows if row["rating"] == "down" and row["reason"]},
            sections={row["label"]: row["count"] for row in sections},
        )


def _to_row(question: KeptQuestion) -> tuple[object, ...]:
    vector = question.vector
    return (
        question.answer_id,
        question.question_id,
        question.text,
        question.problem,
        question.nearest,
        vector.model if vector else None,
        vector.values if vector else None,
        question.asked_at,
    )


def _to_question(row: Row) -> OpenQuestion:
    return OpenQuestion(
        text=row["text"],
        nearest=row["nearest"],
        asked_at=row["asked_at"],
        problem=row["problem"],
        rated_down=row["rated_down"],
        vector=None if row["vector"] is None else StoredVector(row["model"], row["vector"]),
    )
