from dataclasses import asdict, replace

import pytest

from glossator.domain.answering.question import Answer, Citation, Grounding, Question, Usage
from glossator.domain.conversations.thread import Thread, make_title

CITATIONS = (
    Citation(1, "p1", "Week 3", "Nodes", "/read/week-3#nodes", "A node is a process.", 0.9),
    Citation(2, "p2", "Week 4", "Week 4", "/read/week-4", "A topic has a name.", 0.8),
)


def answer(text: str = "A process [1].") -> Answer:
    return Answer(text, "generated", CITATIONS[:1], Grounding(1.0), Usage())


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("What is a node?", "What is a node?"),
        ("  What\n\tis   a node? ", "What is a node?"),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 80),
        ("word " * 16, ("word " * 16).strip()),
        ("word " * 17, ("word " * 16).strip()),
        ("x" * 80 + " y", "x" * 80),
        ("x" * 79 + " yy", "x" * 79),
        ("\N{GRINNING FACE}" * 81, "\N{GRINNING FACE}" * 80),
    ],
)
def test_a_title_is_the_start_of_the_question_cut_after_a_word(question: str, title: str) -> None:
    assert make_title(question) == title


def test_an_exchange_has_the_ids_of_its_thread() -> None:
    thread = Thread("ada", Question("What is a node?", "Nodes talk."), "request-1")

    exchange = thread.completed_exchange(answer())

    assert (exchange.question.id, exchange.answer.id) == (thread.question_id, thread.answer_id)
    assert {exchange.question.conversation_id, exchange.answer.conversation_id} == {thread.conversation_id}
    assert (exchange.question.role, exchange.answer.role) == ("user", "assistant")
    assert exchange.question.selected_text == "Nodes talk."
    assert exchange.question.created_at <= exchange.answer.created_at


def test_an_answer_is_stored_with_its_citations() -> None:
    stored = Thread("ada", Question("What is a node?"), "request-1").completed_exchange(answer()).answer

    assert stored.sources == ("Week 3 \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} Nodes",)
    assert stored.citations is not None
    assert stored.citations[0]["quote"] == "A node is a process."
    assert (stored.mode, stored.interrupted, stored.request_id) == ("generated", False, "request-1")


def test_an_interrupted_answer_keeps_the_citations_in_its_text() -> None:
    stored = (
        Thread("ada", Question("What is a topic?"), "r")
        .interrupted_exchange("It has a name [2]. And", CITATIONS)
        .answer
    )

    assert (stored.content, stored.mode, stored.interrupted) == ("It has a name [2]. And", None, True)
    assert stored.citations is not None
    assert [citation["n"] for citation in stored.citations] == [2]
    assert stored.sources == ("Week 4",)


def test_nul_and_surrogates_are_removed_from_an_answer() -> None:
    stored = Thread("ada", Question("What?"), "r").completed_exchange(answer("a\0b \ud800 \N{GRINNING FACE}")).answer

    assert stored.content == "ab ? \N{GRINNING FACE}"


def test_nul_and_surrogates_are_removed_from_a_citation() -> None:
    bad = "\0 \ud800"
    damaged = Citation(1, f"id{bad}", f"title{bad}", f"heading{bad}", f"url{bad}", f"quote{bad}", 0.9)

    stored = Thread("ada", Question("What?"), "r").completed_exchange(replace(answer(), citations=(damaged,))).answer

    assert stored.citations == (
        asdict(Citation(1, "id ?", "title ?", "heading ?", "url ?", "quote ?", 0.9)) | {"quotes": []},
    )
    assert stored.sources == ("title ? \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} heading ?",)


def test_nul_and_surrogates_are_removed_from_a_question_and_its_title() -> None:
    question = Question("What is\0 a \ud800?", "Nodes\0 talk.")

    stored = Thread("ada", question, "r").completed_exchange(answer()).question

    assert (stored.content, stored.selected_text) == ("What is a ??", "Nodes talk.")
    assert make_title(question.text) == "What is a ??"
