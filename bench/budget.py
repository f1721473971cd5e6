"""What the budget costs a question: its worst case, the reservation under four caps, and the settlement.

The ledger is a PostgreSQL on this machine. Then 50 callers on each of three processes (a pool each) spend one cap.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final

from bench.figures import Figure, percentile
from glossator.domain.answering.meter import worst_case
from glossator.domain.answering.question import Question, Turn
from glossator.domain.budget.caps import USD, Payer, nanos, usd
from glossator.kernel.guards.guard import Guard
from glossator.storage.budget import StoredLedger
from glossator.storage.schema.migrations import migrate
from glossator_plugins.local_postgres.server import running_server
from glossator_plugins.postgres.pool import open_pool
from tests.domain.answering.models import ScriptedModel
from tests.domain.budget.cap_leases import CAPS, DAY_CAP, Process
from tests.options import ANSWERING_OPTIONS, POOL_OPTIONS

QUESTIONS: Final = 2000
CALLERS: Final = 50
COST: Final = 0.003
EMBEDDING_PRICE: Final = 0.02
QUESTION: Final = Question(
    "How does a follow-up question find its passages when it has only pronouns?",
    history=tuple(Turn("user", "Earlier words of the reader. " * 20) for _ in range(6)),
    payer=Payer("192.0.2.1"),
)


async def figures() -> AsyncIterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        async with running_server(Path(folder)) as postgres, AsyncExitStack() as stack:
            ledgers = []
            for _ in range(3):
                pool = await stack.enter_async_context(open_pool(postgres.dsn(), Guard("bench"), POOL_OPTIONS))
                ledgers.append(StoredLedger(pool, b"k" * 32))
                await migrate(pool)
            cold, warm = await seconds_per_question(Process(ledgers[0]))
            over = await overshoot([Process(ledger, replace(CAPS, site_day=USD)) for ledger in ledgers])
    yield Figure("budget: a warm question", (1000 * percentile(warm, 0.5),), "ms", 1.0)
    yield Figure("  its 99th percentile", (1000 * percentile(warm, 0.99),), "ms", 1.0)
    yield Figure("  the first question of a network (one round trip)", (1000 * percentile(cold, 0.5),), "ms")
    yield Figure("  150 callers on three processes: spent of a cap of 1", (over,), "USD", 1.0)


async def seconds_per_question(process: Process) -> tuple[list[float], list[float]]:
    """Of first questions, each of another network, and of questions while the leases last."""
    cold = [await seconds(process, replace(QUESTION, payer=Payer(f"198.51.100.{number}"))) for number in range(100)]
    warm = []
    for number in range(QUESTIONS):
        if number % 3 == 0:
            await process.budget.renew()
        warm.append(await seconds(process, QUESTION))
    return cold, warm[1:]


async def seconds(process: Process, question: Question) -> float:
    began = time.perf_counter()
    worst = worst_case(question, ANSWERING_OPTIONS, ScriptedModel(), EMBEDDING_PRICE)
    async with process.budget.spending(question.payer, "question", worst) as spending:
        took = time.perf_counter() - began
        spending.add_embedding(1, 1.0)
        began = time.perf_counter()
    return took + time.perf_counter() - began


async def overshoot(processes: list[Process]) -> float:
    """What readers with an account each spend until all are refused, above what was spent before, in dollars."""
    before = await processes[0].counted(replace(DAY_CAP, amount=USD))

    async def ask(process: Process, payer: Payer) -> int:
        spent = 0
        while await process.ask(payer, worst=2 * COST, cost=COST) is None:
            spent += nanos(COST)
            await asyncio.sleep(0)
        return spent

    payers = [Payer("192.0.2.1", f"account-{number}") for number in range(CALLERS)]
    spent = await asyncio.gather(*(ask(process, payer) for process in processes for payer in payers))
    return usd(before + sum(spent))
