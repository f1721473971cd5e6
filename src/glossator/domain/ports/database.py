from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol


class Row(Protocol):
    """A row by column name."""

    def __getitem__(self, column: str, /) -> Any: ...
    def keys(self) -> Iterable[str]: ...


class Statements(Protocol):
    """Statements with `$1` parameters. Each may raise Unavailable."""

    async def fetch(self, sql: str, *args: object) -> Sequence[Row]: ...
    async def fetchrow(self, sql: str, *args: object) -> Row | None: ...
    async def fetchval(self, sql: str, *args: object) -> Any: ...
    async def execute(self, sql: str, *args: object) -> str: ...


class Database(Statements, Protocol):
    """PostgreSQL. Outside a transaction each statement borrows a connection for itself.

    A statement that met a dead connection is sent once more where that is safe: when it only reads, or was never sent.
    """

    def transaction(self) -> AbstractAsyncContextManager[Statements]:
        """One connection until the block ends: committed, or rolled back when it raises."""
        ...
