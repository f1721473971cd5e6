"""Moments as every answer shows them."""

from datetime import UTC, datetime


def wire_time(moment: datetime) -> str:
    """In UTC, with exactly three digits: a browser's client takes six for that many milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
