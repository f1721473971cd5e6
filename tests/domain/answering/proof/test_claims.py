"""An answer is cut into claims with their numbers and positions."""

import pytest

from glossator.domain.answering.proof.claims import claims_of, find_quoted


def texts_of(response: str) -> list[str]:
    return [claim.text for claim in claims_of(response)]


def numbers_of(response: str) -> list[tuple[int, ...]]:
    return [claim.numbers for claim in claims_of(response)]


@pytest.mark.parametrize(
    "sentence",
    [
        "The index maps words, e.g. Brake, to passages.",
        "Mr. Smith wrote the first index by hand.",
        "The U.S. Library keeps the index of J. Smith.",
        "It is shown in Fig. 3 and No. 5 of the book.",
        "The limit is 0.29 in version 1.2.3 of it.",
        "It waits... and goes on with the index.",
        "Lists (DBSF, RRF, etc.) are joined into one.",
        'It asks "why?" and goes on with the index.',
        'It begins with "squash! …" or "fixup! …", and is then moved.',
    ],
)
def test_a_sentence_is_not_cut_at_a_point_inside_it(sentence: str) -> None:
    assert texts_of(f"Nothing else is said. {sentence} Something else follows.")[1] == sentence


def test_a_sentence_may_begin_with_the_name_of_a_function() -> None:
    assert texts_of("The body is read once. request.form() reads the fields of it.") == [
        "The body is read once.",
        "request.form() reads the fields of it.",
    ]


def test_marks_of_lists_are_neither_sentences_nor_numbers() -> None:
    response = "1. The index maps words [1].\n2. The vectors hold meanings [2].\n- A third item is here."

    assert texts_of(response) == ["The index maps words.", "The vectors hold meanings.", "A third item is here."]
    assert numbers_of(response) == [(1,), (2,), ()]


@pytest.mark.parametrize(
    "response",
    [
        "# The inverted index of words",
        "Here is how it works:",
        "What does the index map?",
        "Yes.",
        "```python\nindex = build(words)\n```",
        "~~~\nThe index maps words to passages.\n~~~",
        "",
    ],
)
def test_headings_code_questions_and_announcements_claim_nothing(response: str) -> None:
    assert claims_of(response) == []


def test_code_without_its_fence_claims_nothing() -> None:
    response = "The index maps words to passages [1].\n\nindex = build_index(words)\nprint(index.search('word'))"

    assert texts_of(response) == ["The index maps words to passages."]


def test_each_row_of_a_table_but_its_head_is_a_claim() -> None:
    response = "| Name | Use |\n| --- | --- |\n| StaticFiles | serves a folder [1] |\n| Mount | joins routes [2] |"

    assert texts_of(response) == ["StaticFiles serves a folder", "Mount joins routes"]
    assert numbers_of(response) == [(1,), (2,)]


def test_the_rows_of_a_table_in_plain_text_are_claims() -> None:
    assert numbers_of("StaticFiles | serves a folder [1]\nMount | joins some routes [2]") == [(1,), (2,)]


@pytest.mark.parametrize(
    ("response", "numbers"),
    [
        ("Words are mapped here [1].", [(1,)]),
        ("Words are mapped here. [1]", [(1,)]),
        ("Words are mapped here.[1][2]", [(1, 2)]),
        ("Words are mapped here [1, 3-5].", [(1, 3, 4, 5)]),
        ("According to [2], words are mapped here.", [(2,)]),
        ("单词在这里。[1] 向量在这里。[2]", [(1,), (2,)]),
    ],
)
def test_a_sentence_has_the_numbers_that_it_cites(response: str, numbers: list[tuple[int, ...]]) -> None:
    assert numbers_of(response) == numbers


def test_numbers_after_the_last_mark_cover_the_paragraph_back_to_the_last_number() -> None:
    response = "Words are in it [1]. Lists are in it. Vectors are in it. [2]\n\nNothing is cited here."

    assert numbers_of(response) == [(1,), (2,), (2,), ()]


def test_numbers_inside_a_sentence_cover_that_sentence_alone() -> None:
    assert numbers_of("Lists are in the index. Vectors are in it too [2].") == [(), (2,)]


def test_numbers_on_a_line_of_their_own_cover_the_paragraph_above() -> None:
    assert numbers_of("Lists are in the index. Vectors are in it too.\n[2]") == [(2,), (2,)]


def test_quoted_sentences_are_found_in_a_response_that_escapes_them() -> None:
    response = "Set OPENAI\\_KEY first.\nIt is *read* once. [1]\n\n- Smoker : A can\n- It is read [2]"

    spans = find_quoted(
        response, ["Set OPENAI_KEY first.", "It is *read* once.", "Smoker : A can", "It is read", "No."]
    )

    assert [span and response[span.start : span.end] for span in spans] == [
        "Set OPENAI\\_KEY first.",
        "It is *read* once. [1]",
        "Smoker : A can",
        "It is read [2]",
        None,
    ]


def test_a_claim_is_the_sentence_without_its_markup() -> None:
    (claim,) = claims_of("> - **The** `static_files` [of a page](page.md) are *not* served [1].")

    assert claim.text == "The static_files of a page are not served."
    assert claim.code == ("static_files",)


@pytest.mark.parametrize("before", ["", "😀 e\u0301 ", "مرحبا بكم في الكتاب. ", "**Bold.** ", "1. "])
def test_the_position_of_a_claim_is_that_of_its_sentence(before: str) -> None:
    sentence = "The index maps words to passages [1]."
    response = f"{before}{sentence}\n\nThe end."

    span = claims_of(response)[-1 if "مر" not in before else 1].span

    assert response[span.start : span.end].endswith(sentence)
