"""The first connection: a suspended compute takes seconds to wake, and the first try may be lost on it."""

import asyncio
from itertools import chain, repeat
from typing import Final

from glossator.domain.errors import Unavailable
from glossator.domain.ports import Database
from glossator.kernel.errors import ServiceFault
from glossator_plugins.postgres_failures import Failure, Hopeless, Tell

PAUSES: Final = (0.2, 0.5, 1.0)


async def wait_until_reached(database: Database, seconds: float, tell: Tell) -> None:
    """Raises ServiceFault, with the last reason, at once when waiting does not help."""
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
        raise ServiceFault(last) from None


async def failure(database: Database) -> str | None:
    """Why this try failed. Raises ServiceFault."""
    try:
        await database.fetchval("SELECT 1")
    except Hopeless as fault:
        raise ServiceFault(fault.reason) from None
    except Unavailable as fault:
        return fault.reason
    return None
