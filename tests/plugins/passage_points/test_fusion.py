"""Fusion of the dense and the keyword list."""

import pytest
from qdrant_client.hybrid.fusion import distribution_based_score_fusion
from qdrant_client.models import ScoredPoint

from glossator.domain.book.index import EQUAL, Weights
from glossator_plugins.passage_points.fusion import fuse, normalised

DENSE = {"a": 0.9, "b": 0.7, "c": 0.2}
KEYWORD = {"b": 12.0, "d": 9.5, "a": 1.5}


def points(scores: dict[str, float]) -> list[ScoredPoint]:
    return [ScoredPoint(id=point, version=0, score=score) for point, score in scores.items()]


def test_equal_weights_give_the_order_and_half_the_sum_of_qdrants_own_fusion() -> None:
    theirs = distribution_based_score_fusion([points(DENSE), points(KEYWORD)], limit=10)
    ours = fuse({"dense": DENSE}, KEYWORD, EQUAL)
    assert [hit.id for hit in ours] == [point.id for point in theirs]
    assert [hit.score for hit in ours] == pytest.approx([point.score / 2 for point in theirs])


def test_a_hit_keeps_the_score_of_each_side() -> None:
    found = {hit.id: hit for hit in fuse({"dense": DENSE}, KEYWORD, EQUAL)}
    assert (found["a"].cosines.get("dense"), found["a"].keyword) == (0.9, 1.5)
    assert (found["c"].cosines.get("dense"), found["c"].keyword) == (0.2, 0.0)
    assert (found["d"].cosines.get("dense"), found["d"].keyword) == (None, 9.5)


def test_a_side_that_was_not_asked_for_takes_no_weight() -> None:
    assert [hit.score for hit in fuse({"dense": {"a": 1.0}}, None, EQUAL)] == [0.5]
    assert [hit.score for hit in fuse({}, {"a": 3.0}, EQUAL)] == [0.5]


def test_a_side_that_found_nothing_keeps_its_weight() -> None:
    assert [hit.score for hit in fuse({"dense": {"a": 1.0}}, {}, EQUAL)] == [0.25]


@pytest.mark.parametrize(
    ("weights", "best"),
    [(Weights(vectors=1, words=0), "a"), (Weights(vectors=0, words=1), "b"), (Weights(vectors=5, words=1), "a")],
)
def test_weights_move_the_best_place(weights: Weights, best: str) -> None:
    assert fuse({"dense": DENSE}, KEYWORD, weights)[0].id == best


@pytest.mark.parametrize("scores", [{"a": 7.0}, {"a": 0.0}, {"a": 0.3, "b": 0.3, "c": 0.3}])
def test_scores_without_a_spread_are_worth_the_middle(scores: dict[str, float]) -> None:
    assert normalised(scores) == dict.fromkeys(scores, 0.5)


def test_equal_scores_are_ordered_by_id() -> None:
    assert [hit.id for hit in fuse({"dense": {"c": 0.5, "a": 0.5, "b": 0.5}}, {}, EQUAL)] == ["a", "b", "c"]


def test_an_outlier_stays_first_and_within_one() -> None:
    crowd = {f"p{number:02}": 0.1 + number / 1000 for number in range(40)}
    best, second = fuse({"dense": crowd | {"far": 0.95}}, None, EQUAL)[:2]
    assert (best.id, best.score) == ("far", 1.0)
    assert second.score < 1.0


def test_nothing_found_gives_no_hits() -> None:
    assert fuse({"dense": {}}, {}, EQUAL) == []
    assert fuse({}, None, EQUAL) == []


def test_every_space_is_a_list_of_its_own() -> None:
    found = fuse({"dense": {"a": 0.9, "b": 0.1}, "e5": {"a": 0.8, "c": 0.2}}, {}, EQUAL)

    assert (found[0].id, found[0].cosines) == ("a", {"dense": 0.9, "e5": 0.8})
    assert {hit.id: sorted(hit.cosines) for hit in found[1:]} == {"b": ["dense"], "c": ["e5"]}
