"""Books that are ingested through the real path: splitter, models and the embedded index."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glossator.commands.evaluate.question_file import read_questions
from glossator.domain.answering.evaluation.evaluator import FoundPassage
from glossator.domain.answering.evaluation.questions import EvaluationQuestion
from glossator.domain.answering.retrieval.retriever import RetrievalOptions, Retrieved, Retriever
from glossator.domain.book.ingest.ingest import Ingest, IngestOptions
from glossator.domain.book.pages.anchors import Generator
from glossator.domain.book.sources.folder import read_pages
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from glossator.kernel.guard import Guard
from glossator_plugins.qdrant_edge.folder import EdgeFolder
from glossator_plugins.qdrant_edge.index import EdgeIndex
from tests.evaluation.cached_models import CachedModels
from tests.places import CORPORA, ROOT

QUESTIONS = ROOT / "tests" / "data" / "questions"
LIMIT = 10


@dataclass(frozen=True)
class SearchedBook:
    """A book that can be searched, as a model that only quotes would."""

    retriever: Retriever
    passages: int

    async def retrieve(self, question: str, selected_text: str = "") -> Retrieved:
        return await self.retriever.retrieve(question, selected_text=selected_text, limit=LIMIT)

    async def declines(self, questions: Sequence[str]) -> list[bool]:
        return [(await self.retrieve(question)).strength != "good" for question in questions]


@asynccontextmanager
async def searched(
    docs: Path, models: CachedModels, folder: Path, generator: Generator = "docusaurus"
) -> AsyncIterator[SearchedBook]:
    index = EdgeIndex(EdgeFolder(folder), Guard("index"))
    try:
        ingest = Ingest(index, models, Splitter(generator, Limits(1000)), batch=64)
        summary = await ingest.run(read_pages(docs, generator), IngestOptions())
        yield SearchedBook(
            Retriever(models, index, RetrievalOptions(passages=8, candidates=50)), summary.passages.total
        )
    finally:
        await index.close()


def found_passages(found: Retrieved) -> list[FoundPassage]:
    return [
        FoundPassage(hit.passage.page, " > ".join(hit.passage.headings), hit.passage.url, hit.passage.text)
        for hit in found.hits
    ]


def questions_in(path: Path) -> list[EvaluationQuestion]:
    return read_questions(path.read_text(encoding="utf-8").splitlines())


def xquad(language: str) -> list[dict[str, Any]]:
    """The paragraphs with their questions."""
    articles = json.loads((CORPORA / "xquad-mini" / f"xquad.{language}.json").read_text(encoding="utf-8"))["data"]
    return [paragraph for article in articles for paragraph in article["paragraphs"]]


def xquad_questions(language: str) -> Iterator[tuple[int, str]]:
    """The number of its paragraph, and the question."""
    for number, paragraph in enumerate(xquad(language)):
        yield from ((number, str(one["question"])) for one in paragraph["qas"])
