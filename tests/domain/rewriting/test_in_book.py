"""Which texts are the book's."""

import pytest

from glossator.domain.rewriting.in_book import InBook
from glossator.domain.rewriting.ports import Standing
from tests.domain.answering.models import library
from tests.indexes import MemoryIndex

PAGE = """
The inverted index maps a word to [its passages](https://book.example/a_(b).html?c#d).\u200b Each word is `stemmed`
first.

An embedding is a vector of many numbers. The cosine of two vectors measures how close their meanings are to each other.
"""
BOOK = library([("Words", PAGE), ("Others", "Something else stands here, about quite another matter.")])


@pytest.mark.parametrize(
    "text",
    [
        "The cosine of two vectors measures how close their meanings are",
        "The inverted index maps a word to its passages.\u200b Each word is stemmed first.",
        "THE COSINE OF TWO VECTORS measures how close **their meanings** are.",
        "Next chapter",
        "حرف بعد",
        PAGE,
    ],
)
async def test_texts_of_a_page_and_words_of_the_interface_pass(text: str) -> None:
    assert await InBook(BOOK).standing(text) is not Standing.OUTSIDE


@pytest.mark.parametrize(
    "text",
    [
        "Dear aunt, thank you for the parcel that you sent me at the beginning of the year.",
        "vectors two of cosine the are meanings their close how measures numbers many of vector",
        "The cosine of two vectors, dear aunt, thank you for the parcel that you sent me this year, it was a joy.",
        "of the and to a in is it of the and to a in is it of the",
        "%%% --- ### *** !!! ??? ;;; ::: ,,, ... %%% --- ### ***",
    ],
)
async def test_other_texts_do_not(text: str) -> None:
    assert await InBook(BOOK).standing(text) is Standing.OUTSIDE


@pytest.mark.parametrize(
    ("text", "standing"),
    [
        ("The cosine of two vectors measures how close their meanings are", Standing.OF_BOOK),
        ("Each word is stemmed", Standing.OF_BOOK),
        ("to its passages. Each word", Standing.OF_BOOK),
        ("The cosine of two vectors measures how close their meanings are, Ada", Standing.LET_THROUGH),
        ("Each word of Ada is stemmed", Standing.LET_THROUGH),
        ("Their passages are numbers", Standing.LET_THROUGH),
        ("Next chapter", Standing.LET_THROUGH),
    ],
)
async def test_a_text_with_other_words_or_in_another_order_is_let_through_at_most(
    text: str, standing: Standing
) -> None:
    assert await InBook(BOOK).standing(text) is standing


async def test_nothing_stands_in_an_empty_book() -> None:
    text = "The cosine of two vectors measures how close they are"
    assert await InBook(MemoryIndex()).standing(text) is Standing.OUTSIDE


@pytest.mark.parametrize(("always", "passes"), [(None, True), (False, True), (True, False)])
async def test_a_collection_of_another_program_is_asked_only_when_the_operator_says_so(
    always: bool | None, passes: bool
) -> None:
    index = library([("Words", PAGE)])
    index.shelves[0] = index.shelves.pop(index.live_number or 0)
    index.live_number = 0
    build = index.shelves[0].build
    index.shelves[0].build = type(build)(**{**vars(build), "number": 0})

    text = "Dear aunt, thank you for the parcel that you sent me at the beginning of the year."

    assert (await InBook(index, always=always).standing(text) is not Standing.OUTSIDE) is passes
