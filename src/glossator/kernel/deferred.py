"""Loads code when it is first needed, by its place: the name of a module, a colon and a name in it.

Importing costs time in every start and memory in every process, so what few requests need is named by its place.
"""

from importlib import import_module
from typing import Any


def load(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


def place_of(named: type) -> str:
    return f"{named.__module__}:{named.__qualname__}"
