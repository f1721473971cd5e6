from glossator.domain.rewriting.cache.single_flight import NegativeCache


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_failure_expires() -> None:
    clock = Clock()
    failed = NegativeCache(seconds=10, clock=clock)
    failed.add(b"a")

    clock.now = 9.9
    assert b"a" in failed
    assert b"b" not in failed
    clock.now = 10.0
    assert b"a" not in failed


def test_the_oldest_failures_are_evicted() -> None:
    failed = NegativeCache(max_entries=2)

    for key in (b"a", b"b", b"a", b"c"):
        failed.add(key)

    assert [key in failed for key in (b"a", b"b", b"c")] == [True, False, True]
