import pytest

from glossator.domain.answering.evaluation.measures import measure, rank_of
from glossator.domain.answering.evaluation.questions import GoldQuote
from tests.domain.answering.evaluation.trials import GOLD, TRIAL, citing, passage, question, searched

OTHER = GoldQuote("mars.md", "cold desert")


def test_a_quote_is_found_whatever_its_white_space() -> None:
    assert rank_of([[GOLD]], [passage("Sand."), passage("It is rusty\n  iron.")]) == 2


def test_a_quote_of_another_page_is_not_evidence() -> None:
    assert rank_of([[GOLD]], [passage("rusty iron", page="venus.md")]) is None


def test_a_page_without_a_quote_is_evidence_as_a_whole() -> None:
    assert rank_of([[GoldQuote("mars.md", "")]], [passage("Anything.")]) == 1


def test_one_of_the_alternatives_is_enough() -> None:
    assert rank_of([[GOLD, OTHER]], [passage("A cold desert.")]) == 1


def test_every_group_must_be_found() -> None:
    first, second = passage("rusty iron"), passage("cold desert")

    assert rank_of([[GOLD], [OTHER]], [first, passage("Sand."), second]) == 3
    assert rank_of([[GOLD], [OTHER]], [first]) is None


def test_a_question_that_the_book_does_not_answer_has_no_rank() -> None:
    assert rank_of([], [passage("Sand.")]) is None


def test_citation_precision_judges_each_passage_alone() -> None:
    trial = citing(
        [("supported", {1: "supported", 2: "weak"}), ("unsupported", {}), ("supported", {1: "supported"})],
        {1: "rusty iron", 2: "sand"},
    )

    measured = measure(question([GOLD]), trial)

    assert measured.citation_recall == pytest.approx(2 / 3)
    assert measured.citation_precision == pytest.approx(2 / 3)


def test_citations_are_compared_with_gold_quotes() -> None:
    trial = citing([("supported", {1: "supported"})], {1: "rusty iron", 2: "sand", 3: "dust"})

    measured = measure(question([GOLD], [OTHER]), trial)

    assert measured.gold_recall == pytest.approx(1 / 2)
    assert measured.gold_precision == pytest.approx(1 / 3)


def test_a_declined_question_has_no_citation_figures() -> None:
    measured = measure(question([GOLD]), searched({"dense": 0.1}, declined=True))

    assert (measured.citation_recall, measured.citation_precision) == (None, None)
    assert (measured.gold_recall, measured.gold_precision) == (None, None)


@pytest.mark.parametrize(
    ("cosines", "expected"),
    [({"dense": 0.5}, 0.1), ({"dense": 0.5, "e5": 0.35}, 0.2), ({"dense": 0.1, "e5": 0.35}, 0.05), ({}, 1.0)],
)
def test_confidence_is_the_distance_from_the_threshold(cosines: dict[str, float], expected: float) -> None:
    assert measure(question(), searched(cosines)).confidence == pytest.approx(expected)


def test_a_question_that_words_answer_is_certain() -> None:
    assert measure(question(), searched({"dense": 0.0}, by_words=True)).confidence == 1.0


def test_characters_are_those_of_the_first_five_passages() -> None:
    trial = searched({})
    long = tuple(passage("x" * 10) for _ in range(7))

    assert measure(question(), trial).characters == 0
    assert measure(question(), TRIAL.__class__(**{**vars(TRIAL), "passages": long})).characters == 50
