from collections.abc import Iterator

import pytest

from tests.processes import Workplace


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A folder with a running server."""
    place = Workplace.made_in(tmp_path_factory.mktemp("served"))
    with place.starts("dev") as running:
        running.is_loaded()
        yield place
