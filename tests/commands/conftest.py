from collections.abc import Iterator

import pytest

from tests.processes import WITHOUT_DATABASE, Workplace


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A folder with a running server. A test that adds a page removes it."""
    place = Workplace.made_in(tmp_path_factory.mktemp("served"))
    with place.having(**WITHOUT_DATABASE).starts("dev") as running:
        running.is_loaded()
        yield place


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A data folder with a book and without a running server. A test that adds a page removes it."""
    place = Workplace.made_in(tmp_path_factory.mktemp("filled"))
    place = place.having(GLOSSATOR_ENV="embedded", **WITHOUT_DATABASE)
    assert place.runs("ingest").code == 0
    return place


@pytest.fixture(params=["no server", "running server"])
def with_book(request: pytest.FixtureRequest) -> Workplace:
    name = "filled" if request.param == "no server" else "served"
    place = request.getfixturevalue(name)
    assert isinstance(place, Workplace)
    return place
