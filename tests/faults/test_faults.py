"""What readers get while an upstream fails, and after it.

Nobody gets a 500 or a false "not in the book", and each answer is stored exactly once. A row of the report for each
fault is printed by `pytest -rP`.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

import pytest
import pytest_asyncio

from glossator.domain.answering.answer import NOT_FOUND
from tests.faults.kinds import FAULTS, VARIANTS, Fault
from tests.faults.readers import PAGES, Reply, Site, running_site
from tests.markdown_renderers.renderers import foreign_links, with_commonmark, with_markdown_it

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant"),
]

ROUNDS: Final = 2
RECOVERY: Final = 40
"""Requests after the end of a fault, one after the other with a pause, until an answer is complete again."""
PAUSE_SECONDS: Final = 0.2
STORE_SECONDS: Final = 60
NUMBER: Final = re.compile(r"\[(\d+)\]")
BOOK: Final = " ".join(" ".join(PAGES.values()).split())


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
    replies, reads = [], []
    async with fault.injected(site):
        for _ in range(ROUNDS):
            asked, others = await asyncio.gather(site.readers_ask(), site.readers_read())
            replies += asked
            reads += others
    recovering = await until_complete(site)
    wrong = [
        *(sentence for reply in (*replies, *recovering) for sentence in wrongs_of(reply, answered=fault.answered)),
        *(sentence for reply in reads for sentence in wrong_reads(reply, readable=fault.readable)),
    ]
    report = Report(fault.name, replies, wrong, await lost_of(site, (*replies, *recovering)), len(recovering))
    print(report.row())  # noqa: T201 - the figures of the suite

    assert report.wrong == []
    assert report.lost == []
    assert report.recovery < RECOVERY


async def until_complete(site: Site) -> list[Reply]:
    """The replies after the fault; the last is complete unless there are as many as allowed."""
    replies: list[Reply] = []
    while len(replies) < RECOVERY:
        replies.append(await site.ask())
        if is_complete(replies[-1]):
            break
        await asyncio.sleep(PAUSE_SECONDS)
    return replies


def is_complete(reply: Reply) -> bool:
    return reply.stored and (reply.body["mode"], reply.body["retrieval"]) == ("generated", "hybrid")


def wrongs_of(reply: Reply, *, answered: bool) -> list[str]:
    if not reply.is_answer:
        return [] if is_refusal(reply) and not answered else [f"{reply.status} {reply.body}"]
    response, citations = reply.body["response"], reply.body["citations"]
    cited = {citation["n"] for citation in citations}
    quoted = [quote["text"] for citation in citations for quote in citation["quotes"]]
    wrong = {
        "not in the book": reply.body["mode"] == "declined" or NOT_FOUND in response,
        "an unknown number": not {int(number) for number in NUMBER.findall(response)} <= cited,
        "a foreign link": any(foreign_links(render(response)) for render in (with_markdown_it, with_commonmark)),
        "a quote that the book does not have": not all(text in BOOK for text in quoted),
        "no text": not response.strip(),
        "a generated answer without a quote": reply.body["mode"] == "generated" and not quoted,
    }
    return [f"{name}: {reply.body}" for name, is_wrong in wrong.items() if is_wrong]


def wrong_reads(reply: Reply, *, readable: bool) -> list[str]:
    """A reader stays signed in, and the process is alive, whatever fails."""
    always = reply.question in ("/api/auth/get-session", "/health")
    if reply.status == 200 and reply.body is not None:
        return []
    return (
        [] if is_refusal(reply) and not readable and not always else [f"{reply.question}: {reply.status} {reply.body}"]
    )


def is_refusal(reply: Reply) -> bool:
    """A sentence for the reader, and when to try again."""
    return reply.status == 503 and bool(reply.body["detail"]) and reply.retry_after is not None


async def lost_of(site: Site, replies: Sequence[Reply]) -> list[str]:
    """Of signed-in readers: an answer is stored once, if need be later; a refused question at most once."""
    answers = [reply for reply in replies if reply.signed_in and reply.is_answer]
    refused = [reply for reply in replies if reply.signed_in and not reply.is_answer]
    numbers = {reply.question: await site.times_stored(reply.question) for reply in answers}
    lost = [
        f"stored and not there: {reply.question}" for reply in answers if reply.stored and not numbers[reply.question]
    ]
    for _ in range(STORE_SECONDS):
        if all(numbers.values()):
            break
        await asyncio.sleep(1)
        numbers = {question: await site.times_stored(question) for question in numbers}
    lost += [f"there {number} times: {question}" for question, number in numbers.items() if number != 1]
    return lost + [f"twice: {reply.question}" for reply in refused if await site.times_stored(reply.question) > 1]
