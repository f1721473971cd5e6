"""The questions of an evaluation, with the quotes of the book that answer them, and a first file of them.

The first file is made from the headings of a book, for its author to edit.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from glossator.domain.answering.proof.passage_sentences import passage_sentences
from glossator.domain.answering.question import Question, Turn
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


@dataclass(frozen=True)
class GoldQuote:
    """Text that answers a question, verbatim from the page with this path. Without a quote, the whole page does."""

    page: str
    quote: str

    def is_in(self, page: str, text: str) -> bool:
        """White space does not matter."""
        return page == self.page and one_spaced(self.quote) in one_spaced(text)


@dataclass(frozen=True)
class EvaluationQuestion:
    """`evidence` has one quote or more for each part of the answer; it is empty when the book does not answer."""

    id: str
    text: str
    evidence: tuple[tuple[GoldQuote, ...], ...] = ()
    selected_text: str = ""
    history: tuple[Turn, ...] = ()
    kind: str = ""
    language: str = ""

    @property
    def is_answerable(self) -> bool:
        return bool(self.evidence)

    @property
    def question(self) -> Question:
        return Question(self.text, self.selected_text, self.history, "markdown")


def one_spaced(text: str) -> str:
    return " ".join(text.split())


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
