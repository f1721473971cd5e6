"""The time of day as a parameter, so that a test needs no waiting."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the moment with its zone."""


def now() -> datetime:
    return datetime.now(UTC)
