"""Suggested questions of real books, through both local models and the index: every one is answered by its page."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from glossator.app import running_app
from glossator.configuration import core as conf
from glossator.domain.answering.question import Answer, Question
from glossator.domain.answering.quoting.quoter import Quoter
from glossator.domain.answering.retrieval.retriever import RetrievalOptions, Retriever
from glossator.domain.answering.suggestions.suggested_questions import STARTERS, starters_of
from glossator.domain.answering.suggestions.suggester import AnswerCheck, Suggester
from glossator.domain.book.index import SuggestedPage
from glossator.domain.book.ingest.book_options import IngestOptions
from glossator.domain.book.ingest.ingest import Ingest
from glossator.domain.book.sources.folder import read_pages
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from glossator.domain.budget.budget import Budget
from glossator.kernel.draining import Draining
from glossator.kernel.guards.guard import Guard
from glossator_plugins.qdrant_edge.folder import EdgeFolder
from glossator_plugins.qdrant_edge.index import EdgeIndex
from tests.domain.answering.models import ScriptedModel, answering_over
from tests.evaluation.books import CHARACTERS
from tests.evaluation.cached_models import CachedModels, one_process_at_a_time
from tests.options import ANSWERING_OPTIONS
from tests.places import ROOT, STARLETTE_DOCS

pytestmark = pytest.mark.timeout(900)  # without cached vectors this takes a CPU minute

SAMPLE_BOOK: Final = ROOT / "sample-book"
BOOKS: Final = {
    "sample-book": (SAMPLE_BOOK, 20),
    "beekeeping": (ROOT / "tests" / "data" / "books" / "beekeeping", 1),
    "starlette": (STARLETTE_DOCS, 30),
}
"""Each with the least number of its questions."""


@dataclass(frozen=True)
class Suggested:
    """The pages of a book, and the answer to each of their questions; `least` is as in BOOKS."""

    least: int
    pages: list[SuggestedPage]
    answers: dict[str, Answer]


async def ask_all(docs: Path, least: int, models: CachedModels, folder: Path) -> Suggested:
    index, splitter = EdgeIndex(EdgeFolder(folder), Guard("index")), Splitter(Limits(CHARACTERS))
    try:
        retriever = Retriever(models, index, RetrievalOptions(passages=8, candidates=50))
        check = AnswerCheck(retriever, Quoter(models), passages=8, characters=4000)
        suggester = Suggester(index, check, None, Budget.without_caps())
        ingest = Ingest(index, models, splitter, batch=64, suggesting=suggester)
        await ingest.run(read_pages(docs, "docusaurus"), IngestOptions())
        pages = sorted([page async for page in index.suggested(1)], key=lambda page: page.path)
        options = replace(ANSWERING_OPTIONS, deadline=60.0, passages=8, characters=4000)
        answering = answering_over(retriever, models, ScriptedModel(generates=False), options)
        questions = [one.question for page in pages for one in page.suggestions or ()]
        return Suggested(least, pages, {text: await answering.ask(Question(text)) for text in questions})
    finally:
        await index.close()


@pytest.fixture(scope="module", params=BOOKS)
def book(request: pytest.FixtureRequest, models: CachedModels, tmp_path_factory: pytest.TempPathFactory) -> Suggested:
    docs, least = BOOKS[request.param]
    if not docs.is_dir():
        pytest.skip("the shared corpora are not here")
    with one_process_at_a_time():
        return asyncio.run(ask_all(docs, least, models, tmp_path_factory.mktemp("suggested")))


def test_every_page_was_asked_and_the_book_has_questions(book: Suggested) -> None:
    assert [page.path for page in book.pages if page.suggestions is None] == []
    assert len(book.answers) >= book.least


def test_no_suggested_question_is_declined(book: Suggested) -> None:
    assert [text for text, answer in book.answers.items() if not answer.citations or answer.mode != "extractive"] == []


def test_every_suggested_question_is_answered_by_its_page(book: Suggested) -> None:
    asked = [(one.question, page.url) for page in book.pages for one in page.suggestions or ()]

    assert [text for text, url in asked if url not in cited_pages(book.answers[text])] == []


def cited_pages(answer: Answer) -> set[str]:
    return {urlsplit(cited.url).path.removeprefix("/read/") for cited in answer.citations}


def test_starters_are_different_and_of_different_pages(book: Suggested) -> None:
    starters = starters_of(book.pages)
    pages = [one.url.partition("#")[0] for one in starters]

    assert len({one.question for one in starters}) == len(starters) <= STARTERS
    assert len(set(pages)) == min(STARTERS, sum(bool(page.suggestions) for page in book.pages))


@pytest.mark.long
async def test_the_embedded_app_answers_every_suggested_question_of_the_sample_book(tmp_path: Path) -> None:
    settings = {
        "PLUGINS": "local_models,qdrant_edge",
        "DATA_PATH": str(tmp_path),
        "DOCS_PATH": str(SAMPLE_BOOK),
        "INGEST_ON_START": "0",
        "LIMITS__CHAT_PER_NETWORK": "0",
    }
    async with running_app(conf.load(settings, environment=conf.EMBEDDED), Draining()) as app:
        await app.extensions["glossator"].get(Ingest).run(read_pages(SAMPLE_BOOK, "auto"), IngestOptions())
        client = app.test_client()
        pages = [f"?page={path.name}" for path in SAMPLE_BOOK.glob("*.md")]
        listed = [(await (await client.get(f"/suggestions{page}")).get_json())["suggestions"] for page in ("", *pages)]
        questions = {one["question"] for suggestions in listed for one in suggestions}
        answers = {text: await (await client.post("/chat", json={"query": text})).get_json() for text in questions}

    assert len(listed[0]) == STARTERS
    assert len(questions) >= BOOKS["sample-book"][1]
    assert [text for text, answer in answers.items() if not answer["citations"]] == []
    assert any(answer["follow_ups"] for answer in answers.values())
