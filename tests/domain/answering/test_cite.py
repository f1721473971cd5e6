import pytest

from glossator.domain.answering.cite import best_quote

TEXT = """Why is k1 what it is?

BM25's parameter k1 limits repeated words. Its usual value
is 1.2 in most engines. See also."""


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("why is k1 what it is", "BM25's parameter k1 limits repeated words."),
        ("the usual value in engines", "Its usual value\nis 1.2 in most engines."),
        ("nothing in common", "BM25's parameter k1 limits repeated words."),
    ],
)
def test_a_quote_is_a_literal_statement_of_the_passage(claim: str, quote: str) -> None:
    found = best_quote(TEXT, claim)

    assert found == quote
    assert found in TEXT


def test_a_passage_without_a_statement_is_quoted_all_the_same() -> None:
    assert best_quote("x = 1", "what is x") == "x = 1"


def test_an_empty_passage_has_an_empty_quote() -> None:
    assert best_quote("  \n", "x") == ""
