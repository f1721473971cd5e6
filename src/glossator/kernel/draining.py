"""Tells open streams that the process is about to stop."""

import asyncio


class Draining(asyncio.Event):
    """Set when the process was told to stop; streams then say so and end."""
