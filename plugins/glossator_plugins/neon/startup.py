"""Waits for the first connection, and words Neon's failures for the operator.

A suspended compute takes seconds to wake, and the first attempt may fail meanwhile.
"""

import asyncio
from itertools import chain, repeat
from typing import Final

from glossator.domain.errors import Unavailable
from glossator.domain.ports.database import Database
from glossator.kernel.errors import ServiceError
from glossator_plugins.postgres.failures import Failure, FailureMessage, PermanentFailure, Refusing

REFUSED_SECONDS: Final = 3.0
RETRY_PAUSES: Final = (0.2, 0.5, 1.0)


async def wait_until_ready(database: Database, seconds: float, message: FailureMessage) -> None:
    """Raises ServiceError with the last reason; earlier when waiting does not help."""
    reason, loop = message(Failure.TIMEOUT, TimeoutError(), seconds), asyncio.get_running_loop()
    refused_until = loop.time() + REFUSED_SECONDS
    try:
        async with asyncio.timeout(seconds):
            for pause in chain(RETRY_PAUSES, repeat(RETRY_PAUSES[-1])):
                error = await connection_error(database)
                if error is None:
                    return
                reason = error.reason
                if isinstance(error, Refusing) and loop.time() + pause > refused_until:
                    raise ServiceError(reason)
                await asyncio.sleep(pause)
    except TimeoutError:
        raise ServiceError(reason) from None


async def connection_error(database: Database) -> Unavailable | None:
    """None when the database answers. Raises ServiceError for a permanent failure."""
    try:
        await database.fetchval("SELECT 1")
    except PermanentFailure as error:
        raise ServiceError(error.reason) from None
    except Unavailable as error:
        return error
    return None


SPACE_HINT: Final = "; a Space may block port 5432: it documents outgoing ports 80, 443 and 8080 only"
MESSAGES: Final = {
    Failure.TIMEOUT: "no answer from {host} within {seconds:g} s - check the host in NEON_API_KEY, and in the Neon "
    "console that the compute can start{space}",
    Failure.AUTHENTICATION: "{host}: authentication failed - check the user and the password in NEON_API_KEY",
    Failure.NO_DATABASE: "{host}: the database does not exist - check the name at the end of NEON_API_KEY",
    Failure.NO_PERMISSION: "the role in NEON_API_KEY may not connect to its database - ask the owner to GRANT CONNECT",
    Failure.TOO_MANY_CONNECTIONS: "{host} has no free connection - lower NEON__CONNECTIONS, or use Neon's pooled host "
    "(-pooler)",
    Failure.OUT_OF_RESOURCES: "{host} is out of memory or disk space - free some, or raise the project's limits",
    Failure.READ_ONLY: "the database is read-only - connect to the primary compute, and check in the Neon console that "
    "the project is within its limits",
    Failure.ABORTED: "{host} aborted the statement ({kind}) - try again later",
    Failure.HOST_NOT_FOUND: "the host {host} was not found - copy the connection string from the Neon console again",
    Failure.TLS: "no trusted TLS connection to {host} - check sslmode in NEON_API_KEY",
    Failure.CONNECTION_REFUSED: "{host} refused the connection - check host and port in NEON_API_KEY{space}",
    Failure.INVALID_DSN: "NEON_API_KEY is not valid - copy the connection string from the Neon console again",
    Failure.POOLER: "the pooler at {host} loses prepared statements - set NEON__STATEMENT_CACHE=0",
    Failure.REJECTED: "{host} rejected the connection ({kind}) - check the project in the Neon console",
    Failure.DISCONNECTED: "the connection to {host} was lost - try again later, or check the project in the Neon "
    "console",
}


def neon_message(host: str, *, on_space: bool) -> FailureMessage:
    def message(failure: Failure, error: Exception, seconds: float) -> str:
        return MESSAGES[failure].format(
            host=host, seconds=seconds, kind=type(error).__name__, space=SPACE_HINT if on_space else ""
        )

    return message
