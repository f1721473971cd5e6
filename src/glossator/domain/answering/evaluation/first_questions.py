"""A first question file from the headings of a book, for its author to edit."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from glossator.domain.answering.evaluation.questions import one_spaced
from glossator.domain.answering.proof.passage_text import passage_sentences
from glossator.domain.answering.retrieval.evidence import identifiers_of
from glossator.domain.book.passages import Passage
from glossator.domain.book.words import uses_latin_script

MIN_QUOTE: Final = 20
OFF_TOPIC: Final = (
    "Which team won the football World Cup in 1998?",
    "How long does it take to boil an egg?",
    "What is the capital of Australia?",
    "Who painted the ceiling of the Sistine Chapel?",
    "How many bones does an adult human have?",
    "When do swallows fly south?",
    "How do I remove a coffee stain from a shirt?",
    "What is the tallest mountain in Africa?",
)


def first_questions(passages: Iterable[Passage]) -> Iterator[dict[str, Any]]:
    """A question for each heading with text, then some that no book on one subject answers."""
    sections: set[tuple[str, tuple[str, ...]]] = set()
    asked: Counter[str] = Counter()
    for passage in passages:
        section = (passage.page, passage.headings)
        quote = quotable(passage)
        if section in sections or not passage.headings or not quote:
            continue
        sections.add(section)
        question = heading_question(passage.headings)
        asked[question] += 1
        repeated = {"id": f"{question} ({asked[question]})"} if asked[question] > 1 else {}
        evidence = [[{"file": passage.page, "quote": quote}]]
        yield {**repeated, "question": question, "kind": "heading", "evidence": evidence}
    for question in OFF_TOPIC:
        yield {"question": question, "kind": "off-topic", "evidence": []}


def heading_question(headings: tuple[str, ...]) -> str:
    """A heading in another script is a question as it is: a template in English would not fit it."""
    heading = headings[-1]
    if heading.endswith("?") or not uses_latin_script(heading):
        return heading
    if identifiers_of(heading) and " " not in heading:
        return f"What does {heading} do?"
    context = f" in {headings[-2]}" if len(headings) > 1 else ""
    return f"What does the book say about {heading}{context}?"


def quotable(passage: Passage) -> str:
    """The first sentence that its source has verbatim; the first line when Markdown changes every sentence."""
    source = one_spaced(passage.text)
    for sentence in passage_sentences(passage):
        if len(sentence.text) >= MIN_QUOTE and sentence.text in source:
            return sentence.text
    lines = (one_spaced(line) for line in passage.text.splitlines() if not line.lstrip().startswith("#"))
    return next((line for line in lines if line), "")


def to_lines(questions: Iterable[dict[str, Any]]) -> str:
    return "".join(f"{json.dumps(question, ensure_ascii=False)}\n" for question in questions)
