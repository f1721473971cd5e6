"""Rewriting results: one suite for memory and PostgreSQL."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from glossator.domain.ports.database import Database
from glossator.domain.rewriting.cache.memory import MemoryRewritings
from glossator.domain.rewriting.ports import CachedRewriting, CacheStats, Rewritings
from glossator.storage.rewritings import EVICT, HAS_RESULT, StoredRewritings

LIMIT = 100
Cache = Callable[[int], Rewritings]


@pytest.fixture(params=["memory", "postgres"])
def new_cache(request: pytest.FixtureRequest) -> Cache:
    if request.param == "memory":
        return MemoryRewritings
    database: Database = request.getfixturevalue("database")
    return lambda max_bytes: StoredRewritings(database, max_bytes, evict_every=1)


@pytest.fixture
def cache(new_cache: Cache) -> Rewritings:
    return new_cache(LIMIT)


def entry(name: str, *, pinned: bool = False, size: int = 10) -> CachedRewriting:
    return CachedRewriting(name.encode(), "x" * size, pinned)


async def cached_names(cache: Rewritings, names: str) -> str:
    found = await cache.get([name.encode() for name in names])
    return "".join(name for name in names if name.encode() in found)


async def test_a_stored_result_is_returned_unchanged(cache: Rewritings) -> None:
    text = "ترجمہ\u200b\n`code` “quoted”"
    await cache.put(CachedRewriting(b"\x00\xff", text))

    assert await cache.get([b"\x00\xff", b"other"]) == {b"\x00\xff": text}


async def test_the_first_result_is_kept(cache: Rewritings) -> None:
    await cache.put(CachedRewriting(b"a", "first", pinned=True))

    await cache.put(CachedRewriting(b"a", "second"))
    await cache.put(CachedRewriting(b"a", "third", pinned=True))

    assert await cache.get([b"a"]) == {b"a": "first"}


async def test_a_pinned_result_pins_the_existing_one(cache: Rewritings) -> None:
    await cache.put(entry("a"))

    await cache.put(entry("a", pinned=True))

    assert (await cache.stats()).pinned == 1


async def test_statistics_count_entries_and_bytes(cache: Rewritings) -> None:
    assert await cache.stats() == CacheStats(0, 0, 0)
    for one in (CachedRewriting(b"a", "ت"), CachedRewriting(b"b", "bb", pinned=True)):
        await cache.put(one)

    assert await cache.stats() == CacheStats(entries=2, pinned=1, bytes=4)


async def test_the_oldest_results_are_evicted_beyond_the_limit(cache: Rewritings) -> None:
    for name in "abcdefghijkl":
        await cache.put(entry(name))

    assert await cached_names(cache, "abcdefghijkl") == "cdefghijkl"


async def test_pinned_results_are_never_evicted(cache: Rewritings) -> None:
    for name in "abcdefghijkl":
        await cache.put(entry(name, pinned=name < "d"))
    for name in "mnopqrstuvwxyz":
        await cache.put(entry(name))

    assert await cached_names(cache, "abc") == "abc"
    assert (await cache.stats()).bytes <= LIMIT


async def test_a_result_pinned_later_is_not_evicted(cache: Rewritings) -> None:
    await cache.put(entry("a"))
    await cache.pin([b"a", b"nothing"], "1")

    for name in "bcdefghijklmnop":
        await cache.put(entry(name))

    assert await cached_names(cache, "ab") == "a"


async def test_has_result_finds_results_by_text(cache: Rewritings) -> None:
    await cache.put(CachedRewriting(b"a", "ترجمہ " * 1000))
    await cache.put(CachedRewriting(b"b", "short"))
    await cache.put(CachedRewriting(b"c", "short"))

    assert await cache.has_result("short")
    assert not await cache.has_result("shor")
    assert not await cache.has_result("")


async def test_has_result_does_not_find_removed_results(new_cache: Cache) -> None:
    cache = new_cache(100_000)
    text = "ترجمہ " * 1000
    await cache.put(CachedRewriting(b"a", text))
    await cache.put(CachedRewriting(b"b", text))
    assert await cache.has_result(text)

    await cache.clear(pinned=True)

    assert not await cache.has_result(text)


async def test_unpinned_results_of_other_versions_are_evicted(cache: Rewritings) -> None:
    for name, version in (("a", "1"), ("b", "1"), ("c", "2")):
        await cache.put(CachedRewriting(name.encode(), "x" * 30, pinned=True, version=version))
    await cache.pin([b"b"], "2")

    assert await cache.unpin_others("2") == 1
    for name in "defghijklmnop":
        await cache.put(entry(name))

    assert await cached_names(cache, "abc") == "bc"


async def test_pinning_updates_the_version_and_keeps_the_text(cache: Rewritings) -> None:
    await cache.put(CachedRewriting(b"a", "first", pinned=True, version="1"))

    await cache.put(CachedRewriting(b"a", "second", pinned=True, version="2"))

    assert await cache.unpin_others("2") == 0
    assert await cache.get([b"a"]) == {b"a": "first"}


async def test_clear_removes_pinned_results_only_if_asked(cache: Rewritings) -> None:
    for name in "abc":
        await cache.put(entry(name, pinned=name == "a"))

    assert await cache.clear(pinned=False) == 2
    assert await cached_names(cache, "abc") == "a"
    assert await cache.clear(pinned=True) == 1


async def test_concurrent_puts(new_cache: Cache) -> None:
    cache = new_cache(10_000)

    await asyncio.gather(*(cache.put(entry(f"{number % 10}")) for number in range(50)))

    assert (await cache.stats()).entries == 10


async def test_memory_keeps_recently_used_results() -> None:
    cache = MemoryRewritings(LIMIT)
    for name in "abcdefghij":
        await cache.put(entry(name))
    await cache.get([b"a"])

    await cache.put(entry("k"))

    assert await cached_names(cache, "ab") == "a"


async def test_the_database_keeps_results_used_within_the_hour(database: Database) -> None:
    cache = StoredRewritings(database, LIMIT, evict_every=1)
    for name in "abcdefghij":
        await cache.put(entry(name))
    await database.execute("UPDATE glossator.rewritings SET used_at = used_at - $1::interval", timedelta(hours=2))
    await cache.get([b"a"])

    await cache.put(entry("k"))

    assert await cached_names(cache, "ak") == "ak"
    assert (await cache.stats()).entries == 10


async def test_concurrent_evictions_do_not_deadlock(database: Database) -> None:
    caches = [StoredRewritings(database, LIMIT, evict_every=1) for _ in range(3)]

    await asyncio.gather(*(cache.put(entry(f"{at}-{name}")) for at, cache in enumerate(caches) for name in range(20)))

    assert (await caches[0].stats()).entries >= 10


async def test_short_lived_processes_keep_the_limit_too(database: Database) -> None:
    for process in range(10):
        cache = StoredRewritings(database, LIMIT)
        for number in range(20):
            await cache.put(entry(f"{process}-{number}"))

    assert (await StoredRewritings(database, LIMIT).stats()).bytes <= LIMIT + 20 * 10


async def test_a_result_that_belongs_to_an_account_is_rejected(database: Database) -> None:
    with pytest.raises(ValueError, match="one account"):
        await StoredRewritings(database, LIMIT).put(CachedRewriting(b"a", "text", owner="account-1"))


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        (HAS_RESULT.replace("$1", "'text'"), "rewritings_result"),
        (EVICT.replace("$1", "100").replace("$2", "100"), "rewritings_used_at"),
    ],
    ids=["has_result", "sweep"],
)
async def test_every_index_is_used(database: Database, sql: str, index: str) -> None:
    await database.execute("""
        INSERT INTO glossator.rewritings (key, result, size, pinned, used_at)
        SELECT decode(md5(n::text), 'hex'), 'result ' || n, 10, n % 2 = 0, now() - n * interval '1 minute'
        FROM generate_series(1, 20000) n
    """)
    await database.execute("ANALYZE glossator.rewritings")

    plan = "\n".join(row["QUERY PLAN"] for row in await database.fetch(f"EXPLAIN {sql}"))

    assert index in plan, plan
