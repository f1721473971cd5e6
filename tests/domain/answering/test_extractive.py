"""Quotations: literal, cited, short, to the point, or none."""

import re

import pytest

from glossator.domain.answering.extractive import MOST_CHARACTERS, MOST_SENTENCES, extract
from glossator.domain.ports.chat_model import Quotable

RANKING = Quotable(
    1,
    "Searching > Ranking",
    "BM25 weighs a word by its rarity. A rare word says more than a common one.\n\n"
    "```python\nrank = bm25(rarity)  # the rarity of a word.\n```\n\n"
    "| word | rarity |\n|---|---|\n| the rarity of a word | high |\n\n"
    "The parameter k1 limits how\nmuch a repeated word counts.",
)
FUSION = Quotable(
    2, "Searching > Fusion", "Fusion makes one ranking out of two.\n\n- DBSF looks at the scores of a list.\n"
)
PASSAGES = (RANKING, FUSION)


def quoted(answer: str) -> list[tuple[str, int]]:
    return [(text.strip(), int(number)) for text, number in re.findall(r"(.+?) \[(\d+)\](?:\s+|$)", answer)]


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_the_sentence_that_shares_most_with_the_question_is_quoted_and_cited() -> None:
    assert extract("How does fusion make one ranking?", PASSAGES) == "Fusion makes one ranking out of two. [2]"


def test_other_forms_of_a_word_count() -> None:
    assert extract("Are words weighed by rarities?", PASSAGES).startswith("BM25 weighs a word by its rarity. [1]")


@pytest.mark.parametrize(
    "question",
    ["How does fusion make one ranking?", "What is the rarity of a word?", "k1", "scores of a list", "Python rank"],
)
def test_every_quotation_stands_literally_in_the_passage_of_its_number(question: str) -> None:
    texts = {passage.number: one_line(passage.text) for passage in PASSAGES}
    found = quoted(extract(question, PASSAGES))
    assert all(sentence in texts[number] for sentence, number in found)


def test_a_sentence_over_two_lines_is_quoted_on_one() -> None:
    assert "The parameter k1 limits how much a repeated word counts. [1]" in extract("What does k1 limit?", PASSAGES)


def test_code_and_tables_are_not_quoted() -> None:
    answer = extract("What is the rarity of a word?", PASSAGES)
    assert answer
    assert not {"```", "rank =", "|", "#"} & set(answer.split())


def test_a_list_item_is_quoted_without_its_mark() -> None:
    assert extract("What does DBSF look at?", PASSAGES) == "DBSF looks at the scores of a list. [2]"


def test_sentences_of_a_passage_keep_the_order_of_the_book() -> None:
    passage = Quotable(1, "", "The index holds words. It is small.\n\nA build of the index holds words and vectors.")
    answer = extract("Which words and vectors does a build of the index hold?", [passage])
    assert answer == "The index holds words. [1] A build of the index holds words and vectors. [1]"


def test_the_words_of_the_heading_help_the_sentences_under_it() -> None:
    passages = [Quotable(1, "Cooking", "It takes an hour at least."), Quotable(2, "Declining", "It says so openly.")]
    assert extract("What does declining mean?", passages) == "It says so openly. [2]"


def test_a_rare_word_weighs_more_than_one_that_all_passages_have() -> None:
    passages = [Quotable(n, "", f"The index holds passage number {n}.") for n in range(1, 6)]
    passages.append(Quotable(6, "", "Builds are numbered by the index."))
    assert extract("How are builds of the index numbered?", passages) == "Builds are numbered by the index. [6]"


def test_the_same_sentence_is_quoted_once() -> None:
    twice = [Quotable(1, "", "Fusion makes one ranking."), Quotable(2, "", "Fusion makes one ranking.")]
    assert extract("fusion ranking", twice) == "Fusion makes one ranking. [1]"


def test_an_answer_has_few_sentences() -> None:
    passage = Quotable(1, "", " ".join(f"Fusion number {n} is good." for n in range(20)))
    assert len(quoted(extract("Which fusion is good?", [passage]))) == MOST_SENTENCES


def test_an_answer_is_short() -> None:
    passages = [Quotable(n, "", f"Fusion {n} is {'very ' * 60}good.") for n in range(1, 9)]
    answer = extract("Which fusion is good?", passages)
    assert 0 < sum(len(sentence) for sentence, _ in quoted(answer)) <= MOST_CHARACTERS


@pytest.mark.parametrize(
    ("question", "passages"),
    [
        ("", PASSAGES),
        ("the of and", PASSAGES),
        ("How do I bake bread?", PASSAGES),
        ("fusion", ()),
        ("fusion", (Quotable(1, "", ""),)),
        ("fusion", (Quotable(1, "", "```\nfusion = one of the rankings.\n```"),)),
        ("fusion", (Quotable(1, "", "# Fusion of several rankings"),)),
        ("fusion", (Quotable(1, "", "    fusion = one of the rankings."),)),
        ("fusion", (Quotable(1, "", "What is a fusion of rankings?"),)),
        ("fusion", (Quotable(1, "", "Fusion!"),)),
        ("fusion", (Quotable(1, "", "Fusion is told by others [7] as well."),)),
        ("fusion", (Quotable(1, "", "of fusion that began in another passage."),)),
        ("fusion", (Quotable(1, "", "| a fusion of lists | one of several |\n| another | row |"),)),
        ("fusion", (Quotable(1, "", "The share of fusion is about\n\n$$\nx\n$$"),)),
        ("fusion", (Quotable(1, "", "Fusion " + "on and on " * 100 + "it goes."),)),
    ],
)
def test_nothing_is_quoted_when_nothing_fits(question: str, passages: tuple[Quotable, ...]) -> None:
    assert extract(question, passages) == ""


@pytest.mark.parametrize(
    "sentence",
    [
        "Fusion joins lists, e.g. The Two Lists of a search.",
        "Fusion was told by Dr. Smith in a paper.",
        "Fusion was told by J. Smith in a paper.",
        "Fusion joins lists (DBSF, RRF, etc.) into one.",
        "Version 1.2 of the fusion joins lists.",
        "Fusion is cut... and goes on here.",
    ],
)
def test_a_sentence_is_not_cut_at_a_point_inside_it(sentence: str) -> None:
    passage = Quotable(1, "", f"Nothing else is here. {sentence} Something else follows.")
    assert extract("What about fusion?", [passage]) == f"{sentence} [1]"


def test_text_inside_an_admonition_is_quoted_without_its_lines() -> None:
    passage = Quotable(1, "", ":::tip\n\nFusion joins two lists into one.\n\n:::")
    assert extract("fusion", [passage]) == "Fusion joins two lists into one. [1]"


def test_a_quotation_block_of_several_lines_is_not_mangled() -> None:
    passage = Quotable(1, "", "> Fusion joins\n> two lists into one.")
    assert extract("fusion", [passage]) == ""
