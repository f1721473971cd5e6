"""The current time as a parameter, so that tests need not wait."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns an aware datetime."""


def now() -> datetime:
    return datetime.now(UTC)
