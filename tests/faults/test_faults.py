"""What readers get while an upstream fails, and after it.

Nobody gets a 500 or a false "not in the book", and each answer is stored exactly once. A row of the report for each
fault is printed by `pytest -rP`.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from tests.faults.checks import is_complete, lost_of, wrong_reads, wrongs_of
from tests.faults.kinds import FAULTS, VARIANTS, Fault
from tests.faults.readers import Reply, Site, running_site
from tests.small_disk import empty, fill, small_disk

pytestmark = [
    pytest.mark.xdist_group("faults"),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant"),
]

ROUNDS: Final = 2
RECOVERY: Final = 150
"""Requests after the end of a fault, one after the other with a pause, until an answer is complete again."""
PAUSE_SECONDS: Final = 0.2


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("faults")) as running:
        yield running


@dataclass(frozen=True)
class Report:
    """`wrong` are sentences about replies that nobody may get."""

    fault: str
    replies: Sequence[Reply]
    wrong: Sequence[str]
    lost: Sequence[str]
    recovery: int

    def row(self) -> str:
        statuses = ", ".join(
            f"{number} x {status}" for status, number in Counter(r.status for r in self.replies).items()
        )
        modes = Counter(str(r.body["mode"]) for r in self.replies if r.is_answer)
        stored = sum(reply.stored for reply in self.replies)
        return (
            f"{self.fault:<36} {statuses:<20} {dict(modes)!s:<36} stored {stored:>2} lost {len(self.lost)} "
            f"wrong {len(self.wrong)} recovered after {self.recovery}"
        )


CASES: Final = [
    pytest.param(fault, id=fault.name, marks=[pytest.mark.long] if fault.name in VARIANTS else []) for fault in FAULTS
]


@pytest.mark.parametrize("fault", CASES)
async def test_readers_are_answered_truly_and_nothing_is_lost(site: Site, fault: Fault) -> None:
    report = await report_on(site, fault)
    print(report.row())  # noqa: T201 - the figures of the suite

    assert report.wrong == []
    assert report.lost == []
    assert report.recovery < RECOVERY


async def test_a_full_disk_of_the_database_loses_nothing(tmp_path: Path) -> None:
    @asynccontextmanager
    async def filled(site: Site) -> AsyncIterator[None]:
        fill(disk, free=0)
        yield
        empty(disk)
        await site.postgres.stop()  # it may have ended: it cannot run without space for its log
        await site.postgres.start()

    with small_disk(tmp_path / "disk", 150) as disk:
        async with running_site(tmp_path, disk) as site:
            report = await report_on(site, Fault("database: disk full", filled, readable=False), rounds=10)
    print(report.row())  # noqa: T201

    assert report.wrong == []
    assert report.lost == []
    assert report.recovery < RECOVERY


async def report_on(site: Site, fault: Fault, rounds: int = ROUNDS) -> Report:
    replies, reads = [], []
    async with fault.injected(site):
        for _ in range(rounds):
            asked, others = await asyncio.gather(site.readers_ask(), site.readers_read())
            replies += asked
            reads += others
    recovering = await until_complete(site)
    wrong = [
        *(sentence for reply in (*replies, *recovering) for sentence in wrongs_of(reply, answered=fault.answered)),
        *(sentence for reply in reads for sentence in wrong_reads(reply, readable=fault.readable)),
    ]
    return Report(fault.name, replies, wrong, await lost_of(site, (*replies, *recovering)), len(recovering))


async def until_complete(site: Site) -> list[Reply]:
    """The replies after the fault; the last is complete unless there are as many as allowed."""
    replies: list[Reply] = []
    while len(replies) < RECOVERY:
        replies.append(await site.ask())
        if is_complete(replies[-1]):
            break
        await asyncio.sleep(PAUSE_SECONDS)
    return replies
