import pytest

from glossator.domain.answering.evaluation.figures import curve_of, figures_of
from glossator.domain.answering.evaluation.measures import measure
from tests.domain.answering.evaluation.trials import found_at, off_topic, question, searched

RESULTS = [
    found_at(1),
    found_at(4),
    found_at(8),
    found_at(None, declined=True),
    off_topic(declined=True),
    off_topic(declined=True),
    off_topic(declined=False),
]


@pytest.mark.parametrize(
    ("name", "value", "questions"),
    [
        ("recall_at_1", 1 / 4, 4),
        ("recall_at_5", 2 / 4, 4),
        ("recall_at_10", 3 / 4, 4),
        ("mrr_at_10", (1 + 1 / 4 + 1 / 8) / 4, 4),
        ("answered", 3 / 4, 4),
        ("decline_recall", 2 / 3, 3),
        ("decline_precision", 2 / 3, 3),
    ],
)
def test_a_figure_counts_the_questions_it_applies_to(name: str, value: float, questions: int) -> None:
    (figure,) = [one for one in figures_of(RESULTS) if one.name == name]

    assert figure.value == pytest.approx(value)
    assert figure.questions == questions


def test_a_figure_that_applies_to_no_question_is_left_out() -> None:
    names = {figure.name for figure in figures_of([off_topic(declined=True)])}

    assert names == {"decline_recall", "decline_precision"}


def test_an_interval_holds_its_value_and_is_the_same_in_every_run() -> None:
    figures = figures_of(RESULTS)

    assert all(figure.low <= figure.value <= figure.high for figure in figures)
    assert figures == figures_of(RESULTS)


def test_more_questions_make_a_narrower_interval() -> None:
    (few,) = [one for one in figures_of(RESULTS) if one.name == "recall_at_5"]
    (many,) = [one for one in figures_of(RESULTS * 20) if one.name == "recall_at_5"]

    assert many.high - many.low < (few.high - few.low) / 2


def test_answering_only_the_most_confident_is_more_accurate() -> None:
    wrong = [measure(question(text=f"{at}"), searched({"dense": 0.1})) for at in range(5)]

    curve = curve_of([*wrong, *[found_at(1)] * 5])

    assert [point.accuracy for point in curve[:5]] == [1.0] * 5
    assert curve[-1].accuracy == pytest.approx(0.5)
    assert curve[-1].coverage == 1.0


def test_no_questions_have_no_curve() -> None:
    assert curve_of([]) == []
