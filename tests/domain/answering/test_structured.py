"""Answers by a JSON schema, read while they stream."""

import json
from collections.abc import Sequence

import pytest

from glossator.domain.answering.question import Answer, Question
from glossator.domain.answering.structured import ANSWER_SCHEMA, StructuredReader
from tests.domain.answering.models import ScriptedModel, answering
from tests.steps import assert_linear

SENTENCES = [
    {"text": "An index maps words.", "numbers": [1]},
    {"text": "It is inverted.", "numbers": [1, 2]},
    {"text": "- first item", "numbers": []},
]
TEXT = "An index maps words. [1] It is inverted. [1][2]\n- first item"


def answer(*, in_book: bool = True, sentences: Sequence[object] = SENTENCES) -> str:
    return json.dumps({"in_book": in_book, "sentences": list(sentences)})


def read(text: str, size: int) -> str:
    reader = StructuredReader()
    return "".join(reader.feed(text[at : at + size]) for at in range(0, len(text), size)) + reader.flush()


@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
def test_sentences_become_markdown_with_their_numbers_however_they_are_cut(size: int) -> None:
    assert read(answer(), size) == TEXT


def test_a_sentence_is_shown_as_soon_as_it_is_complete() -> None:
    reader = StructuredReader()
    first, rest = answer()[:70], answer()[70:]

    assert "An index maps words. [1]" in reader.feed(first) or "An index" in reader.feed(rest)


def test_a_book_that_does_not_answer_is_declined() -> None:
    text = answer(in_book=False, sentences=[{"text": "The book does not say.", "numbers": []}])

    assert read(text, 5) == "NOT_IN_BOOK: The book does not say."


@pytest.mark.parametrize("text", ["Plain text [1].", "", "  An answer.", "`{}` is empty"])
def test_free_text_is_passed_through(text: str) -> None:
    assert read(text, 3) == text


@pytest.mark.parametrize(
    "sentences", [[{"text": 5, "numbers": [1]}], ["text"], [{"numbers": [1]}], [[]], [{"text": "A.", "numbers": ["1"]}]]
)
def test_objects_of_another_shape_say_nothing_false(sentences: list[object]) -> None:
    assert read(answer(sentences=sentences), 4) in ("", "A.")


def test_a_document_that_breaks_off_keeps_its_whole_sentences() -> None:
    assert read(answer()[:-60], 9).startswith("An index maps words. [1]")


async def test_a_structured_model_is_asked_by_the_schema_and_its_answer_is_proved() -> None:
    said = answer(sentences=[{"text": "The inverted index maps a word to its passages.", "numbers": [1]}])
    model = ScriptedModel(said, structured=True)

    found = await answering(model).ask(Question("What does the inverted index map?", format="markdown"))

    assert model.prompts[-1].schema == ANSWER_SCHEMA
    assert isinstance(found, Answer)
    assert found.response.endswith("The inverted index maps a word to its passages. [1]")
    assert (found.mode, found.grounding.score) == ("generated", 1.0)


def test_a_long_sentence_in_small_pieces_is_read_in_linear_time() -> None:
    assert_linear(lambda size: read(answer(sentences=[{"text": "word " * (size // 5), "numbers": []}]), 1), 2000)
