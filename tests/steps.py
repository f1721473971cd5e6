"""Counts the lines of Python that run: the same number on every machine and at every load."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import process_time
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import TraceFunction


def steps(work: Callable[[], object]) -> int:
    counted = 0

    def count(frame: FrameType, event: str, argument: object) -> "TraceFunction":
        nonlocal counted
        counted += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        work()
    finally:
        sys.settrace(before)
    return counted


def assert_linear(work: Callable[[int], object], size: int) -> None:
    """Twice the size takes at most twice the steps, after one run that fills the caches of patterns."""
    work(size // 2)
    assert steps(lambda: work(size)) <= 2.05 * steps(lambda: work(size // 2)) + 100


@contextmanager
def cpu_seconds_below(limit: float) -> Iterator[None]:
    """For searches inside of a step, which Python does not count: a linear one takes a tenth of the limit, a quadratic
    one many times it. Time of other processes does not count."""
    started = process_time()
    yield
    assert process_time() - started < limit
