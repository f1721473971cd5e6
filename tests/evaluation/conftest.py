"""Books for whole sessions. A loop of their own keeps one index open over all tests."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest

from tests.evaluation.books import SearchedBook, searched
from tests.evaluation.cached_models import CachedModels, open_models
from tests.places import STARLETTE_DOCS


@pytest.fixture(scope="session")
def models() -> Iterator[CachedModels]:
    with open_models() as found:
        yield found
