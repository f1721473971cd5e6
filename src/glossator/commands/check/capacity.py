"""Checks what may run out while the app works: the credit of an account, the budget, and connections."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any, Final

from glossator.commands.check.findings import Finding, parse_finding
from glossator.configuration.core import Configuration
from glossator.domain.budget.budget import Budget
from glossator.domain.budget.caps import usd
from glossator.domain.errors import Unavailable
from glossator.domain.ports.chat_model import ChatModel, Prompt
from glossator.domain.ports.database import Database
from glossator.domain.ports.embedder import Embedder
from glossator.kernel.errors import ServiceError
from glossator.kernel.plugin import Description
from glossator.kernel.services import Services
from glossator.wiring.budget import wire_budget

PROMPT: Final = Prompt("Answer with one word.", "Is this a test?", max_tokens=20, step="probe")
LITTLE_LEFT: Final = 0.1
RESERVED: Final = 7
"""Connections that Neon keeps for administrators."""
COUNTED: Final = "SELECT to_regclass('glossator.budget_counts') IS NOT NULL"
SAME_STATEMENT: Final = 6


async def check_quota(embedder: Embedder | None, model: ChatModel | None) -> Finding:
    """Asks for one vector and one short answer, of a model that costs money: nothing else shows an empty account."""
    try:
        if embedder is not None:
            await embedder.embed(["book"], "question")
        if model is not None:
            async with aclosing(model.stream(PROMPT)) as events:
                async for _ in events:
                    pass
    except Unavailable as error:
        return parse_finding("quota", error.reason)
    except ServiceError as error:
        return parse_finding("quota", str(error))
    asked = " and ".join(["one vector"] * (embedder is not None) + ["one short answer"] * (model is not None))
    return Finding("quota", "ok", f"the account has credit for {asked}")


async def check_connections(database: Database, described: Description, replicas: int) -> Finding:
    """A pooler must keep the prepared statements of its clients; a server must have a connection for each of ours."""
    try:
        if described.pooled:
            for _ in range(2):  # the second time, each statement is already prepared, perhaps on another connection
                await asyncio.gather(*(database.fetchval("SELECT $1::int", n) for n in range(SAME_STATEMENT)))
            return Finding("connections", "ok", "pooled, and prepared statements work; nothing needs session state")
        allowed = int(await database.fetchval("SHOW max_connections")) - RESERVED
    except Unavailable as error:
        return parse_finding("connections", error.reason)
    wanted = described.connections * replicas
    if wanted <= allowed:
        return Finding("connections", "ok", f"at most {wanted} of the server's {allowed}")
    message = f"{replicas} processes open up to {wanted} connections, and the server allows {allowed}"
    return Finding(
        "connections", "warning", message, "lower the connections of each, or use Neon's pooled host (-pooler)"
    )


async def check_money(database: Database, configuration: Configuration) -> Finding:
    """What is left of the site's caps."""
    services = Services()
    wire_budget(services, configuration, database)
    try:
        if not await database.fetchval(COUNTED):
            return Finding("money", "ok", "nothing is counted before the first start")
        left = await services.get(Budget).left()
    except Unavailable as error:
        return parse_finding("money", error.reason)
    return money_finding([(one.cap.limit, usd(one.cap.amount), usd(one.left or 0)) for one in left])


def money_finding(caps: list[tuple[str, float, float]]) -> Finding:
    """`caps` are name, amount and what is left."""
    if not caps:
        return Finding("money", "ok", "no cap for the whole site")
    message = ", ".join(f"${left:.2f} of ${amount:.2f} left of {name}" for name, amount, left in caps)
    if all(left > amount * LITTLE_LEFT for _, amount, left in caps):
        return Finding("money", "ok", message)
    return Finding("money", "warning", f"{message}; without money the book is quoted", "raise BUDGET__SITE_*")


def money_of_usage(usage: Mapping[str, Any]) -> Finding:
    """From the body of `/usage`, which is a problem while the database is down."""
    if "caps" not in usage:
        return Finding("money", "warning", "unknown while the database is unavailable")
    shared = [cap for cap in usage["caps"] if cap["left_usd"] is not None]
    return money_finding([(cap["limit"], cap["usd"], cap["left_usd"]) for cap in shared])
