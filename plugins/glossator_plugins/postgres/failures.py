"""Classifies the driver's errors: which mean that the database is unavailable, and which message belongs to each.

All other errors come from our own SQL (a syntax error, a constraint) and are raised unchanged. A TimeoutError is an
OSError in Python but no lost connection: the statement may still run, so it is not retried.
"""

import socket
import ssl
from collections.abc import Callable
from enum import Enum, auto
from typing import Final

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from glossator.domain.errors import Unavailable

CONNECTION_LOST: Final = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
)
STATEMENT_LOST: Final = (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError)
UNAVAILABLE: Final = (
    *CONNECTION_LOST,
    *STATEMENT_LOST,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.TransactionRollbackError,
    asyncpg.PostgresSystemError,
)
"""The last five: the server cancelled the statement; is out of disk space, memory or connections; takes no writes;
ended a transaction, such as one of two in a deadlock; or cannot read or write its files."""


class Failure(Enum):
    """Why the database is unavailable."""

    TIMEOUT = auto()
    AUTHENTICATION = auto()
    NO_DATABASE = auto()
    NO_PERMISSION = auto()
    TOO_MANY_CONNECTIONS = auto()
    OUT_OF_RESOURCES = auto()
    READ_ONLY = auto()
    ABORTED = auto()
    HOST_NOT_FOUND = auto()
    TLS = auto()
    CONNECTION_REFUSED = auto()
    INVALID_DSN = auto()
    POOLER = auto()
    REJECTED = auto()
    DISCONNECTED = auto()


FailureMessage = Callable[[Failure, Exception, float], str]
"""Returns the problem and the fix; names at most the error's class, never its text. The float is the timeout."""

PERMANENT: Final = {
    Failure.AUTHENTICATION, Failure.NO_DATABASE, Failure.NO_PERMISSION, Failure.HOST_NOT_FOUND, Failure.TLS,
    Failure.INVALID_DSN, Failure.POOLER,
}  # fmt: skip
FAILURES: Final[dict[type[Exception], Failure]] = {
    TimeoutError: Failure.TIMEOUT,
    asyncpg.InvalidAuthorizationSpecificationError: Failure.AUTHENTICATION,
    asyncpg.InvalidCatalogNameError: Failure.NO_DATABASE,
    asyncpg.InsufficientPrivilegeError: Failure.NO_PERMISSION,
    asyncpg.TooManyConnectionsError: Failure.TOO_MANY_CONNECTIONS,
    asyncpg.InsufficientResourcesError: Failure.OUT_OF_RESOURCES,
    asyncpg.ReadOnlySQLTransactionError: Failure.READ_ONLY,
    asyncpg.TransactionRollbackError: Failure.ABORTED,
    asyncpg.PostgresSystemError: Failure.ABORTED,
    asyncpg.ClientConfigurationError: Failure.INVALID_DSN,
    asyncpg.InvalidSQLStatementNameError: Failure.POOLER,
    asyncpg.DuplicatePreparedStatementError: Failure.POOLER,
    socket.gaierror: Failure.HOST_NOT_FOUND,
    ssl.SSLError: Failure.TLS,
    ConnectionRefusedError: Failure.CONNECTION_REFUSED,
    asyncpg.PostgresConnectionError: Failure.DISCONNECTED,
    asyncpg.OperatorInterventionError: Failure.DISCONNECTED,
    asyncpg.PostgresError: Failure.REJECTED,
}
"""The first match counts. An error without a match is a lost connection."""

MESSAGES: Final = {
    Failure.AUTHENTICATION: "authentication failed - check the user and the password in the connection string",
    Failure.NO_DATABASE: "the database does not exist - check the name in the connection string",
    Failure.TOO_MANY_CONNECTIONS: "the server has no free connection - close some, or raise its max_connections",
    Failure.OUT_OF_RESOURCES: "the server is out of memory or disk space - free some, or add more",
    Failure.READ_ONLY: "the database is read-only - check default_transaction_read_only",
    Failure.ABORTED: "the server aborted the statement - see its log",
}


class PermanentFailure(Unavailable):
    """A retry does not help: a setting is wrong."""


class ReadOnly(Unavailable):
    """Writes fail, but reads work."""


class Refusing(Unavailable):
    """Nothing listens at the address: the server is stopped, or the address is wrong. A sleeping one accepts."""


KINDS: Final[dict[Failure, type[Unavailable]]] = {
    Failure.CONNECTION_REFUSED: Refusing,
    Failure.READ_ONLY: ReadOnly,
}


def is_connection_lost(error: Exception, *, closed: bool) -> bool:
    """`closed` is the connection's state: an InterfaceError on an open connection is the caller's mistake."""
    if isinstance(error, TimeoutError) or (isinstance(error, asyncpg.InterfaceError) and not closed):
        return False
    return isinstance(error, CONNECTION_LOST)


def is_unavailable(error: Exception, *, closed: bool) -> bool:
    if isinstance(error, asyncpg.InterfaceError):
        return closed
    return isinstance(error, UNAVAILABLE)


def classify(error: Exception) -> Failure:
    if type(error) is ConnectionError and "SSL" in str(error):  # the driver's own, when the server has no TLS
        return Failure.TLS
    return next((failure for kind, failure in FAILURES.items() if isinstance(error, kind)), Failure.DISCONNECTED)


def to_unavailable(service: str, error: Exception, seconds: float, message: FailureMessage) -> Unavailable:
    """A PermanentFailure when only a changed setting helps; a name server that is busy may answer in a moment."""
    failure = classify(error)
    transient = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
    kind = PermanentFailure if failure in PERMANENT and not transient else KINDS.get(failure, Unavailable)
    return kind(service, message(failure, error, seconds))


def default_message(failure: Failure, _: Exception, seconds: float) -> str:
    """For a server of our own."""
    if failure is Failure.TIMEOUT:
        return f"no answer within {seconds:g} s - check that the server runs, is reachable and not overloaded"
    return MESSAGES.get(failure, "not connected, or the connection was lost - check that the server runs")


def is_closed(connection: "PoolConnectionProxy[asyncpg.Record]") -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # the pool has already released the broken connection
        return True
