"""What a stream shows, and when: the same text as the response, at most 300 characters late, in linear time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glossator.domain.answering.question import Format
from glossator.domain.answering.writing.answer_writer import MAX_HELD, AnswerWriter
from tests.domain.answering.writing.snippets import snippets
from tests.domain.answering.writing.writers import written
from tests.steps import assert_linear

WORDS = "word " * 600
STYLES: tuple[Format, ...] = ("text", "markdown")


@given(snippets(), st.lists(st.integers(1, 90), min_size=1, max_size=30), st.sampled_from(STYLES))
def test_joined_deltas_are_the_response(text: str, sizes: list[int], style: Format) -> None:
    writer = AnswerWriter({1, 2}, style, "/read/")
    shown, rest = "", text
    for size in sizes:
        shown += writer.feed(rest[:size])
        rest = rest[size:]
    shown += writer.feed(rest) + writer.flush()

    assert shown == writer.response


@pytest.mark.parametrize(
    "opening", ["", "[", "![", "<https:", "`", "*", "**", "_", "~~", "[a](", "- [", "| ", "> **", "# ", "a | b", "www."]
)
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("size", [1, 25])
def test_a_long_paragraph_is_never_held_back(opening: str, style: Format, size: int) -> None:
    writer = AnswerWriter({1, 2}, style, "/read/")
    text = opening + WORDS
    shown = 0
    for at in range(0, len(text), size):
        shown += len(writer.feed(text[at : at + size]))
        assert at + size - shown <= MAX_HELD


@pytest.mark.parametrize(
    "text", ["中文" * 1000, "x" * 2000, "a.b-c_" * 300, "https://evil.example/" + "w" * 900 + ".x"]
)
def test_text_without_spaces_is_never_held_back(text: str) -> None:
    writer = AnswerWriter({1, 2}, "markdown", "/read/")
    shown = 0
    for at in range(0, len(text), 20):
        shown += len(writer.feed(text[at : at + 20]))
        assert at + 20 - shown <= MAX_HELD


def test_text_before_the_first_open_mark_is_sent_at_once() -> None:
    writer = AnswerWriter({1, 2}, "markdown", "/read/")

    assert (
        writer.feed("The index maps each word to its passages, **as the") == "The index maps each word to its passages,"
    )


def test_word_of_a_running_paragraph_is_sent_as_soon_as_the_next_begins() -> None:
    writer = AnswerWriter({1, 2}, "markdown", "/read/")
    writer.feed("The index maps each word to the passages")

    assert [writer.feed(" that"), writer.feed(" contain"), writer.feed(" it")] == [" passages", " that", " contain"]


def test_text_after_an_open_mark_waits_for_its_end() -> None:
    writer = AnswerWriter({1, 2}, "markdown", "/read/")
    early = writer.feed("The index maps words, as [the page on words and on meaning")

    assert early == "The index maps words, as"
    assert writer.feed("](/read/words) explains at some length [1].") == (
        " [the page on words and on meaning](/read/words) explains at some length"
    )


@pytest.mark.parametrize(
    "line",
    [
        "word ",
        "[",
        "![",
        "[a](",
        "[[1]",
        "`a ",
        "*a ",
        "**a *b* ",
        "<a",
        "\\",
        "> ",
        "- a\n",
        "> a\n",
        "a\n",
        "\n",
        "    a\n\n",
        "| a | b |\n|---|---|\n",
        "```\n",
        "1. a\n   - b\n\n",
        "_",
        "中",
    ],
)
def test_twice_the_text_takes_at_most_twice_the_steps(line: str) -> None:
    assert_linear(lambda size: written(line * (size // len(line)), size=25), 1_200)


def test_an_answer_with_every_kind_of_block_takes_linear_time() -> None:
    paragraph = "Some **bold** text with `code` and [a link](/read/x) [1].\n\n- one [2]\n- two\n\n```\nx = 1\n```\n\n"

    assert_linear(lambda size: written(paragraph * (size // len(paragraph)), size=25), 6_000)


@pytest.mark.parametrize(
    ("said", "declined", "shown"),
    [
        ("NOT_IN_BOOK: The book is silent.", True, "The book is silent."),
        ("  NOT_IN_BOOK", True, ""),
        ("NOTHING is said [1].", False, "NOTHING is said [1]."),
        ("NOT", False, "NOT"),
        ("", False, ""),
    ],
)
@pytest.mark.parametrize("size", [1, 100])
def test_the_mark_for_a_declined_answer_is_never_shown(said: str, declined: bool, shown: str, size: int) -> None:
    writer = AnswerWriter({1}, "markdown", "/read/")

    pieces = [writer.feed(said[at : at + size]) for at in range(0, len(said), size)]

    assert ("".join([*pieces, writer.flush()]), writer.declined) == (shown, declined)


def test_a_lone_surrogate_and_a_nul_are_replaced() -> None:
    assert written("a\ud800b\0c") == "a\ufffdb\ufffdc"


@pytest.mark.parametrize("size", [1, 3, 32, 1000])
def test_carriage_returns_end_lines(size: int) -> None:
    assert written("one\r\n\r\ntwo\rthree and a little more text\r\n\r\n- four", size=size) == (
        "one\n\ntwo\nthree and a little more text\n\n- four"
    )
