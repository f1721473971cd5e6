from glossator.domain.answering.proof.citations import citations_of, nearest_sections
from glossator.domain.answering.retrieval.ranking import pieces_of
from tests.domain.answering.retrieval.passages import hit, passage

FIRST = passage("first", "a" * 100, "Book", "Part", start=0)
SECOND = passage("second", "b" * 100, "Book", "Part", start=102)
DISTANT = passage("distant", "c" * 100, "Book", "Part", start=900)
OTHER = passage("other", "d" * 100, "Book", "Other", start=202)


def test_neighbours_of_one_section_are_one_piece_in_the_order_of_the_book() -> None:
    (joined, other) = pieces_of([hit(SECOND, 0.9), hit(OTHER, 0.8), hit(FIRST, 0.7)], passages=8, characters=4000)

    assert (joined.number, joined.passages, joined.score) == (1, (FIRST, SECOND), 0.9)
    assert joined.text == f"{'a' * 100}\n\n{'b' * 100}"
    assert (other.number, other.passages) == (2, (OTHER,))


def test_passages_of_a_section_that_do_not_touch_stay_apart() -> None:
    assert len(pieces_of([hit(FIRST), hit(DISTANT)], passages=8, characters=4000)) == 2


def test_the_budget_of_characters_and_the_number_of_passages_are_limits() -> None:
    hits = [hit(passage(f"p{number}", "x" * 100, f"H{number}")) for number in range(9)]

    assert len(pieces_of(hits, passages=8, characters=350)) == 3
    assert len(pieces_of(hits, passages=2, characters=4000)) == 2


def test_the_best_passage_is_given_even_when_it_is_over_the_budget() -> None:
    assert len(pieces_of([hit(FIRST)], passages=8, characters=10)) == 1


def test_no_hits_are_no_pieces() -> None:
    assert pieces_of([], passages=8, characters=4000) == ()


def test_a_section_has_the_same_label_whether_it_is_cited_or_offered() -> None:
    pieces = pieces_of([hit(passage("p", "x", "Book", "Part", "Section"))], passages=8, characters=4000)

    [citation], [nearest] = citations_of(pieces, "x", "/"), nearest_sections(pieces, "/")

    assert (nearest.label, nearest.title) == (citation.label, "Part > Section")
