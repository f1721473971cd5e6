import json
from typing import Any

import pytest

from glossator.commands.evaluate.question_file import QuestionFileInvalid, read_question, read_questions
from glossator.domain.answering.evaluation.questions import GoldQuote
from glossator.domain.answering.question import Turn

NONE: dict[str, Any] = {"question": "Who won?", "evidence": []}


def test_a_question_has_groups_of_alternatives() -> None:
    one, other = {"file": "a.md", "quote": "A"}, {"file": "b.md", "quote": "B"}

    question = read_question({"question": "Q?", "evidence": [[one, other], [one]]})

    a, b = GoldQuote("a.md", "A"), GoldQuote("b.md", "B")
    assert question.evidence == ((a, b), (a,))


def test_page_and_quote_are_short_for_one_quote() -> None:
    assert read_question({"question": "Q?", "page": "a.md", "quote": "A"}).evidence == ((GoldQuote("a.md", "A"),),)


@pytest.mark.parametrize("record", [NONE, {"question": "Who won?", "declined": "Not in the book."}])
def test_a_question_can_have_no_answer_in_the_book(record: dict[str, Any]) -> None:
    assert not read_question(record).is_answerable


def test_everything_else_is_optional() -> None:
    question = read_question(NONE)

    assert (question.id, question.kind, question.language) == ("Who won?", "", "Latin")
    assert (question.selected_text, question.history) == ("", ())


def test_a_question_keeps_what_the_file_says() -> None:
    more = {"id": "1", "type": "hard", "language": "fr", "selected_text": "S"}

    question = read_question({**NONE, **more, "history": [{"role": "user", "content": "Hi"}]})

    assert (question.id, question.kind, question.language) == ("1", "hard", "fr")
    assert question.question.selected_text == "S"
    assert question.question.history == (Turn("user", "Hi"),)


def test_without_a_language_the_script_groups_questions() -> None:
    assert read_question({**NONE, "question": "من فاز؟"}).language == "Arabic"


def test_every_error_is_reported_with_its_line() -> None:
    lines = [json.dumps(NONE), "", "{", '{"question": " "}', json.dumps(NONE), '{"question": "Q?"}']

    with pytest.raises(QuestionFileInvalid) as caught:
        read_questions(lines)

    assert [reason.split(":")[0] for reason in caught.value.reasons] == ["line 3", "line 4", "line 5", "line 6"]
    assert "is not JSON" in caught.value.reasons[0]
    assert "repeats a question" in caught.value.reasons[2]
    assert "evidence: is missing" in caught.value.reasons[3]


@pytest.mark.parametrize(
    "more",
    [
        {"evidence": [[]]},
        {"evidence": [[{"quote": "A"}]]},
        {"evidence": {"file": "a.md"}},
        {"history": [{"role": "system", "content": ""}]},
        {"question": 1},
    ],
)
def test_an_invalid_field_is_named(more: dict[str, Any]) -> None:
    with pytest.raises(QuestionFileInvalid, match=f"line 1: {next(iter(more))}"):
        read_questions([json.dumps({**NONE, **more})])


@pytest.mark.parametrize("line", ["[]", "1", '"Q?"'])
def test_a_line_that_is_no_object_is_reported(line: str) -> None:
    with pytest.raises(QuestionFileInvalid, match="line 1"):
        read_questions([line])


def test_an_empty_file_is_reported() -> None:
    with pytest.raises(QuestionFileInvalid, match="no questions"):
        read_questions([""])
