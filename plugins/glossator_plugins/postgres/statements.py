"""What a trace says of a SQL statement: its verbs and tables, without its values."""

import re
from functools import lru_cache
from typing import Final

from glossator.kernel.spans import TracedOperation

SYSTEM: Final = "postgresql"
STATEMENTS: Final = 512
TRANSACTION: Final = TracedOperation("transaction", {"db.system.name": SYSTEM, "db.operation.name": "TRANSACTION"})
NAMED: Final = re.compile(
    r"(?<!DO )(?<!FOR )\b(SELECT|INSERT|UPDATE|DELETE)\b"
    r"|(?:(?<!DISTINCT )\bFROM|\bINTO|\bJOIN|(?<=UPDATE))\s+(?:ONLY\s+)?"
    r"(?!(?:SET|SKIP|OF|NOWAIT|LATERAL)\b)\"?([\w.]+)",
    re.IGNORECASE,
)
FUNCTION: Final = re.compile(r"SELECT\s+(?:\*\s+FROM\s+)?([\w.]+)\(", re.IGNORECASE)
LITERAL: Final = re.compile(r"'(?:[^']|'')*'|--[^\n]*")
MAX_LENGTH: Final = 255


@lru_cache(STATEMENTS)
def operation_of(sql: str) -> TracedOperation:
    """Named by the conventions for databases."""
    statement = LITERAL.sub("", sql)
    verb = statement.split(maxsplit=1)[0].upper() if statement.strip() else "UNKNOWN"
    summary = summary_of(statement) or verb
    return TracedOperation(summary, {"db.system.name": SYSTEM, "db.operation.name": verb, "db.query.summary": summary})


def summary_of(statement: str) -> str:
    """Such as `SELECT chat_sessions chat_messages`: each verb with its tables, or with its function."""
    words: list[str] = []
    for verb, table in ((found[1], found[2]) for found in NAMED.finditer(statement)):
        word = verb.upper() if verb else table
        if not words or words[-1] != word:
            words.append(word)
    if len(words) == 1 and (called := FUNCTION.search(statement)):
        words.append(called[1])
    return " ".join(words)[:MAX_LENGTH]
