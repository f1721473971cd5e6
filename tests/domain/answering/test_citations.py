import pytest

from glossator.domain.answering.citations import best_quote, cited
from glossator.domain.answering.question import Citation
from glossator.domain.answering.sentences import sentences
from glossator.domain.ports.chat_model import Quotable

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


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("A cat sat. [1] A dog ran. [2]", ["A cat sat. [1]", "A dog ran. [2]"]),
        ("A cat sat [1]. A dog ran [2].", ["A cat sat [1].", "A dog ran [2]."]),
        ("A cat sat.[1][2] A dog ran.", ["A cat sat.[1][2]", "A dog ran."]),
        ("A cat sat. [1] [2]\n\nA dog ran.", ["A cat sat. [1] [2]", "A dog ran."]),
        ('He said "sit." [1] A dog ran.', ['He said "sit." [1]', "A dog ran."]),
        ("A cat sat. [a link](b.md) stands here.", ["A cat sat.", "[a link](b.md) stands here."]),
    ],
)
def test_a_citation_belongs_to_the_sentence_before_it(text: str, pieces: list[str]) -> None:
    assert [text[span.start : span.end] for span in sentences(text)] == pieces


@pytest.mark.parametrize(
    "answer", ["A rank ignores the scores. [1] Cosines vary. [2]", "A rank ignores the scores [1]."]
)
def test_a_quote_supports_the_sentence_that_cites_it_wherever_its_number_stands(answer: str) -> None:
    text = "A passage at place 1 earns a point. A rank ignores all scores and looks at places."
    citation = Citation(1, "p", "Ranks", "", "/read/ranks", "", 1.0)

    [done] = cited([citation], [1], answer, [Quotable(1, "Ranks", text)])

    assert done.quote == "A rank ignores all scores and looks at places."
