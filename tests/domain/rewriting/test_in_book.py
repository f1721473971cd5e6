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


MATHS = r"""
# Filters

A Kalman filter predicts the state $\hat{x}_k = A x_{k-1} + B u_k$ and its covariance $P_k = A P_{k-1} A^T + Q$.

The gain is $K_k = P_k H^T (H P_k H^T + R)^{-1}$, where $R$ is the noise.

The energy of a body at rest follows from its mass and from nothing else.
"""
FORMULAS = library([("Filters", MATHS), ("Others", "Something else stands here, about quite another matter.")])
TYPESET = (
    "A Kalman filter predicts the state"
    " x^k=Axk\u22121+Buk\\hat{x}_k = A x_{k-1} + B u_kx^k\u200b=Axk\u22121\u200b+Buk\u200b"
    " and its covariance Pk=APk\u22121AT+QP_k = A P_{k-1} A^T + QPk\u200b=APk\u22121\u200bAT+Q."
)
SPACED = "The gain is K\nk\n\u200b\n=P\nk\n\u200b\nH\nT\n(HP\nk\n\u200b\nH\nT\n+R)\n\u22121\n, where RRR is the noise."


@pytest.mark.parametrize("text", [TYPESET, TYPESET.replace("\\hat{x}_k = A x_{k-1} + B u_k", ""), SPACED])
async def test_a_paragraph_with_typeset_formulas_is_of_the_book(text: str) -> None:
    assert await InBook(FORMULAS).standing(text) is Standing.OF_BOOK


@pytest.mark.parametrize(
    "text",
    [
        "A Kalman filter predicts that my aunt will send me a parcel x^k=Axk\u22121+Buk at the beginning of the year.",
        "The gain xkxkxk hahaha bubu kaputt abab hahaha bubu pabab hahaha bubu pabab hahaha bubu pabab kaput abab",
        "x^k=Axk\u22121+Buk Dear aunt, thank you for the parcel that you sent me at the beginning of the year.",
    ],
)
async def test_formulas_of_the_book_let_no_other_words_pass(text: str) -> None:
    assert await InBook(FORMULAS).standing(text) is Standing.OUTSIDE


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
