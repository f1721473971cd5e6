"""What replicas share: sessions, votes, limits, ingests, the book and the budget. A failed check ends the program."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import cycle, islice
from typing import Final

import httpx

from bench.readers import in_parallel
from tools.replicas.site import ADMIN_KEY, POLL_SECONDS, Replicas, everywhere, until

ADMIN: Final = {"Authorization": f"Bearer {ADMIN_KEY}"}
CHATS: Final = 12
"""Questions a minute for one network, on all replicas together."""
BUDGET: Final = 0.02
SETTINGS: Final = {"LIMITS__CHAT_PER_NETWORK": str(CHATS), "BUDGET__SITE_DAY": str(BUDGET)}
SESSION_SECONDS: Final = 6.0
JOB_SECONDS: Final = 60.0
QUESTION: Final = {"query": "What does an inverted index list?"}
PAGES: Final = 60
READERS: Final = 12
STOP_AFTER: Final = 1.5
READER: Final = {"email": "ada@example.com", "password": "correct-horse", "name": "Ada"}
ASKED_AT_ONCE: Final = 8
ASKED: Final = 300
HTTP_OK: Final = 200
REFUSED: Final = 429
CONFLICT: Final = 409
UNAUTHORIZED: Final = 401
NOTHING: Final = 204


def check(ok: bool, line: str) -> str:
    if not ok:
        raise SystemExit(f"FAILED: {line}")
    return line


async def sessions_end_everywhere(client: httpx.AsyncClient, running: Replicas) -> str:
    """Each replica has the session in its cache before it ends on the first one."""
    first, *others = running.urls
    signed_up = (await client.post(f"{first}/api/auth/sign-up/email", json=READER)).raise_for_status().json()
    client.cookies.clear()
    token = {"Authorization": f"Bearer {signed_up['token']}"}
    for url in running.urls:
        (await client.get(f"{url}/api/auth/verify", headers=token)).raise_for_status()
    (await client.post(f"{first}/api/auth/sign-out", headers=token)).raise_for_status()
    began = time.monotonic()
    for url in others:
        await until(partial(is_signed_out, client, url, token), SESSION_SECONDS, f"the session ends on {url}")
    return f"a session that ended on one replica ended on the others after {time.monotonic() - began:.1f} s"


async def is_signed_out(client: httpx.AsyncClient, url: str, token: dict[str, str]) -> bool:
    return (await client.get(f"{url}/api/auth/verify", headers=token)).status_code == UNAUTHORIZED


async def limits_and_votes(client: httpx.AsyncClient, running: Replicas) -> str:
    """More questions than the limit, through the proxy and from one network; then a vote on each answer."""
    replies = [await client.post(f"{running.url}/chat", json=QUESTION) for _ in range(CHATS + len(running.servers))]
    statuses = Counter(reply.status_code for reply in replies)
    check(statuses == {HTTP_OK: CHATS, REFUSED: len(running.servers)}, f"questions by status: {dict(statuses)}")
    ids = [reply.json()["request_id"] for reply in replies if reply.is_success]
    votes = Counter([(await vote(client, running.url, request_id)) for request_id in ids])
    check(votes == {NOTHING: CHATS}, f"votes by status: {dict(votes)}")
    return f"of {len(replies)} questions of a network {CHATS} were answered, the others refused; {CHATS} votes stored"


async def vote(client: httpx.AsyncClient, url: str, request_id: str) -> int:
    body = {"request_id": request_id, "rating": "up"}
    return (await client.post(f"{url}/feedback", json=body)).status_code


async def one_ingest_runs(client: httpx.AsyncClient, running: Replicas) -> str:
    """Every replica refuses a second one, reports the first one, and then serves the new build instead of the old."""
    first, *others = running.urls
    files = [("files", (f"{n}.md", f"# Animal {n}\n\nThe quokka of page {n} smiles.\n")) for n in range(PAGES)]
    started = await client.post(f"{first}/ingest?replace=all&new_book=1&budget=1", headers=ADMIN, files=files)
    job = started.raise_for_status().json()["job_id"]
    for url in others:
        refused = await client.post(f"{url}/ingest", headers=ADMIN, files=files[:1])
        check(refused.status_code == CONFLICT, f"a second ingest was answered with {refused.status_code}")
        check(not await is_done(client, url, job), "the ingest ended before the second one began")
    async with searched(client, running) as statuses:
        await until(partial(is_done, client, others[-1], job), JOB_SECONDS, "the ingest ends")
        seconds = await everywhere(running, "quokka")
    check(set(statuses) == {HTTP_OK}, f"searches meanwhile, by status: {dict(statuses)}")
    return (
        f"one ingest ran, {len(others)} were refused; {seconds:.0f} s after it all replicas served the new book, "
        f"and none of {statuses[HTTP_OK]} searches failed"
    )


@asynccontextmanager
async def searched(client: httpx.AsyncClient, running: Replicas) -> AsyncIterator[Counter[int]]:
    """Searches by words on every replica in turn, while the block runs; the number of responses by status."""
    statuses: Counter[int] = Counter()

    async def search() -> None:
        for url in cycle(running.urls):
            reply = await client.post(f"{url}/search", json={"query": "inverted quokka", "mode": "words"})
            statuses[reply.status_code] += 1
            await asyncio.sleep(POLL_SECONDS)

    task = asyncio.create_task(search())
    try:
        yield statuses
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def is_done(client: httpx.AsyncClient, url: str, job: str) -> bool:
    found = (await client.get(f"{url}/ingest/{job}", headers=ADMIN)).raise_for_status().json()
    check(found["state"] in ("running", "done"), f"the ingest is {found['state']}: {found.get('detail')}")
    return bool(found["state"] == "done")


async def budget_is_kept(client: httpx.AsyncClient, running: Replicas) -> str:
    """Readers of many networks ask on all replicas until nothing is left."""
    modes: Counter[str] = Counter()
    numbers = iter(range(ASKED))

    async def ask(url: str) -> None:
        for number in numbers:
            network = {"X-Forwarded-For": f"203.0.{number // 250}.{number % 250 + 1}"}
            answer = (await client.post(f"{url}/chat", json=QUESTION, headers=network)).raise_for_status().json()
            modes[answer["mode"] if answer["reason"] is None else answer["reason"]] += 1

    await asyncio.gather(*(ask(url) for url in islice(cycle(running.urls), ASKED_AT_ONCE)))
    spent = {await spent_today(client, url) for url in running.urls}
    check(modes["over_budget"] > 0 and modes["generated"] > 0, f"answers: {dict(modes)}")
    check(max(spent) <= BUDGET, f"{max(spent):.4f} of {BUDGET} USD were spent")
    return (
        f"of {BUDGET} USD a day {max(spent):.4f} were spent on {modes['generated']} answers, then the book was quoted"
    )


async def spent_today(client: httpx.AsyncClient, url: str) -> float:
    days = (await client.get(f"{url}/usage?days=1", headers=ADMIN)).raise_for_status().json()["days"]
    return sum(float(kind["usd"]) for day in days for name, kind in day["kinds"].items() if name != "ingest")


async def a_stop_loses_nothing(running: Replicas) -> str:
    """One replica is terminated while readers wait for answers, as at a restart; it ends its streams at once."""
    asking = asyncio.create_task(in_parallel(running.url, "/chat/stream", READERS, 4))
    await asyncio.sleep(STOP_AFTER)
    os.kill(running.servers[0].pid, signal.SIGTERM)
    readings = await asking
    lost = [reading for reading in readings if reading.status != HTTP_OK or not {"final", "error"} & {*reading.events}]
    check(not lost, f"lost by the stop of a replica: {lost}")
    complete = sum(reading.is_complete for reading in readings)
    return f"a replica stopped: of {len(readings)} streams {complete} were complete, the others ended with an event"
