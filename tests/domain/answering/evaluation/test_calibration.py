import pytest

from glossator.domain.answering.evaluation.calibration import calibrate
from glossator.domain.answering.evaluation.measures import Measured, measure
from tests.domain.answering.evaluation.trials import GOLD, question, searched


def asked(answerable: bool, cosines: dict[str, float], number: int, *, by_words: bool = False) -> Measured:
    groups = [[GOLD]] if answerable else []
    return measure(question(*groups, text=f"{answerable} {number}"), searched(cosines, by_words=by_words))


def alone() -> list[Measured]:
    """Answerable from 0.6, the others up to 0.5; the thresholds of the space are 0.3 and 0.4."""
    return [asked(True, {"e5": 0.6 + at / 100}, at) for at in range(20)] + [
        asked(False, {"e5": 0.5 - at / 100}, at) for at in range(20)
    ]


def test_the_threshold_lies_between_the_two_sorts() -> None:
    proposal = calibrate(alone())

    assert proposal is not None
    before, after = proposal.thresholds["e5"]
    assert (before.none, before.weak, before.alone) == (0.2, 0.3, 0.4)
    assert 0.5 < after.alone < 0.6
    assert proposal.before.declined < 1
    assert (proposal.after.answered, proposal.after.declined) == (1.0, 1.0)


def test_thresholds_are_ordered() -> None:
    proposal = calibrate(alone())

    assert proposal is not None
    after = proposal.thresholds["e5"][1]
    assert after.none <= after.weak <= after.alone


def test_spaces_that_are_searched_together_complement_each_other() -> None:
    """Neither space alone separates the two sorts: each recognises another half of the answerable questions."""
    answerable = [asked(True, {"a": 0.8, "b": 0.1} if at % 4 < 2 else {"a": 0.1, "b": 0.8}, at) for at in range(40)]
    others = [asked(False, {"a": 0.2 + at / 100, "b": 0.2 + at / 100}, at) for at in range(40)]

    proposal = calibrate([*answerable, *others])

    assert proposal is not None
    assert (proposal.after.answered, proposal.after.declined) == (1.0, 1.0)
    assert all(0.5 < after.weak <= 0.8 for _, after in proposal.thresholds.values())


def test_questions_that_words_answer_do_not_lower_a_threshold() -> None:
    by_words = [asked(True, {"e5": 0.0}, 100 + at, by_words=True) for at in range(20)]

    proposal = calibrate([*alone(), *by_words])

    assert proposal is not None
    assert proposal.thresholds["e5"][1].alone > 0.5


@pytest.mark.parametrize(
    "results",
    [
        [],
        [asked(True, {"e5": 0.5}, 1)],
        [asked(sort, {"e5": 0.5}, at) for sort, at in ((True, 1), (True, 2), (False, 3))],
        [asked(False, {}, 1), asked(True, {}, 2)],
    ],
)
def test_nothing_is_proposed_without_both_sorts(results: list[Measured]) -> None:
    assert calibrate(results) is None


def test_a_proposal_from_few_questions_says_so() -> None:
    few, enough = calibrate([*alone()[:6], *alone()[20:26]]), calibrate(alone())

    assert few is not None
    assert enough is not None
    assert (few.is_enough, enough.is_enough) == (False, True)
