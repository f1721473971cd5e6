"""What an answer does with its proof: cost, deadline, languages, and what is replaced."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
import pytest

from glossator.domain.answering.answer import PROOF_SECONDS
from glossator.domain.answering.question import Answer, Question
from glossator.domain.answering.retrieval.retriever import Retriever
from glossator.domain.errors import Unavailable
from glossator.domain.ports.embedder import Embedded, Purpose
from tests.domain.answering.models import EVIDENCE, ScriptedModel, answering_over, library
from tests.indexes import CountingEmbedder
from tests.options import ANSWERING_OPTIONS, RETRIEVAL_OPTIONS

pytestmark = pytest.mark.virtual_time

QUESTION = "What does the inverted index map a word to?"
PARAPHRASED = "The inverted index maps every word to passages [1]."


class ClaimEmbedder(CountingEmbedder):
    """Fails, or hangs, when it embeds claims; questions are embedded at once. All texts mean the same, or nothing."""

    def __init__(self, *, fails: bool = False, hangs: bool = False, alike: bool = True) -> None:
        super().__init__(evidence=EVIDENCE)
        self._fails = fails
        self._hangs = hangs
        self._alike = alike
        self.claim_calls = 0

    async def embed(self, texts: Sequence[str], purpose: Purpose, spaces: Collection[str] | None = None) -> Embedded:
        if purpose == "passage":
            self.claim_calls += 1
            if self._fails:
                raise Unavailable("embedder", "down")
            if self._hangs:
                await asyncio.sleep(3600)
            found = await super().embed(texts, purpose, spaces)
            rows = np.eye(max(len(texts), 8), dtype=np.float32)[: len(texts)] if not self._alike else None
            alike = {name: vectors[:1].repeat(len(texts), 0) for name, vectors in found.vectors.items()}
            return Embedded(alike if rows is None else dict.fromkeys(alike, rows), found.tokens)
        return await super().embed(texts, purpose, spaces)


async def ask(said: str, embedder: ClaimEmbedder, *, deadline: float = 30.0) -> Answer:
    retriever = Retriever(embedder, library(), RETRIEVAL_OPTIONS)
    options = replace(ANSWERING_OPTIONS, deadline=deadline)
    return await answering_over(retriever, embedder, ScriptedModel(said), options).ask(Question(QUESTION))


@pytest.mark.parametrize(
    ("said", "mode"), [(PARAPHRASED, "generated"), ("Bananas grow near rivers [1].", "extractive")]
)
async def test_claims_are_embedded_in_one_call_that_is_counted_as_cost(said: str, mode: str) -> None:
    embedder = ClaimEmbedder(alike=mode == "generated")

    counted = await ask(said, embedder)
    free = await ask(said, ClaimEmbedder(fails=True))

    tokens = sum(len(text.split()) for text in embedder.calls[-1])
    assert (counted.mode, embedder.claim_calls) == (mode, 1)
    assert counted.usage.cost_usd - free.usage.cost_usd == pytest.approx(tokens * 20.0 / 1_000_000)


async def test_words_alone_decide_while_embeddings_are_down() -> None:
    answer = await ask(f"{PARAPHRASED} Bananas grow near warm rivers [1].", ClaimEmbedder(fails=True))

    assert answer.mode == "generated"
    assert [claim.verdict for claim in answer.grounding.sentences] == ["supported", "unsupported"]


@pytest.mark.parametrize(("deadline", "waited"), [(30.0, PROOF_SECONDS), (2.0, 2.0)])
async def test_embeddings_that_hang_are_given_up_after_three_seconds_or_at_the_deadline(
    deadline: float, waited: float
) -> None:
    loop = asyncio.get_running_loop()
    start = loop.time()

    answer = await ask(PARAPHRASED, ClaimEmbedder(hangs=True), deadline=deadline)

    assert loop.time() - start == pytest.approx(waited, abs=0.5)
    assert [claim.verdict for claim in answer.grounding.sentences] == ["supported"]


@pytest.mark.parametrize(
    "said",
    [
        "Der Index ist eine Liste, die für jedes Wort auf die Stellen verweist [1].",
        "\u0627\u0644\u0641\u0647\u0631\u0633 \u064a\u0631\u0628\u0637 \u0643\u0644 \u0643\u0644\u0645\u0629 [1].",
    ],
)
async def test_an_answer_in_another_language_than_the_book_is_not_replaced(said: str) -> None:
    answer = await ask(said, ClaimEmbedder())

    assert answer.mode == "generated"


async def test_an_answer_without_any_number_is_replaced() -> None:
    answer = await ask("The inverted index maps a word to its passages.", ClaimEmbedder())

    assert (answer.mode, answer.reason, answer.replaces) == ("extractive", "unsupported", True)


async def test_unsupported_sentences_are_listed_where_others_are_supported() -> None:
    answer = await ask(f"{PARAPHRASED} Bananas grow near warm rivers.", ClaimEmbedder())

    assert answer.mode == "generated"
    assert [answer.response[span.start : span.end] for span in answer.grounding.unsupported] == [
        "Bananas grow near warm rivers."
    ]
