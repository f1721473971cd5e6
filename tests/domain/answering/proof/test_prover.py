"""Each claim is judged against the passages that it cites, with the sentence of each that supports it."""

from collections.abc import Collection, Sequence

import numpy as np
import pytest

from glossator.domain.answering.proof.passage_sentences import passage_sentences
from glossator.domain.answering.proof.prover import MAX_TEXTS, Proof, Prover
from glossator.domain.answering.question import Citation, Piece
from glossator.domain.book.passages import Passage
from glossator.domain.errors import Unavailable
from glossator.domain.ports.embedder import Embedded, EmbeddingSpace, Evidence, Purpose

EVIDENCE = Evidence(0.3, 0.3, 0.3)
LATIN = EmbeddingSpace("latin", "latin", 2, EVIDENCE, latin_only=True)
EVERY = EmbeddingSpace("every", "every", 2, EVIDENCE)
INDEX = "The inverted index maps a word to its passages. BM25 limits repetitions with k1. A build has 384 numbers."
FUSION = "Fusion joins two rankings into one list. It does not compare scores."


class FixedEmbedder:
    """Every two texts have this cosine with each other."""

    usd_per_million_tokens = 2.0

    def __init__(
        self, cosine: float = 0.5, *, spaces: tuple[EmbeddingSpace, ...] = (LATIN, EVERY), down: bool = False
    ) -> None:
        self.cosine = cosine
        self.spaces = spaces
        self.down = down
        self.calls: list[tuple[list[str], list[str]]] = []

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    async def embed(self, texts: Sequence[str], purpose: Purpose, spaces: Collection[str] | None = None) -> Embedded:
        if self.down:
            raise Unavailable("embedder", "down")
        names = list(spaces or [])
        self.calls.append((list(texts), names))
        rows = np.full((len(texts), 1), self.cosine**0.5, dtype=np.float32)
        return Embedded(dict.fromkeys(names, rows), 10 * len(texts))


def passage(name: str, text: str, headings: tuple[str, ...] = ()) -> Passage:
    return Passage(name, f"{name}.md", headings or (name,), f"{name}#top", 0, len(text), text, f"{name}{text}")


async def prove(response: str, *texts: str, embedder: FixedEmbedder | None = None) -> Proof:
    pieces = [
        Piece(at, (passage(f"page{at}", text),), 0.9) for at, text in enumerate(texts or (INDEX, FUSION), start=1)
    ]
    citations = [Citation(piece.number, piece.passages[0].id, "", "", "", "", 0.9) for piece in pieces]
    return await Prover(embedder or FixedEmbedder(), "/read/").prove(response, citations, pieces)


def verdicts_of(proof: Proof) -> list[str]:
    return [sentence.verdict for sentence in proof.grounding.sentences]


async def test_each_claim_has_the_quote_that_supports_it() -> None:
    proof = await prove("The index maps a word to passages [1]. BM25 limits repetitions by k1 [1].")

    (citation,) = proof.citations
    assert [quote.text for quote in citation.quotes] == [
        "The inverted index maps a word to its passages.",
        "BM25 limits repetitions with k1.",
    ]
    assert citation.quote in {quote.text for quote in citation.quotes}


async def test_a_claim_that_cites_two_passages_has_a_quote_of_each_and_the_better_verdict() -> None:
    proof = await prove("Fusion joins two rankings into one list [1][2].")

    assert [len(citation.quotes) for citation in proof.citations] == [1, 1]
    assert verdicts_of(proof) == ["supported"]


async def test_a_claim_is_judged_by_the_passages_that_it_cites_alone() -> None:
    proof = await prove("The inverted index maps a word to its passages [2].", embedder=FixedEmbedder(0.1))

    assert verdicts_of(proof) == ["unsupported"]


async def test_a_claim_without_a_number_is_unsupported() -> None:
    assert verdicts_of(await prove("The inverted index maps a word to its passages.")) == ["unsupported"]


