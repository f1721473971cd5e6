"""Turns the guard's refusals into the errors that the domain knows."""

from collections.abc import Iterator
from contextlib import contextmanager

from glossator.domain.errors import Overloaded, Unavailable
from glossator.kernel.errors import CallRefused, QueueFull


@contextmanager
def domain_refusals(service: str) -> Iterator[None]:
    """Raises Overloaded when the guard's queue is full, and Unavailable when its breaker is open."""
    try:
        yield
    except QueueFull as refused:
        raise Overloaded(refused.retry_after, service) from None
    except CallRefused as refused:
        raise Unavailable(service, str(refused), refused.retry_after) from None
