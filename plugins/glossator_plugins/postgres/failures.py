"""Which of the driver's errors mean that the database is not there now, and what to say of them.

Every other error is our own SQL's (a syntax, a constraint) and passes as it is. TimeoutError is an OSError in Python,
but a time that ran out is no dropped connection: what was sent may still be at work, and is not sent again.
"""

import socket
import ssl
from collections.abc import Callable
from enum import Enum, auto
from typing import Final

import asyncpg

from glossator.domain.errors import Unavailable

DROPPED: Final = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
)
LOST: Final = (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError)
ABSENT: Final = (*DROPPED, *LOST, asyncpg.OperatorInterventionError, asyncpg.InsufficientResourcesError)
"""Also: it is there, but cancelled the statement, lost a prepared one, or has no room, memory or connection left."""


class Failure(Enum):
    """What stands between us and the database, as far as somebody can do something about it."""

    TIMEOUT = auto()
    LOGIN = auto()
    NO_DATABASE = auto()
    NO_RIGHT = auto()
    TOO_MANY = auto()
    FULL = auto()
    NO_HOST = auto()
    TLS = auto()
    NO_LISTENER = auto()
    BAD_STRING = auto()
    POOLER = auto()
    REFUSED = auto()
    BROKEN = auto()


Tell = Callable[[Failure, Exception, float], str]
"""A sentence of ours, with what to do; of the error only its class may be told. The number is the time in seconds."""

LASTING: Final = {
    Failure.LOGIN, Failure.NO_DATABASE, Failure.NO_RIGHT, Failure.NO_HOST, Failure.TLS, Failure.BAD_STRING,
    Failure.POOLER,
}  # fmt: skip
KINDS: Final[dict[type[Exception], Failure]] = {
    TimeoutError: Failure.TIMEOUT,
    asyncpg.InvalidAuthorizationSpecificationError: Failure.LOGIN,
    asyncpg.InvalidCatalogNameError: Failure.NO_DATABASE,
    asyncpg.InsufficientPrivilegeError: Failure.NO_RIGHT,
    asyncpg.TooManyConnectionsError: Failure.TOO_MANY,
    asyncpg.InsufficientResourcesError: Failure.FULL,
    asyncpg.ClientConfigurationError: Failure.BAD_STRING,
    asyncpg.InvalidSQLStatementNameError: Failure.POOLER,
    asyncpg.DuplicatePreparedStatementError: Failure.POOLER,
    socket.gaierror: Failure.NO_HOST,
    ssl.SSLError: Failure.TLS,
    ConnectionRefusedError: Failure.NO_LISTENER,
    asyncpg.PostgresConnectionError: Failure.BROKEN,
    asyncpg.OperatorInterventionError: Failure.BROKEN,
    asyncpg.PostgresError: Failure.REFUSED,
}
"""The first that fits counts; what fits none is a connection that broke."""

PLAIN: Final = {
    Failure.LOGIN: "the login was refused - check the user and the password of the connection string",
    Failure.NO_DATABASE: "there is no such database - check the name in the connection string",
    Failure.TOO_MANY: "the server has no connection left - free some, or give it more",
    Failure.FULL: "the server has no memory or disk space left - free some, or give it more",
}


class Hopeless(Unavailable):
    """Something is set wrongly: waiting does not help."""


def dropped(error: Exception, *, closed: bool) -> bool:
    """`closed` is the state of the connection: an interface error on an open one is a mistake of the caller."""
    if isinstance(error, TimeoutError) or (isinstance(error, asyncpg.InterfaceError) and not closed):
        return False
    return isinstance(error, DROPPED)


def absent(error: Exception, *, closed: bool) -> bool:
    if isinstance(error, asyncpg.InterfaceError):
        return closed
    return isinstance(error, ABSENT)


def failure_of(error: Exception) -> Failure:
    if type(error) is ConnectionError and "SSL" in str(error):  # the driver's own, when the server has no TLS
        return Failure.TLS
    return next((failure for kind, failure in KINDS.items() if isinstance(error, kind)), Failure.BROKEN)


def unavailable(service: str, error: Exception, seconds: float, tell: Tell) -> Unavailable:
    """Hopeless when nothing but another setting helps; a name server that does not answer may do so in a moment."""
    failure = failure_of(error)
    passing = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
    kind = Hopeless if failure in LASTING and not passing else Unavailable
    return kind(service, tell(failure, error, seconds))


def plainly(failure: Failure, _: Exception, seconds: float) -> str:
    """For a server of our own."""
    if failure is Failure.TIMEOUT:
        return f"no answer within {seconds:g} s - is it awake, reachable and not overloaded?"
    return PLAIN.get(failure, "no connection, or it broke off - check that the server runs and can be reached")
