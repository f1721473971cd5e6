"""What holds for every reply, whatever fails; each check returns sentences about what is wrong."""

import asyncio
import re
from collections.abc import Sequence
from typing import Final

from glossator.domain.answering.notices import ENGLISH
from tests.faults.readers import PAGES, Reply, Site
from tests.markdown_renderers.renderers import foreign_links, with_commonmark, with_markdown_it

STORE_SECONDS: Final = 60
NUMBER: Final = re.compile(r"\[(\d+)\]")
BOOK: Final = " ".join(" ".join(PAGES.values()).split())


def is_complete(reply: Reply) -> bool:
    return reply.stored and (reply.body["mode"], reply.body["retrieval"]) == ("generated", "hybrid")


def wrongs_of(reply: Reply, *, answered: bool) -> list[str]:
    if not reply.is_answer:
        return [] if is_refusal(reply) and not answered else [f"{reply.status} {reply.body}"]
    response, citations = reply.body["response"], reply.body["citations"]
    cited = {citation["n"] for citation in citations}
    quoted = [quote["text"] for citation in citations for quote in citation["quotes"]]
    wrong = {
        "not in the book": reply.body["mode"] == "declined" or ENGLISH.not_found in response,
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
