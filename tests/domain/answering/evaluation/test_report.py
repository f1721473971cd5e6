import json
from typing import Any

import pytest

from glossator.domain.answering.evaluation.calibration import calibrate
from glossator.domain.answering.evaluation.report import compare, report_of
from tests.domain.answering.evaluation.trials import found_at, off_topic

RESULTS = [found_at(1, number=1), found_at(3, number=2, kind="hard"), off_topic(declined=True)]


def test_a_report_is_json() -> None:
    report = report_of(RESULTS, calibrate(RESULTS))

    assert json.loads(json.dumps(report)) == report


def test_a_report_names_its_judge() -> None:
    assert "NLI model" in report_of(RESULTS)["judge"]


def test_figures_are_given_by_kind() -> None:
    groups = report_of(RESULTS)["by_kind"]

    assert set(groups) == {"other", "hard"}
    assert groups["hard"]["recall_at_1"]["value"] == 0


def test_one_language_needs_no_table() -> None:
    assert report_of(RESULTS)["by_language"] == {}


def test_a_comparison_names_the_questions_that_changed() -> None:
    before = report_of(RESULTS)
    after = report_of([found_at(1, number=1), found_at(3, number=2, declined=True), off_topic(declined=False)])
    after["questions"][1]["id"] = before["questions"][1]["id"]

    comparison = compare(before, after)

    assert [(one.before, one.after) for one in comparison.questions] == [
        ("rank 3, answered", "rank 3, declined"),
        ("declined", "answered"),
    ]
    changes = {one.name: (one.before, one.after) for one in comparison.figures}
    assert changes["answered"] == (1.0, 0.5)
    assert changes["decline_recall"] == (1.0, 0.0)


def test_a_comparison_counts_new_and_dropped_questions() -> None:
    comparison = compare(report_of(RESULTS), report_of([RESULTS[0], found_at(2, number=9)]))

    assert (comparison.only_before, comparison.only_after, comparison.questions) == (2, 1, [])


def test_a_figure_of_one_report_only_has_no_other_value() -> None:
    (change,) = [one for one in compare(report_of(RESULTS), report_of([])).figures if one.name == "answered"]

    assert (change.before, change.after) == (1.0, None)


@pytest.mark.parametrize("before", [{}, [], {"questions": 1, "figures": {}}, {"questions": [{}], "figures": {}}])
def test_something_else_is_not_compared(before: Any) -> None:
    with pytest.raises(ValueError, match="is not a report"):
        compare(before, report_of([]))
