"""The first connection: a suspended compute takes seconds to wake, and the first try may be lost on it.

What stands between us and Neon, told to the operator who set NEON_API_KEY.
"""

import asyncio
from itertools import chain, repeat
from typing import Final

from glossator.domain.errors import Unavailable
from glossator.domain.ports.database import Database
from glossator.kernel.errors import ServiceError
from glossator_plugins.postgres.failures import Failure, Hopeless, Tell

PAUSES: Final = (0.2, 0.5, 1.0)


async def wait_until_reached(database: Database, seconds: float, tell: Tell) -> None:
    """Raises ServiceError, with the last reason, at once when waiting does not help."""
    last = tell(Failure.TIMEOUT, TimeoutError(), seconds)
    try:
        async with asyncio.timeout(seconds):
            for pause in chain(PAUSES, repeat(PAUSES[-1])):
                fault = await failure(database)
                if fault is None:
                    return
                last = fault
                await asyncio.sleep(pause)
    except TimeoutError:
        raise ServiceError(last) from None


async def failure(database: Database) -> str | None:
    """Why this try failed. Raises ServiceError."""
    try:
        await database.fetchval("SELECT 1")
    except Hopeless as fault:
        raise ServiceError(fault.reason) from None
    except Unavailable as fault:
        return fault.reason
    return None


SPACE: Final = "; on a Space port 5432 may be closed: its documentation lets calls out to 80, 443 and 8080 only"
SENTENCES: Final = {
    Failure.TIMEOUT: "no answer from {host} within {seconds:g} s - check the host in NEON_API_KEY, and in the Neon "
    "console that the compute can start{space}",
    Failure.LOGIN: "{host} refused the login - check the user and the password in NEON_API_KEY",
    Failure.NO_DATABASE: "{host} has no such database - check the name at the end of NEON_API_KEY",
    Failure.NO_RIGHT: "the role of NEON_API_KEY may not connect to its database - let the owner GRANT CONNECT",
    Failure.TOO_MANY: "{host} has no connection left - lower NEON__CONNECTIONS, or use Neon's pooled host (-pooler)",
    Failure.FULL: "{host} has no memory or disk space left - free some, or raise the project's limits",
    Failure.NO_HOST: "the host {host} was not found - copy the connection string from the Neon console again",
    Failure.TLS: "no trusted TLS connection to {host} - check sslmode in NEON_API_KEY",
    Failure.NO_LISTENER: "nobody listens at {host} - check host and port in NEON_API_KEY{space}",
    Failure.BAD_STRING: "NEON_API_KEY cannot be used - copy the connection string from the Neon console again",
    Failure.POOLER: "the pooler at {host} loses prepared statements - set NEON__STATEMENT_CACHE=0",
    Failure.REFUSED: "{host} refused the connection ({kind}) - look at the project in the Neon console",
    Failure.BROKEN: "the connection to {host} broke off - try again later, or look at the project in the Neon console",
}


def telling(host: str, *, on_space: bool) -> Tell:
    def tell(failure: Failure, error: Exception, seconds: float) -> str:
        return SENTENCES[failure].format(
            host=host, seconds=seconds, kind=type(error).__name__, space=SPACE if on_space else ""
        )

    return tell
