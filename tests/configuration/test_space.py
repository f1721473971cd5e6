from typing import get_args

import pytest

from glossator.configuration.server import SERVER_HOSTS, SERVER_SETTINGS, with_server_names
from glossator.configuration.space import SPACE_SETTINGS, SpaceStatus, space_of
from glossator.kernel.settings.setting import Setting, Settings
from glossator.kernel.settings.types import SECRET, optional
from tests.operators import Operator

KEY = Setting("SOME_KEY", optional(SECRET), "")
OTHER_KEY = Setting("OTHER_KEY", optional(SECRET), "")


def test_a_space_is_described_by_its_variables(operator: Operator) -> None:
    operator.set_env(
        {
            "SPACE_ID": "someone/their-book",
            "SPACE_HOST": "someone-their-book.hf.space",
            "SPACE_AUTHOR_NAME": "someone",
            "SPACE_REPO_NAME": "their-book",
            "SOME_KEY": "hunter2",
        }
    )

    space = space_of(operator.load(*SPACE_SETTINGS, KEY, OTHER_KEY).settings)

    assert space is not None
    assert space.space_url == "https://someone-their-book.hf.space"
    assert (space.username, space.space_name, space.sdk_type) == ("someone", "their-book", "docker")
    assert space.secrets == {"SOME_KEY": "set", "OTHER_KEY": "missing"}
    assert "hunter2" not in repr(space)


def test_the_id_alone_names_the_space_and_its_owner(operator: Operator) -> None:
    operator.set_env({"SPACE_ID": "someone/their-book"})

    space = space_of(operator.load(*SPACE_SETTINGS).settings)

    assert space is not None
    assert (space.username, space.space_name, space.space_url) == ("someone", "their-book", None)


def test_without_its_variables_there_is_no_space() -> None:
    assert space_of(Settings.of(dict.fromkeys(SPACE_SETTINGS))) is None


@pytest.mark.parametrize("host", ["a b", "a/b", "user@host", "https://x"])
def test_an_invalid_host_of_the_space_is_an_error(operator: Operator, host: str) -> None:
    operator.set_env({"SPACE_HOST": host})

    assert operator.load_errors(*SPACE_SETTINGS)[0].startswith("SPACE_HOST: must be a host name")


@pytest.mark.parametrize("status", get_args(SpaceStatus))
def test_a_space_is_building_until_its_status_changes(operator: Operator, status: SpaceStatus) -> None:
    operator.set_env({"SPACE_ID": "a/b"})

    space = space_of(operator.load(*SPACE_SETTINGS).settings)

    assert space is not None
    assert space.status == "building"
    assert space.with_status(status).status == status


@pytest.mark.parametrize(
    ("variables", "hosts"),
    [
        ({"SERVER__HOST": "0.0.0.0"}, ()),
        ({"SERVER__HOST": "0.0.0.0", "SPACE_HOST": "Me-Book.hf.space"}, ("me-book.hf.space",)),
        ({"SERVER__HOST": "0.0.0.0", "SPACE_HOST": "a.hf.space", "SERVER__HOSTS": "book.example"}, ("book.example",)),
        ({"SERVER__HOST": "127.0.0.1"}, ("localhost", "127.0.0.1", "[::1]")),
    ],
)
def test_host_names_are_checked_on_a_space_on_loopback_and_where_the_operator_names_them(
    operator: Operator, variables: dict[str, str], hosts: tuple[str, ...]
) -> None:
    operator.set_env(variables)
    settings = operator.load(*SERVER_SETTINGS, *SPACE_SETTINGS).settings
    names = with_server_names(settings, space_of(settings))[SERVER_HOSTS]

    assert names == hosts
