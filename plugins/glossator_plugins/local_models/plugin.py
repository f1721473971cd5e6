"""Embeddings on this machine: all-MiniLM-L6-v2 and multilingual-e5-small in numpy. Answers are quotations."""

import asyncio
import logging
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Final

import numpy as np

from glossator.domain.ports.chat_model import ChatModel, Completed, Delta, Prompt
from glossator.domain.ports.embedder import Embedded, Embedder, EmbeddingSpace, Purpose
from glossator.kernel.errors import ServiceError
from glossator.kernel.guards.guard import Guard, GuardOptions
from glossator.kernel.services import Services
from glossator.kernel.settings.setting import Setting, Settings
from glossator.kernel.settings.types import integer
from glossator_plugins.local_models.embeddings import LocalModel
from glossator_plugins.local_models.model_files import use_one_blas_thread
from glossator_plugins.local_models.models import load_models
from glossator_plugins.refusals import domain_refusals

NAME: Final = "local_models"
QUEUE: Final = 500
QUEUE_SECONDS: Final = 30.0
THREADS: Final = Setting("LOCAL_MODELS__THREADS", integer(1, 64), "Number of batches embedded at the same time")

log = logging.getLogger(__name__)


class LocalModels:
    """Vectors of every installed model; without one the book is searched by words alone.

    As a ChatModel it never writes: answers are quoted from the book.
    """

    chat_model: str = "extractive"
    generates: bool = False
    structured: bool = False
    usd_per_million_chat_tokens: tuple[float, float] = (0.0, 0.0)
    usd_per_million_tokens: float = 0.0

    def __init__(self, models: Sequence[LocalModel], guard: Guard) -> None:
        self._models = {model.space.name: model for model in models}
        self._guard = guard

    @property
    def spaces(self) -> tuple[EmbeddingSpace, ...]:
        return tuple(model.space for model in self._models.values())

    def count_tokens(self, text: str) -> int:
        return sum(model.count_tokens(text) for model in self._models.values())

    async def embed(self, texts: Sequence[str], purpose: Purpose, spaces: Collection[str] | None = None) -> Embedded:
        wanted = [name for name in self._models if spaces is None or name in spaces]
        with domain_refusals(NAME):
            found = await asyncio.gather(*(self._models[name].embed(texts, purpose, self._guard) for name in wanted))
        vectors = {name: rows for name, (rows, _) in zip(wanted, found, strict=True)}
        return Embedded(vectors, sum(tokens for _, tokens in found))

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta | Completed, None]:
        """Nothing: a model that does not generate is never asked."""
        del prompt
        yield Completed(truncated=False, prompt_tokens=0, completion_tokens=0)

    async def check(self) -> None:
        for name, rows in (await self.embed(["Are you there?"], "question")).vectors.items():
            if not np.isclose(np.linalg.norm(rows), 1, atol=1e-3):
                raise ServiceError(f"the model {self._models[name].space.model} computes no usable vector")


class LocalModelsPlugin:
    name = NAME
    provides: tuple[type, ...] = (Embedder, ChatModel)
    requires: tuple[type, ...] = ()
    settings = (THREADS,)

    def __init__(self, search_path: Sequence[str] = ()) -> None:
        """Distributions are looked for on the interpreter's own path unless `search_path` says where."""
        self._search_path = tuple(search_path)

    @asynccontextmanager
    async def open(self, settings: Settings, services: Services) -> AsyncIterator[LocalModels]:
        use_one_blas_thread()
        models, missing = await asyncio.to_thread(load_models, self._search_path or sys.path)
        for package in missing:
            log.warning("%s is not installed: %s; %s installs it", package.distribution, package.loss, package.install)
        guard = services.guard(NAME, GuardOptions(settings[THREADS], QUEUE, QUEUE_SECONDS))
        yield LocalModels(models, guard)
