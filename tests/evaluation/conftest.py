from collections.abc import Iterator

import pytest

from tests.evaluation.cached_models import CachedModels, open_models


@pytest.fixture(scope="session")
def models() -> Iterator[CachedModels]:
    with open_models() as found:
        yield found
