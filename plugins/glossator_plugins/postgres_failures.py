"""Which of the driver's errors mean that the database is not there now, and what to say of them.

Every other error is our own SQL's (a syntax, a constraint) and passes as it is. TimeoutError is an OSError in Python,
but a time that ran out is no dropped connection: what was sent may still be at work, and is not sent again.
"""

from typing import Final

import asyncpg

DROPPED: Final = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
)
ABSENT: Final = (*DROPPED, asyncpg.OperatorInterventionError, asyncpg.InsufficientResourcesError)
"""Also: it is there, but cancelled the statement, or has no room, memory or connection left."""


def dropped(error: Exception, *, closed: bool) -> bool:
    """`closed` is the state of the connection: an interface error on an open one is a mistake of the caller."""
    if isinstance(error, TimeoutError) or (isinstance(error, asyncpg.InterfaceError) and not closed):
        return False
    return isinstance(error, DROPPED)


def absent(error: Exception, *, closed: bool) -> bool:
    if isinstance(error, asyncpg.InterfaceError):
        return closed
    return isinstance(error, ABSENT)


def reason(error: Exception, seconds: float) -> str:
    """A sentence of ours, with what to do; nothing of the server's own text."""
    if isinstance(error, TimeoutError):
        return f"no answer within {seconds:g} s - is it awake, reachable and not overloaded?"
    if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError):
        return "the login was refused - check the user and the password of the connection string"
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        return "there is no such database - check the name in the connection string"
    if isinstance(error, asyncpg.InsufficientResourcesError):
        return "the server has no connection, memory or disk space left - free some, or give it more"
    return "no connection, or it broke off - check that the server runs and can be reached"
