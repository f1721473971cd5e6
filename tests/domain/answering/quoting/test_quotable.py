"""Which sentences can be quoted, and with what they are quoted."""

import pytest

from glossator.domain.answering.quoting.quotable import Unit, depends, lacks_subject, units_of
from tests.domain.answering.quoting.quotations import piece


def units(text: str) -> list[Unit]:
    return units_of([piece(1, text)])


def lines(text: str, main: str) -> list[str]:
    (unit,) = [unit for unit in units(text) if unit.text == main]
    return [line.text for line in unit.lines]


@pytest.mark.parametrize(
    "text",
    [
        "What does the index map to?",
        "Fusion!",
        "It follows the statement [7] of the answer.",
        "Fusion " + "on and on " * 60 + "it goes.",
        "```\nfusion = one_of(rankings)\n```",
        "# A heading about the fusion",
        "The cosine is computed like this:\n\n$$\nx\n$$\n\nThe vectors have a length of one.",
        "These are the names that are known:",
        "For example:\n\n```\nrun(app)\n```",
    ],
)
def test_what_says_nothing_alone_is_not_quoted(text: str) -> None:
    assert [unit.text for unit in units(text)] in ([], ["The vectors have a length of one."])


def test_a_sentence_that_depends_on_another_follows_it() -> None:
    text = "The index maps each word. It is stored on a disk. However, it is small enough for memory."

    assert lines(text, "However, it is small enough for memory.") == [
        "The index maps each word.",
        "It is stored on a disk.",
        "However, it is small enough for memory.",
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "This is why it is small.",
        "It maps each word.",
        "However, words differ in it.",
        "For example, words differ in it.",
        "As a result, the index is small.",
        "By default it is the root of the project.",
        "Note, this check does not read the file.",
        "If none of them is set, the default is used.",
        "Daher ist der Index klein.",
        "Cependant, il est petit.",
    ],
)
def test_such_a_sentence_depends_on_the_one_before(sentence: str) -> None:
    assert depends(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The index maps each word.",
        "It is important to differentiate between errors.",
        "Items are sorted by their names.",
        "Thisbe is the name of a bee.",
        "If a word is missing, it is repaired.",
    ],
)
def test_such_a_sentence_stands_alone(sentence: str) -> None:
    assert not depends(sentence)


def test_a_sentence_whose_predecessor_is_missing_is_marked() -> None:
    (unit,) = units("This is why the index is small.")

    assert not unit.is_whole


def test_a_short_list_is_quoted_whole_with_its_introduction() -> None:
    text = "Values are read in this order:\n\n- From the environment.\n- From a file.\n- The default."

    assert lines(text, "From a file.") == [
        "Values are read in this order:",
        "From the environment.",
        "From a file.",
        "The default.",
    ]


def test_an_announcement_is_quoted_with_its_list() -> None:
    text = "Values are read in this order:\n\n- From the environment.\n- From a file."

    assert len(lines(text, "Values are read in this order:")) == 3


def test_an_announcement_of_a_long_list_is_not_quoted_but_its_items_are() -> None:
    items = [f"name{at} - Sets the option number {at} of the service to a value. Defaults to {at}." for at in range(9)]
    found = units("The following options are supported:\n\n" + "\n".join(f"- {item}" for item in items))

    assert "The following options are supported:" not in [unit.text for unit in found]
    assert [line.text for line in found[0].lines] == [
        "name0 - Sets the option number 0 of the service to a value.",
        "Defaults to 0.",
    ]


def test_a_term_is_quoted_with_its_definition() -> None:
    text = "Smoker\n:   A can with bellows that blows cool smoke. Smoke calms the bees of a hive."

    assert lines(text, "Smoker : A can with bellows that blows cool smoke.") == [
        "Smoker : A can with bellows that blows cool smoke."
    ]


def test_a_term_in_a_block_of_its_own_is_quoted_with_its_definition() -> None:
    blocks = ["Smoker", "A can with bellows for smoke. It calms the bees of a hive."]
    text = "\n\n".join([*blocks, "Hive tool", "A flat lever made of steel."])

    assert lines(text, "A flat lever made of steel.") == ["Hive tool", "A flat lever made of steel."]
    assert lines(text, "It calms the bees of a hive.")[0] == "Smoker"


def test_the_title_of_an_admonition_is_no_term() -> None:
    assert lines("Note\n\nA flat lever is made of steel.", "A flat lever is made of steel.") == [
        "A flat lever is made of steel."
    ]


@pytest.mark.parametrize("after", ["", " More is said here.", "\n\nMore is said here."])
def test_a_sentence_that_trails_off_before_prose_is_quoted(after: str) -> None:
    text = "A class for metrics of requests, timings..."

    assert lines(text + after, text) == [text]


def test_a_statement_that_there_is_something_is_quoted_with_it() -> None:
    text = "There is a technical reason too. A model reads a limited stretch of text."

    assert len(lines(text, "There is a technical reason too.")) == 2


def test_the_head_of_a_table_and_rows_of_figures_are_not_quoted() -> None:
    rows = ["Name | Meaning", "--- | ---", "k1 | limits how much repetitions count", "b | 0.75 1 2 3 4"]
    table = "\n".join(f"| {row} |" for row in rows)

    assert [unit.text for unit in units(table)] == ["k1 - limits how much repetitions count"]


def test_code_belongs_to_the_sentence_before_it() -> None:
    unit, other = units("Run the app like this:\n\n```\nrun(app)\n```\n\nThe app is then running.")

    assert unit.code is not None
    assert unit.code.text == "run(app)"
    assert unit.announces_code
    assert other.code is None


@pytest.mark.parametrize("sentence", ["Returns the name of it.", "Handles requests.", "Used to add a task."])
def test_a_sentence_that_begins_with_its_verb_lacks_a_subject(sentence: str) -> None:
    assert lacks_subject(sentence)


@pytest.mark.parametrize(
    "sentence", ["Words differ in it.", "Process the request.", "Bees cover the box.", "There's a list."]
)
def test_a_sentence_with_a_subject_does_not(sentence: str) -> None:
    assert not lacks_subject(sentence)
