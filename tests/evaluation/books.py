"""Books that are ingested through the real path: splitter, models and the embedded index."""

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from glossator.commands.evaluate.question_file import read_questions
from glossator.domain.answering.evaluation.evaluator import FoundPassage, Trial, cosines_of
from glossator.domain.answering.evaluation.figures import figures_of
from glossator.domain.answering.evaluation.measures import Measured, measure
from glossator.domain.answering.evaluation.questions import EvaluationQuestion
from glossator.domain.answering.question import parts_of
from glossator.domain.answering.retrieval.retriever import Focus, RetrievalOptions, Retrieved, Retriever
from glossator.domain.book.ingest.book_options import IngestOptions
from glossator.domain.book.ingest.ingest import Ingest
from glossator.domain.book.pages.dialect.generators import Generator
from glossator.domain.book.sources.folder import read_pages
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from glossator.kernel.guards.guard import Guard
from glossator_plugins.qdrant_edge.folder import EdgeFolder
from glossator_plugins.qdrant_edge.index import EdgeIndex
from tests.evaluation.cached_models import CachedModels
from tests.places import CORPORA, ROOT

QUESTIONS: Final = ROOT / "tests" / "data" / "questions"
LIMIT: Final = 10
CHARACTERS: Final = 1000


@dataclass(frozen=True)
class SearchedBook:
    retriever: Retriever

    async def retrieve(self, question: EvaluationQuestion) -> Retrieved:
        return await self.retriever.retrieve(
            question.text, parts=parts_of(question.text), focus=Focus(question.selected_text), limit=LIMIT
        )

    async def ask(self, question: EvaluationQuestion) -> Measured:
        """Without an answer: what a model that only quotes would find, and whether it would decline."""
        found = await self.retrieve(question)
        trial = Trial(
            passages=found_passages(found),
            strength=found.strength,
            cosines=cosines_of(found),
            by_words=False,
            mode="extractive" if found.strength == "good" else "declined",
            reason=None,
            response="",
            claims=(),
            cited=(),
            cost_usd=0.0,
        )
        return measure(question, trial)

    async def ask_all(self, questions: Iterable[EvaluationQuestion]) -> list[Measured]:
        return [await self.ask(question) for question in questions]


@asynccontextmanager
async def searched(
    docs: Path, models: CachedModels, folder: Path, generator: Generator = "docusaurus"
) -> AsyncIterator[SearchedBook]:
    """The index is created in `folder`."""
    index = EdgeIndex(EdgeFolder(folder), Guard("index"))
    try:
        ingest = Ingest(index, models, Splitter(Limits(CHARACTERS)), batch=64)
        await ingest.run(read_pages(docs, generator), IngestOptions())
        yield SearchedBook(Retriever(models, index, RetrievalOptions(passages=8, candidates=50)))
    finally:
        await index.close()


def found_passages(found: Retrieved) -> tuple[FoundPassage, ...]:
    return tuple(
        FoundPassage(hit.passage.page, " > ".join(hit.passage.headings), hit.passage.url, hit.passage.text)
        for hit in found.hits
    )


def percentages(results: Sequence[Measured]) -> dict[str, float]:
    """The figures by name; shares are percentages."""
    return {
        figure.name: figure.value if figure.name == "characters_of_first_5" else 100 * figure.value
        for figure in figures_of(results)
    }


def questions_in(path: Path) -> list[EvaluationQuestion]:
    return read_questions(path.read_text(encoding="utf-8").splitlines())


def xquad(language: str) -> list[dict[str, Any]]:
    """One article each, with a title and one paragraph."""
    path = CORPORA / "xquad-mini" / f"xquad.{language}.json"
    articles: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["data"]
    return articles


def off_topic(texts: Iterable[str]) -> list[EvaluationQuestion]:
    return [EvaluationQuestion(text, text) for text in texts]


def xquad_questions(language: str) -> list[str]:
    paragraphs = (paragraph for article in xquad(language) for paragraph in article["paragraphs"])
    return [str(one["question"]) for paragraph in paragraphs for one in paragraph["qas"]]
