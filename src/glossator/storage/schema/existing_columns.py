"""The four tables of the existing deployment: their definitions and what each column must allow."""

import math
from dataclasses import dataclass
from typing import Final

FAMILIES: Final = {
    "varchar": "text",
    "character varying": "text",
    "character": "text",
    "timestamptz": "timestamp with time zone",
}


@dataclass(frozen=True)
class Column:
    """`may_be_empty`: rows without a value are written, so the column must allow NULL.

    `is_looked_up`: requests look rows up by it, so it should have an index.
    """

    name: str
    type: str
    rule: str = ""
    may_be_empty: bool = False
    is_looked_up: bool = False

    @property
    def family(self) -> str:
        plain = self.type.partition("(")[0]
        return FAMILIES.get(plain, plain)

    @property
    def length(self) -> float:
        """Minimum length of text that the column must hold."""
        limit = self.type.partition("(")[2].rstrip(")")
        return int(limit) if limit else math.inf

    @property
    def is_unique(self) -> bool:
        return "PRIMARY KEY" in self.rule or "UNIQUE" in self.rule


@dataclass(frozen=True)
class ExistingTable:
    name: str
    columns: tuple[Column, ...]
    indexes: tuple[str, ...] = ()

    @property
    def definition(self) -> str:
        columns = ",\n    ".join(f"{column.name} {column.type} {column.rule}".rstrip() for column in self.columns)
        return ";\n".join([f"CREATE TABLE {self.name} (\n    {columns}\n)", *self.indexes])


ID: Final = Column("id", "varchar(36)", "PRIMARY KEY")
TIMES: Final = (
    Column("created_at", "timestamptz", "DEFAULT now()"),
    Column("updated_at", "timestamptz", "DEFAULT now()"),
)
OF_ACCOUNT: Final = Column(
    "user_id", "varchar(36)", "NOT NULL REFERENCES users (id) ON DELETE CASCADE", is_looked_up=True
)

TABLES: Final = (
    ExistingTable(
        "users",
        (
            ID,
            Column("email", "varchar(512)", "NOT NULL"),
            Column("email_hash", "varchar(64)", "NOT NULL UNIQUE"),
            Column("name", "varchar(512)"),
            Column("password_hash", "varchar(255)", "NOT NULL"),
            Column("proficiency", "varchar(50)", "DEFAULT 'pro'"),
            Column("provider", "varchar(50)", "DEFAULT 'credentials'"),
            Column("provider_id", "varchar(255)", may_be_empty=True),
            Column("email_verified", "boolean", "DEFAULT false"),
            Column("is_active", "boolean", "DEFAULT true"),
            *TIMES,
        ),
    ),
    ExistingTable(
        "user_profiles",
        (
            ID,
            OF_ACCOUNT,
            Column("technical_background", "text"),
            Column("hardware_access", "text"),
            Column("learning_goals", "text"),
            Column("preferences", "text", may_be_empty=True),
            *TIMES,
        ),
        ("CREATE INDEX ON user_profiles (user_id)",),
    ),
    ExistingTable(
        "chat_sessions",
        (
            ID,
            OF_ACCOUNT,
            Column("title", "varchar(255)", "NOT NULL DEFAULT 'New Chat'"),
            Column("is_active", "boolean", "DEFAULT true"),
            *TIMES,
        ),
        (
            "CREATE INDEX ON chat_sessions (user_id)",
            "CREATE INDEX ON chat_sessions (updated_at DESC)",
        ),
    ),
    ExistingTable(
        "chat_messages",
        (
            ID,
            Column(
                "session_id",
                "varchar(36)",
                "NOT NULL REFERENCES chat_sessions (id) ON DELETE CASCADE",
                is_looked_up=True,
            ),
            Column("role", "varchar(20)", "NOT NULL CHECK (role IN ('user', 'assistant', 'system'))"),
            Column("content", "text", "NOT NULL"),
            Column("selected_text", "text", may_be_empty=True),
            Column("sources", "text", may_be_empty=True),
            Column("created_at", "timestamptz", "DEFAULT now()"),
        ),
        (
            "CREATE INDEX ON chat_messages (session_id)",
            "CREATE INDEX ON chat_messages (created_at)",
        ),
    ),
)
