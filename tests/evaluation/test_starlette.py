"""The Starlette documentation with its 35 questions, through splitter, both models, index and retriever.

The thresholds are those of the table in docs/evaluation.md. One of the 27 answerable questions is 3.7 points.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from glossator.domain.answering.evaluation.measures import Measured
from glossator_plugins.local_models.models import E5_SPACE, MINILM_SPACE
from tests.evaluation.books import off_topic, percentages, questions_in, searched, xquad_questions
from tests.evaluation.cached_models import CachedModels, one_process_at_a_time
from tests.places import CORPORA, STARLETTE_DOCS

pytestmark = [
    pytest.mark.skipif(not STARLETTE_DOCS.is_dir(), reason=f"needs the Starlette documentation in {STARLETTE_DOCS}"),
    pytest.mark.timeout(900),  # without cached vectors this takes 40 CPU seconds
]


@pytest.fixture(scope="session")
def results(models: CachedModels, tmp_path_factory: pytest.TempPathFactory) -> list[Measured]:
    """The first test computes for all, of every worker."""
    with one_process_at_a_time():
        return asyncio.run(ask_all(models, tmp_path_factory.mktemp("starlette")))


async def ask_all(models: CachedModels, folder: Path) -> list[Measured]:
    questions = questions_in(CORPORA / "starlette-docs" / "dev_questions.jsonl")
    others = off_topic(xquad_questions("en")[:120])
    async with searched(STARLETTE_DOCS, models, folder) as book:
        return await book.ask_all([*questions, *others])


def answerable(results: Sequence[Measured]) -> list[Measured]:
    return [one for one in results if one.question.is_answerable]


def test_evidence_is_among_the_first_five_passages(results: list[Measured]) -> None:
    figures = percentages(answerable(results))

    assert figures["recall_at_5"] >= 96
    assert figures["mrr_at_10"] >= 79


def test_the_first_five_passages_are_short(results: list[Measured]) -> None:
    assert percentages(results)["characters_of_first_5"] <= 3400


def test_all_questions_out_of_scope_are_declined(results: list[Measured]) -> None:
    out_of_scope = [one for one in results[:35] if not one.question.is_answerable]

    assert len(out_of_scope) == 8
    assert [one.question.text for one in out_of_scope if not one.declined] == []


def test_questions_on_other_subjects_are_declined(results: list[Measured]) -> None:
    others = results[35:]

    assert len(others) == 120
    assert sum(one.declined for one in others) >= 118


def test_questions_that_the_book_answers_are_answered(results: list[Measured]) -> None:
    asked = answerable(results)

    assert len(asked) == 27
    assert sum(one.declined for one in asked) <= 1


def wrong(results: Sequence[Measured], minilm: float, e5: float) -> int:
    """Questions that both models' thresholds would decline or answer wrongly."""
    limits = {MINILM_SPACE.name: minilm, E5_SPACE.name: e5}
    declines = [all(one.cosine < limits[one.space] for one in result.trial.cosines) for result in results]
    return sum(no == one.question.is_answerable for no, one in zip(declines, results, strict=True))


def test_the_thresholds_follow_from_the_first_halves(results: list[Measured]) -> None:
    """MiniLM's is the lowest, in steps of 0.005, that is never wrong there; no threshold has seen the second halves."""
    sets = (answerable(results), [one for one in results[:35] if not one.question.is_answerable], results[35:])
    first = [one for part in sets for one in part[: len(part) // 2]]
    second = [one for part in sets for one in part[len(part) // 2 :]]
    minilm, e5 = MINILM_SPACE.evidence.weak, E5_SPACE.evidence.weak

    assert wrong(first, minilm, e5) == 0
    assert wrong(first, minilm - 0.005, e5) > 0
    assert wrong(second, minilm, e5) <= 1
