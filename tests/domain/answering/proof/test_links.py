"""Links to sentences. tests/browser/test_text_fragments.py opens them in a browser."""

from dataclasses import replace
from urllib.parse import unquote

import pytest

from glossator.domain.answering.proof.links import sentence_url
from glossator.domain.answering.proof.passage_sentences import passage_sentences
from glossator.domain.book.pages.parsing import parse_page
from glossator.domain.book.passages import Passage
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter

SITE = "https://book.example/"
LONG = "This sentence, which goes on and on, is much longer than a hundred characters, so only its ends are named here."


def passage_of(text: str, path: str = "page.md") -> Passage:
    return Splitter(Limits(2000))(parse_page(path, f"# Page\n\n## Part\n\n{text}"))[0]


def url_of(text: str, number: int = 0, *, base: str = SITE) -> str:
    passage = passage_of(text)
    return sentence_url(base, passage, passage_sentences(passage)[number])


def directive(text: str, number: int = 0) -> str:
    return url_of(text, number).partition(":~:text=")[2]


def test_a_link_opens_the_page_at_the_sentence_behind_its_anchor() -> None:
    assert url_of("A link names the whole sentence where it is short enough for it.") == (
        f"{SITE}page#part:~:text=A%20link%20names%20the%20whole%20sentence%20where%20it%20is%20short%20enough%20for%20it."
    )


def test_a_page_without_an_anchor_has_a_fragment_too() -> None:
    passage = replace(passage_of("One short line."), url="page")

    assert sentence_url(SITE, passage, passage_sentences(passage)[0]) == f"{SITE}page#:~:text=One%20short%20line."


def test_the_built_in_reader_also_gets_the_number_of_the_sentence() -> None:
    passage = passage_of("One is here. Two is here.")

    url = sentence_url("/read/", passage, passage_sentences(passage)[1])

    assert url.startswith(f"/read/page?at={passage.id}.1#part:~:text=")


def test_the_signs_of_the_directive_are_encoded() -> None:
    found = directive("A-sentence, with & in it, and 100% (of) signs like # and ?")

    assert found == (
        "A%2Dsentence%2C%20with%20%26%20in%20it%2C%20and%20100%25%20%28of%29%20signs%20like%20%23%20and%20%3F"
    )


def test_a_long_sentence_is_named_by_its_first_and_its_last_words() -> None:
    start, end = map(unquote, directive(LONG).split(","))

    assert LONG.startswith(f"{start} ")
    assert LONG.endswith(f" {end}")
    assert len(start) >= 50


def test_the_end_is_not_found_before_the_end() -> None:
    text = f"The key is named here. {LONG[:-1]} - and only its ends are named here, and only its ends are named here."

    end = unquote(directive(text, 1).split(",")[-1])

    assert text.find(end) == len(text) - len(end)


@pytest.mark.parametrize(
    ("text", "number", "expected"),
    [
        ("It is red. Defaults to False. It is not blue.", 1, "It is red.-,Defaults to False."),
        ("Defaults to False. It is not blue or green.", 0, "Defaults to False.,-It is not blue or"),
        ("Before it is this line.\n\nDefaults to False.", 1, "it is this line.-,Defaults to False."),
        ("Defaults to False.\n\n- An item comes after.", 0, "Defaults to False.,-An item comes after."),
        ("Defaults to False.", 0, "Defaults to False."),
        ("Defaults to False.\n\n```\ncode\n```", 0, "Defaults to False."),
        ("Defaults to False.\n\n:::tip\n\nA tip about something.\n\n:::", 0, "Defaults to False."),
    ],
)
def test_short_text_gets_its_neighbour_on_the_page_as_context(text: str, number: int, expected: str) -> None:
    assert unquote(directive(text, number)) == expected


def test_repeated_text_gets_context_on_both_sides() -> None:
    text = "A cookie is red. Defaults to False. It stays.\n\nA header is red. Defaults to False. It stays."

    assert unquote(directive(text, 4)) == "A header is red.-,Defaults to False.,-It stays."


def test_a_row_runs_from_its_first_to_its_last_cell() -> None:
    text = "| Name | Meaning |\n|---|---|\n| k1 | How soon words stop counting. |"

    assert unquote(directive(text, 1)) == "Meaning-,k1,words stop counting."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A line with ![a sign](sign.png) a picture.", "A line with,a picture."),
        ("A line with $x^2$ as a formula.", "A line with,as a formula."),
        ("A line with an $x$-axis as a word.", "A line with an,as a word."),
        ("A line has a note[^1] in its middle.", "A line has a,in its middle."),
        ("A line has a  \nbreak in it.", "A line has a,break in it."),
        ("A line has a<br>break in it.", "A line has a,break in it."),
        ("A line has a <Widget /> in it.", "A line has a,in it."),
        ("A line has [brackets] in it.", "A line has,in it."),
        ("A line has {props.value} in it.", "A line has,in it."),
        ("A line has a :smile: in it.", "A line has a,in it."),
    ],
)
def test_what_renderings_show_differently_is_between_start_and_end(text: str, expected: str) -> None:
    assert unquote(directive(f"Here it is. {text}", 1)) == f"Here it is.-,{expected}"


def test_a_short_start_without_context_is_left_out() -> None:
    assert unquote(directive("A line with ![a sign](sign.png) a picture of it.")) == "a picture of it."


def test_chinese_is_cut_at_its_punctuation() -> None:
    clauses = [f"\u8fd9\u662f\u7b2c{number}\u4e2a\u5f88\u957f\u5f88\u957f\u7684\u5206\u53e5" for number in range(12)]
    text = "\uff0c".join(clauses) + "\u3002"

    start, end = map(unquote, directive(text).split(","))

    assert text.startswith(start)
    assert start.endswith("\uff0c")
    assert end.startswith("\u8fd9\u662f\u7b2c")


def test_code_is_linked_by_its_anchor_alone() -> None:
    assert url_of("```python\nx = 1\n```") == f"{SITE}page#part"


def test_lone_surrogates_do_not_break_a_link() -> None:
    assert "%3F" in directive("A sentence with half of a \ud83d sign in it.")


def test_plain_text_has_no_markup() -> None:
    passage = Splitter(Limits(2000))(parse_page("notes.txt", "Stars *are* text here."))[0]

    assert [one.text for one in passage_sentences(passage)] == ["Stars *are* text here."]
