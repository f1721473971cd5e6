import pytest

from glossator.domain.answering.retrieval.selection import is_about_selection, locate
from tests.domain.answering.retrieval.passages import hit, passage

POOL = passage("pool", "Starlette uses a [thread pool](a.md) in `several` scenarios\nto avoid blocking.", "Threads")
OTHER = passage("other", "Requests have a body.", "Requests")
HITS = [hit(OTHER), hit(POOL)]


@pytest.mark.parametrize(
    "selected",
    [
        "uses a thread pool in several scenarios",
        "  uses a   thread pool in several\nscenarios to avoid blocking.",
        "uses a thraed pool in several scenarios to avoid blockng",
    ],
)
def test_selected_text_is_found_as_the_page_shows_it_and_with_small_differences(selected: str) -> None:
    assert locate(selected, HITS) == POOL


@pytest.mark.parametrize("selected", ["", "   ", "pools", "An entirely different sentence about the weather in May."])
def test_text_of_another_place_is_not_located(selected: str) -> None:
    assert locate(selected, HITS) is None


@pytest.mark.parametrize(
    "question", ["Explain this passage in one sentence", "What does this mean?", "Summarise the section, please."]
)
def test_a_request_to_explain_the_selection(question: str) -> None:
    assert is_about_selection(question)


@pytest.mark.parametrize("question", ["Why is the pool limited?", "Who wrote Don Quixote?"])
def test_a_question_of_its_own_is_not_only_about_the_selection(question: str) -> None:
    assert not is_about_selection(question)
