"""Pages of other sites, each with its own origin."""

from collections.abc import Iterator

import pytest

from tests.browser.callers import site


@pytest.fixture(scope="module")
def allowed() -> Iterator[str]:
    with site() as origin:
        yield origin


@pytest.fixture(scope="module")
def foreign() -> Iterator[str]:
    with site() as origin:
        yield origin
