"""Answers while the embeddings are unavailable: never "not in the book"."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import pytest

from glossator.domain.answering.answer import Answering
from glossator.domain.answering.notices import ENGLISH
from glossator.domain.answering.question import Question
from glossator.domain.answering.retrieval.retriever import Retriever
from glossator.domain.errors import Unavailable
from glossator.domain.ports.embedder import Embedded, Purpose
from tests.domain.answering.models import ScriptedModel, answering_over, library
from tests.indexes import CountingEmbedder
from tests.options import ANSWERING_OPTIONS, RETRIEVAL_OPTIONS

pytestmark = pytest.mark.virtual_time

QUESTION = Question("What does the inverted index map a word to?")


class UnavailableEmbedder(CountingEmbedder):
    async def embed(self, texts: Sequence[str], purpose: Purpose, spaces: Collection[str] | None = None) -> Embedded:
        raise Unavailable("openai", "the server does not respond")


def degraded(model: ScriptedModel) -> Answering:
    embedder = UnavailableEmbedder()
    retriever = Retriever(embedder, library(), RETRIEVAL_OPTIONS)
    return answering_over(retriever, embedder, model, ANSWERING_OPTIONS)


async def test_keywords_find_the_passages_and_the_answer_says_so() -> None:
    answer = await degraded(ScriptedModel()).ask(QUESTION)

    assert (answer.mode, answer.retrieval) == ("generated", "keywords")
    assert answer.citations[0].quote == "The inverted index maps a word to its passages."


async def test_with_the_model_down_too_the_book_is_quoted() -> None:
    answer = await degraded(ScriptedModel(fail_after=0)).ask(QUESTION)

    assert (answer.mode, answer.reason) == ("extractive", "model_unavailable")
    assert "The inverted index maps a word to its passages." in answer.response


async def test_a_model_that_finds_nothing_does_not_speak_for_the_book() -> None:
    answer = await degraded(ScriptedModel("NOT_IN_BOOK: No.")).ask(QUESTION)

    assert (answer.mode, answer.reason, answer.response) == ("extractive", "model_unavailable", ENGLISH.keywords_only)
    assert answer.nearest


@pytest.mark.parametrize("generates", [True, False])
async def test_without_any_keyword_nothing_is_said_about_the_book(generates: bool) -> None:
    answer = await degraded(ScriptedModel(generates=generates)).ask(Question("Who won?"))

    assert (answer.mode, answer.response, answer.nearest) == ("extractive", ENGLISH.no_keywords, ())


async def test_a_book_without_vectors_is_searched_by_keywords_and_may_decline() -> None:
    index = library()
    index.stored[1].build = replace(index.stored[1].build, spaces=())
    embedder = CountingEmbedder()
    retriever = Retriever(embedder, index, RETRIEVAL_OPTIONS)

    answer = await answering_over(retriever, embedder, ScriptedModel("NOT_IN_BOOK: No."), ANSWERING_OPTIONS).ask(
        QUESTION
    )

    assert (answer.mode, answer.retrieval) == ("declined", "keywords")
