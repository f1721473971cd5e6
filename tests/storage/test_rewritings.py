"""Results of rewriting: one suite over memory and over PostgreSQL."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from glossator.domain.ports import Database
from glossator.domain.rewriting.memory import MemoryRewritings
from glossator.domain.rewriting.ports import CacheStats, Entry, Rewritings
from glossator.storage.rewritings import StoredRewritings

BOUND = 100
Cache = Callable[[int], Rewritings]


@pytest.fixture(params=["memory", "postgres"])
def made(request: pytest.FixtureRequest) -> Cache:
    if request.param == "memory":
        return MemoryRewritings
    database: Database = request.getfixturevalue("database")
    return lambda most: StoredRewritings(database, most, sweep_every=1)


@pytest.fixture
def cache(made: Cache) -> Rewritings:
    return made(BOUND)


def entry(name: str, *, pinned: bool = False, size: int = 10) -> Entry:
    return Entry(name.encode(), "x" * size, pinned)


async def names(cache: Rewritings, wanted: str) -> str:
    found = await cache.get([name.encode() for name in wanted])
    return "".join(name for name in wanted if name.encode() in found)


async def test_what_was_stored_is_found_as_it_was(cache: Rewritings) -> None:
    text = "ترجمہ\u200b\n`code` “quoted”"
    await cache.put(Entry(b"\x00\xff", text))

    assert await cache.get([b"\x00\xff", b"other"]) == {b"\x00\xff": text}


async def test_the_first_result_stays(cache: Rewritings) -> None:
    await cache.put(Entry(b"a", "first", pinned=True))

    await cache.put(Entry(b"a", "second"))
    await cache.put(Entry(b"a", "third", pinned=True))

    assert await cache.get([b"a"]) == {b"a": "first"}


async def test_a_pinned_result_pins_the_one_that_is_there(cache: Rewritings) -> None:
    await cache.put(entry("a"))

    await cache.put(entry("a", pinned=True))

    assert (await cache.stats()).pinned == 1


async def test_statistics_count_entries_and_bytes(cache: Rewritings) -> None:
    assert await cache.stats() == CacheStats(0, 0, 0)
    for one in (Entry(b"a", "ت"), Entry(b"b", "bb", pinned=True)):
        await cache.put(one)

    assert await cache.stats() == CacheStats(entries=2, pinned=1, bytes=4)


async def test_beyond_the_bound_the_oldest_go(cache: Rewritings) -> None:
    for name in "abcdefghijkl":
        await cache.put(entry(name))

    assert await names(cache, "abcdefghijkl") == "cdefghijkl"


async def test_pinned_ones_never_go(cache: Rewritings) -> None:
    for name in "abcdefghijkl":
        await cache.put(entry(name, pinned=name < "d"))
    for name in "mnopqrstuvwxyz":
        await cache.put(entry(name))

    assert await names(cache, "abc") == "abc"
    assert (await cache.stats()).bytes <= BOUND


async def test_pinning_keeps_what_is_there(cache: Rewritings) -> None:
    await cache.put(entry("a"))
    await cache.pin([b"a", b"nothing"])

    for name in "bcdefghijklmnop":
        await cache.put(entry(name))

    assert await names(cache, "ab") == "a"


async def test_clearing_leaves_pinned_ones_unless_told_otherwise(cache: Rewritings) -> None:
    for name in "abc":
        await cache.put(entry(name, pinned=name == "a"))

    assert await cache.clear(pinned=False) == 2
    assert await names(cache, "abc") == "a"
    assert await cache.clear(pinned=True) == 1


async def test_many_at_once(made: Cache) -> None:
    cache = made(10_000)

    await asyncio.gather(*(cache.put(entry(f"{number % 10}")) for number in range(50)))

    assert (await cache.stats()).entries == 10


async def test_memory_keeps_what_was_used_last() -> None:
    cache = MemoryRewritings(BOUND)
    for name in "abcdefghij":
        await cache.put(entry(name))
    await cache.get([b"a"])

    await cache.put(entry("k"))

    assert await names(cache, "ab") == "a"


async def test_the_database_keeps_what_was_used_within_the_hour(database: Database) -> None:
    cache = StoredRewritings(database, BOUND, sweep_every=1)
    for name in "abcdefghij":
        await cache.put(entry(name))
    await database.execute("UPDATE glossator.rewritings SET used_at = used_at - $1::interval", timedelta(hours=2))
    await cache.get([b"a"])

    await cache.put(entry("k"))

    assert await names(cache, "ak") == "ak"
    assert (await cache.stats()).entries == 10


async def test_several_that_sweep_at_once_do_not_wait_for_each_other(database: Database) -> None:
    caches = [StoredRewritings(database, BOUND, sweep_every=1) for _ in range(3)]

    await asyncio.gather(*(cache.put(entry(f"{at}-{name}")) for at, cache in enumerate(caches) for name in range(20)))

    assert (await caches[0].stats()).entries >= 10