@pytest.mark.parametrize(
    "claim",
    [
        "A build has 385 numbers [1].",
        "A build does not have 384 numbers [1].",
        "BM25 limits repetitions with k2 [1].",
        "A `shard` has 384 numbers [1].",
        "It does compare scores [2].",
    ],
)
async def test_a_claim_with_another_fact_is_never_supported(claim: str) -> None:
    assert verdicts_of(await prove(claim, embedder=FixedEmbedder(1.0))) == ["weak"]


async def test_the_score_is_the_share_of_supported_claims() -> None:
    proof = await prove(
        "BM25 limits repetitions with k1 [1]. Bananas grow near rivers [1].", embedder=FixedEmbedder(0.1)
    )

    assert proof.grounding.score == 0.5


async def test_an_answer_that_claims_nothing_has_no_score() -> None:
    assert (await prove("Yes.")).grounding.score is None


async def test_claims_and_sentences_are_embedded_in_one_call_of_limited_size() -> None:
    embedder = FixedEmbedder()
    texts = [" ".join(f"Sentence {at} of page {page} is here." for at in range(90)) for page in range(3)]

    proof = await prove("All the sentences are there [1][2][3].", *texts, embedder=embedder)

    ((sent, spaces),) = embedder.calls
    assert len(sent) == MAX_TEXTS
    assert sent[0] == "All the sentences are there."
    assert spaces == ["latin"]
    assert proof.embedding_tokens == 10 * MAX_TEXTS


async def test_a_verbatim_claim_and_code_need_no_embedding() -> None:
    embedder = FixedEmbedder()

    proof = await prove("Fusion joins two rankings into one list [2].", embedder=embedder)
    await prove("Something else is said [1].", "It is so.\n\n```\nrun(app)\n```", embedder=embedder)

    assert verdicts_of(proof) == ["supported"]
    assert [texts for texts, _ in embedder.calls] == [["Something else is said.", "It is so."]]


async def test_words_alone_decide_while_embeddings_are_down() -> None:
    response = "The index maps each word to passages [1]. Bananas grow near warm rivers [1]."

    proof = await prove(response, embedder=FixedEmbedder(down=True))

    assert verdicts_of(proof) == ["supported", "unsupported"]
    assert proof.embedding_tokens == 0


async def test_words_alone_decide_without_a_vector_space() -> None:
    assert verdicts_of(await prove("BM25 limits repetitions [1].", embedder=FixedEmbedder(spaces=()))) == ["supported"]


@pytest.mark.parametrize(
    ("claim", "space"),
    [
        ("الفهرس يربط كل كلمة بمقاطعها [1].", "every"),
        ("Der Index ist eine Liste, die jedes Wort auf die Stellen verweist [1].", "every"),
        ("The index is a list of words [1].", "latin"),
    ],
)
async def test_a_claim_in_another_language_is_weak_at_worst_and_uses_a_space_for_every_language(
    claim: str, space: str
) -> None:
    embedder = FixedEmbedder(0.01)

    proof = await prove(claim, "The index is the list of words that is in the book.", embedder=embedder)

    assert embedder.calls[0][1] == [space]
    if space == "every":
        assert verdicts_of(proof) == ["weak"]


async def test_arabic_claims_and_passages_are_compared_by_a_space_that_serves_them() -> None:
    embedder = FixedEmbedder(0.9)

    proof = await prove("الفهرس يربط كل كلمة [1].", "الفهرس يربط كل كلمة بمقاطعها.", embedder=embedder)

    assert embedder.calls[0][1] == ["every"]
    assert verdicts_of(proof) == ["supported"]


async def test_a_number_that_no_claim_uses_is_no_citation() -> None:
    proof = await prove("Fusion joins two rankings into one list [2].")

    assert [citation.n for citation in proof.citations] == [2]


def test_the_sentences_of_a_passage_are_computed_once() -> None:
    one, again = passage("a", INDEX), passage("a", INDEX)

    assert passage_sentences(one) is passage_sentences(again)
