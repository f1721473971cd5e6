import copy
import json
import pickle

import pytest

from glossator.kernel.settings.secret import MASK, Secret

SECRET = Secret("hunter2")


@pytest.mark.parametrize("shown", [repr(SECRET), str(SECRET), f"{SECRET}", f"{SECRET!r}", repr([SECRET])])
def test_no_form_of_printing_shows_it(shown: str) -> None:
    assert "hunter2" not in shown
    assert MASK in shown


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


def test_it_is_not_pickled() -> None:
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(SECRET)


def test_it_is_no_json() -> None:
    with pytest.raises(TypeError):
        json.dumps(SECRET)


def test_it_has_no_dictionary_that_a_dump_could_show() -> None:
    assert not hasattr(SECRET, "__dict__")
    with pytest.raises(TypeError):
        copy.copy(SECRET)
