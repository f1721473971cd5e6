"""Embeddings and answers on this machine: all-MiniLM-L6-v2 in numpy, and quotations in place of generated text."""

import asyncio
import logging
import re
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import numpy as np

from glossator.domain.answering.extractive import Sentence, extract, quotable_sentences, quotation, shared_words
from glossator.domain.ports.chat_model import ChatModel, Completed, Delta, Prompt
from glossator.domain.ports.embedder import Embedded, Embedder, Evidence
from glossator.kernel.errors import ServiceError
from glossator.kernel.services import Services
from glossator.kernel.settings.setting import Setting, Settings
from glossator.kernel.settings.types import integer
from glossator_plugins.local_models.embeddings import MiniLMEmbeddings
from glossator_plugins.local_models.model_files import (
    DISTRIBUTION,
    INSTALL,
    REINSTALL,
    find_files,
    load_model,
    use_one_blas_thread,
)

THREADS: Final = Setting("LOCAL_MODELS__THREADS", integer(1, 64), "Number of batches embedded at the same time")

# A sentence is one more text to embed, so only the likeliest ones are compared with the question by meaning.
COMPARED_SENTENCES: Final = 24
WORDS_SHARE: Final = 0.5

log = logging.getLogger(__name__)


class Quoting:
    """A ChatModel that quotes the prompt's passages."""

    chat_model: str = "extractive"
    generates: bool = False
    usd_per_million_chat_tokens: tuple[float, float] = (0.0, 0.0)

    async def quote(self, prompt: Prompt) -> str:
        return await asyncio.to_thread(extract, prompt.question, prompt.passages)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta | Completed, None]:
        """No deltas when no sentence fits."""
        for piece in re.findall(r"\s*\S+", await self.quote(prompt)):
            yield Delta(piece)
        yield Completed(truncated=False, prompt_tokens=0, completion_tokens=0)


class WordsAlone(Quoting):
    """What is left without the weights: no vectors, quotations by shared words."""

    model: str = ""
    dimension: int = 0
    max_tokens: int = 256
    evidence: Evidence = Evidence(none=0.0, weak=0.0)
    usd_per_million_tokens: float = 0.0

    def count_tokens(self, text: str) -> int:
        return 0

    async def embed(self, texts: Sequence[str]) -> Embedded:
        return Embedded(np.zeros((len(texts), 0), dtype=np.float32), 0)

    async def check(self) -> None:
        """Nothing can fail."""


class LocalModels(MiniLMEmbeddings, Quoting):
    """Vectors, and quotations by shared words and by meaning."""

    async def quote(self, prompt: Prompt) -> str:
        pairs = await asyncio.to_thread(likeliest, prompt)
        texts = [f"{sentence.passage.heading.split(' > ')[-1]}\n{sentence.text}" for sentence, _ in pairs]
        vectors = (await self.embed([prompt.question, *texts])).vectors
        fits = vectors[1:] @ vectors[0] + WORDS_SHARE * np.array([share for _, share in pairs])
        scored = [(sentence, float(fit)) for (sentence, _), fit in zip(pairs, fits, strict=True)]
        return quotation([(sentence, fit) for sentence, fit in scored if fit >= self.evidence.weak])

    async def check(self) -> None:
        vectors = (await self.embed(["Are you there?"])).vectors
        if not np.isclose(np.linalg.norm(vectors), 1, atol=1e-3):
            raise ServiceError(f"the model gives no usable vector - {REINSTALL}")


def likeliest(prompt: Prompt) -> list[tuple[Sentence, float]]:
    """The sentences that share most words with the question, and how much."""
    found = quotable_sentences(prompt.passages)
    shares = shared_words(prompt.question, prompt.passages, found)
    ranked = sorted(zip(found, shares, strict=True), key=lambda pair: (-pair[1], pair[0].place))
    return ranked[:COMPARED_SENTENCES]


class LocalModelsPlugin:
    name = "local_models"
    provides: tuple[type, ...] = (Embedder, ChatModel)
    requires: tuple[type, ...] = ()
    settings = (THREADS,)

    def __init__(self, search_path: Sequence[str] = ()) -> None:
        """Distributions are looked for on the interpreter's own path unless `search_path` says where."""
        self._search_path = tuple(search_path)

    @asynccontextmanager
    async def open(self, settings: Settings, services: Services) -> AsyncIterator[LocalModels | WordsAlone]:
        files = await asyncio.to_thread(find_files, self._search_path or sys.path)
        if files is None:
            log.warning(
                "%s is not installed: the book is searched by words alone; %s installs it", DISTRIBUTION, INSTALL
            )
            yield WordsAlone()
            return
        use_one_blas_thread()
        network, tokenizer = await asyncio.to_thread(load_model, files)
        yield LocalModels(network, tokenizer, settings[THREADS])
