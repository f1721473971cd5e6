import json

import pytest

from glossator.commands.evaluate.question_file import read_questions
from glossator.domain.answering.evaluation.questions import (
    OFF_TOPIC,
    first_questions,
    heading_question,
    quotable,
    to_lines,
)
from glossator.domain.book.pages.parsing import parse_page
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter

SOURCE = """# Mars

Mars is the fourth planet from the Sun.

## Colour

It looks red because of [rusty iron](iron.md) in its dust. Its sky is the colour of butterscotch at noon.

## `set_orbit()`

Moves the planet to another orbit at once.
"""
PASSAGES = Splitter(Limits(1000))(parse_page("mars.md", SOURCE))


def test_each_heading_gives_a_question_with_a_quote_of_its_section() -> None:
    found = list(first_questions(PASSAGES))[: -len(OFF_TOPIC)]

    assert [one["question"] for one in found] == [
        "What does the book say about Mars?",
        "What does the book say about Colour in Mars?",
        "What does set_orbit() do?",
    ]
    assert all(one["evidence"][0][0]["quote"] in SOURCE for one in found)


def test_a_sentence_that_the_page_shows_otherwise_is_no_quote() -> None:
    assert quotable(PASSAGES[1]) == "Its sky is the colour of butterscotch at noon."


def test_some_questions_are_on_other_subjects() -> None:
    others = list(first_questions(PASSAGES))[-len(OFF_TOPIC) :]

    assert all(one["evidence"] == [] for one in others)


def test_the_file_can_be_evaluated_as_it_is() -> None:
    lines = to_lines(first_questions(PASSAGES))

    assert len(read_questions(lines.splitlines())) == 3 + len(OFF_TOPIC)
    assert all(json.loads(line) for line in lines.splitlines())


def test_the_same_heading_on_two_pages_gives_two_questions() -> None:
    other = Splitter(Limits(1000))(parse_page("copy.md", SOURCE))

    questions = read_questions(to_lines(first_questions([*PASSAGES, *other])).splitlines())

    assert len(questions) == 6 + len(OFF_TOPIC)
    assert {one.evidence[0][0].page for one in questions if one.is_answerable} == {"mars.md", "copy.md"}


@pytest.mark.parametrize("heading", ["Why is Mars red?", "المريخ", "火星"])
def test_a_question_and_a_heading_in_another_script_stay_as_they_are(heading: str) -> None:
    assert heading_question(("Mars", heading)) == heading
