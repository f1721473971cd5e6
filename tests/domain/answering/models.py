"""A small library of three passages and a model that says what a test sets."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from glossator.domain.answering.answer import Answering, AnsweringOptions
from glossator.domain.answering.proof.prover import Prover
from glossator.domain.answering.quoting.quoter import Quoter
from glossator.domain.answering.retrieval.retriever import Retriever
from glossator.domain.book.index import Build, PassagePoint
from glossator.domain.book.passages import Passage
from glossator.domain.book.words import WORD_RULES, document_words
from glossator.domain.budget.budget import Budget
from glossator.domain.errors import Unavailable
from glossator.domain.ports.chat_model import ChatModel, Completed, Delta, Prompt
from glossator.domain.ports.embedder import Embedder, Evidence
from tests.indexes import SPACES, CountingEmbedder, MemoryIndex, StoredBuild
from tests.options import ANSWERING_OPTIONS, RETRIEVAL_OPTIONS

TEXTS = {
    "Words": "A stop word is left out of the index. The inverted index maps a word to its passages.",
    "Meaning": "An embedding is a vector. The cosine of two vectors measures how close their meanings are.",
    "Fusion": "Fusion joins two rankings into one list.\n\nDBSF normalises each list by its mean and deviation.",
}
EVIDENCE = Evidence(none=-0.99, weak=-0.98, alone=-0.98)


@dataclass
class ScriptedModel:
    """Says `answer` in pieces; fails after `fail_after` pieces, or hangs there until `may_fail` is set."""

    answer: str = "The inverted index maps a word to its passages [1]."
    generates: bool = True
    structured: bool = False
    fail_after: int | None = None
    hangs: bool = False
    may_fail: asyncio.Event = field(default_factory=asyncio.Event)
    prompts: list[Prompt] = field(default_factory=list)
    closed: int = 0

    chat_model = "scripted"
    usd_per_million_chat_tokens = (1.0, 2.0)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta | Completed, None]:
        self.prompts.append(prompt)
        try:
            for number, piece in enumerate(self.answer.split(" ")):
                if number == self.fail_after:
                    if self.hangs:
                        await self.may_fail.wait()
                    raise Unavailable("scripted", "set to fail")
                yield Delta(piece if number == 0 else f" {piece}")
            yield Completed(truncated=False, prompt_tokens=1000, completion_tokens=100)
        finally:
            self.closed += 1


def library(texts: Sequence[tuple[str, str]] = tuple(TEXTS.items())) -> MemoryIndex:
    """An index with one live build, a page for each text; vectors are not of interest here."""
    index = MemoryIndex()
    stored = StoredBuild(Build(1, "Book", "", SPACES, "1", WORD_RULES, passages=len(texts)))
    for title, text in texts:
        passage = Passage(
            id=title.lower(),
            page=f"{title.lower()}.md",
            headings=(title,),
            url=f"{title.lower()}#top",
            start=0,
            end=len(text),
            text=text,
            hash=title,
        )
        point = PassagePoint(
            passage, "h", {"dense": np.eye(8, dtype=np.float32)[0]}, document_words(passage.indexed_text)
        )
        stored.points[passage.id] = point
    index.stored[1] = stored
    index.live_number = 1
    return index


def answering_over(
    retriever: Retriever,
    embedder: Embedder,
    model: ChatModel,
    options: AnsweringOptions,
    budget: Budget | None = None,
) -> Answering:
    return Answering(retriever, model, Quoter(embedder), Prover(embedder, options.base_url), options, budget)


def answering(
    model: ScriptedModel,
    *,
    index: MemoryIndex | None = None,
    deadline: float = 5.0,
    evidence: Evidence = EVIDENCE,
    base_url: str = "/read/",
    budget: Budget | None = None,
    embedder: CountingEmbedder | None = None,
) -> Answering:
    embedder = embedder or CountingEmbedder(evidence=evidence)
    retriever = Retriever(embedder, index or library(), RETRIEVAL_OPTIONS)
    options = replace(ANSWERING_OPTIONS, deadline=deadline, base_url=base_url)
    return answering_over(retriever, embedder, model, options, budget)
