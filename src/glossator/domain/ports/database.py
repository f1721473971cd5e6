from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol


class Row(Protocol):
    """A row with access by column name."""

    def __getitem__(self, column: str, /) -> Any: ...
    def keys(self) -> Iterable[str]: ...


class Statements(Protocol):
    """Statements with `$1` parameters. Each may raise Unavailable."""

    async def fetch(self, sql: str, *args: object) -> Sequence[Row]: ...
    async def fetchrow(self, sql: str, *args: object) -> Row | None: ...
    async def fetchval(self, sql: str, *args: object) -> Any: ...
    async def execute(self, sql: str, *args: object) -> str: ...


class Database(Statements, Protocol):
    """PostgreSQL. Outside a transaction each statement uses a connection of its own from the pool.

    A statement that fails on a dead connection is retried once where that is safe: when it only reads or was not sent.
    """

    def transaction(self) -> AbstractAsyncContextManager[Statements]:
        """Uses one connection for the block; commits at its end, or rolls back when it raises."""
        ...
