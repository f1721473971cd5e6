"""Answers by quotation to real questions on three books, through both local models, the index and the retriever."""

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from glossator.domain.answering.question import Answer, Question
from glossator.domain.answering.quoting.quoter import MAX_SENTENCES
from tests.domain.answering.models import ScriptedModel, answering_over
from tests.evaluation.books import searched
from tests.evaluation.cached_models import CachedModels, one_process_at_a_time
from tests.options import ANSWERING_OPTIONS
from tests.places import CORPORA, ROOT, STARLETTE_DOCS

pytestmark = pytest.mark.timeout(900)  # without cached vectors this takes a CPU minute

BEES = (
    "How long does a worker live?",
    "When do I treat the colony against the mite?",
    "How do I extract honey?",
    "What is a smoker?",
    "Why does a colony swarm?",
    "How much does the extractor cost?",
    "Where should a hive stand?",
    "How much sugar syrup do bees need for the winter?",
    "What should I do after a sting?",
    "What does the waggle dance tell?",
)


@dataclass(frozen=True)
class Quoted:
    """`evidence` are the sentences that answer the question; empty where the question has none on file."""

    question: str
    evidence: tuple[str, ...]
    answer: Answer


def asked_questions() -> dict[Path, list[tuple[str, tuple[str, ...]]]]:
    lines = (ROOT / "tests" / "data" / "sample_questions.jsonl").read_text(encoding="utf-8").splitlines()
    sample = [row for row in map(json.loads, lines) if "quote" in row]
    books: dict[Path, list[tuple[str, tuple[str, ...]]]] = {
        ROOT / "sample-book": [(str(row["question"]), (str(row["quote"]),)) for row in sample],
        ROOT / "tests" / "data" / "books" / "beekeeping": [(question, ()) for question in BEES],
    }
    if STARLETTE_DOCS.is_dir():
        lines = (CORPORA / "starlette-docs" / "dev_questions.jsonl").read_text(encoding="utf-8").splitlines()
        rows = [row for row in map(json.loads, lines) if row["evidence"]]
        books[STARLETTE_DOCS] = [
            (str(row["question"]), tuple(one["quote"] for alternatives in row["evidence"] for one in alternatives))
            for row in rows
        ]
    return books


async def ask_all(models: CachedModels, folder: Path, style: str) -> list[Quoted]:
    found = []
    for number, (docs, questions) in enumerate(asked_questions().items()):
        async with searched(docs, models, folder / str(number)) as book:
            answering = answering_over(
                book.retriever,
                models,
                ScriptedModel(generates=False),
                replace(ANSWERING_OPTIONS, deadline=60.0, passages=8, characters=4000),
            )
            for text, evidence in questions:
                answer = await answering.ask(Question(text, format="text" if style == "text" else "markdown"))
                found.append(Quoted(text, evidence, answer))
    return found


@pytest.fixture(scope="session", params=["markdown", "text"])
def quoted(
    request: pytest.FixtureRequest, models: CachedModels, tmp_path_factory: pytest.TempPathFactory
) -> list[Quoted]:
    with one_process_at_a_time():
        found = asyncio.run(ask_all(models, tmp_path_factory.mktemp("quoted"), request.param))
    return [one for one in found if one.answer.citations]


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, re.sub(r"\[\d+\]", "", text)))


def said(answer: Answer) -> list[str]:
    return [answer.response[claim.span.start : claim.span.end] for claim in answer.grounding.sentences]


def test_the_quote_of_every_quoted_sentence_is_that_sentence(quoted: Sequence[Quoted]) -> None:
    for one in quoted:
        quotes = {quote.claim: quote.text for citation in one.answer.citations for quote in citation.quotes}
        claims = one.answer.grounding.sentences
        assert [letters(text) for text in said(one.answer)] == [letters(quotes[claim.span]) for claim in claims]


def test_nothing_but_quoted_sentences_headings_and_code_is_said(quoted: Sequence[Quoted]) -> None:
    for one in quoted:
        if "Sources: " not in one.answer.response:
            prose = re.sub(r"(?ms)^```.*?^```$|^\*\*[^\n]*?\*\*:", "", one.answer.response)
            assert letters(prose) == letters("".join(said(one.answer)))


def test_an_answer_has_few_sentences_and_none_that_only_announces(quoted: Sequence[Quoted]) -> None:
    for one in quoted:
        response = one.answer.response.partition("\n\nSources: ")[0]
        in_lists = len(re.findall(r"(?m)^- ", response))
        assert 1 <= len([text for text in said(one.answer) if not text.endswith(":")]) <= MAX_SENTENCES + 3 * in_lists
        assert not re.search(r":(?: \[\d+\])?\Z", response)


def test_no_answer_begins_with_a_sentence_that_depends_on_another(quoted: Sequence[Quoted]) -> None:
    first_words = {one.answer.response.split()[0] for one in quoted}

    assert not first_words & {"This", "It", "They", "These", "However,", "Then", "Therefore,"}


def test_most_answers_quote_a_sentence_that_answers(quoted: Sequence[Quoted]) -> None:
    with_evidence = [one for one in quoted if one.evidence]
    right = [
        one
        for one in with_evidence
        if any(letters(quote)[:40] in letters(one.answer.response) for quote in one.evidence)
    ]

    assert len(right) >= 0.75 * len(with_evidence), [one.question for one in with_evidence if one not in right]
