import copy
import json
import pickle

import pytest

from glossator.kernel.settings.secret import MASK, Secret

SECRET = Secret("hunter2")


@pytest.mark.parametrize("printed", [repr(SECRET), str(SECRET), f"{SECRET}", f"{SECRET!r}", repr([SECRET])])
def test_printing_it_shows_only_a_mask(printed: str) -> None:
    assert "hunter2" not in printed
    assert MASK in printed


def test_reveal_gives_the_text() -> None:
    assert SECRET.reveal() == "hunter2"


def test_its_length_is_known_without_revealing_it() -> None:
    assert len(SECRET) == 7


def test_a_blank_secret_is_false() -> None:
    assert not Secret("")


def test_equal_texts_are_equal_secrets() -> None:
    assert Secret("hunter2") == SECRET
    assert hash(SECRET) == hash(Secret("hunter2"))
    assert SECRET != "hunter2"


def test_it_cannot_be_pickled() -> None:
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(SECRET)


def test_it_cannot_be_encoded_as_json() -> None:
    with pytest.raises(TypeError):
        json.dumps(SECRET)


def test_it_has_no_attribute_dictionary() -> None:
    assert not hasattr(SECRET, "__dict__")
    with pytest.raises(TypeError):
        copy.copy(SECRET)
