"""Which spaces and words a question is searched in, and what its hits become."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from glossator.domain.answering.question import QuestionVector
from glossator.domain.answering.retrieval.ranking import favour_named_sections, favour_page, merged
from glossator.domain.answering.retrieval.retriever import Focus, Retriever, Unbounded
from glossator.domain.book.index import Hit, Query
from glossator.domain.book.passages import Page
from glossator.domain.book.words import query_words
from glossator.domain.errors import BookEmpty, Overloaded
from glossator.domain.ports.embedder import EmbeddingSpace, Evidence
from tests.domain.answering.models import library
from tests.domain.answering.retrieval.passages import hit, passage
from tests.indexes import CountingEmbedder, MemoryIndex
from tests.options import RETRIEVAL_OPTIONS

EVIDENCE = Evidence(none=-1.0, weak=-0.9, alone=-0.9)


class RecordingIndex(MemoryIndex):
    """Remembers the queries."""

    def __init__(self) -> None:
        super().__init__()
        self.queries: list[Query] = []

    async def search(self, query: Query) -> list[Hit]:
        self.queries.append(query)
        return await super().search(query)


@dataclass
class Setup:
    index: RecordingIndex = field(default_factory=RecordingIndex)
    embedder: CountingEmbedder = field(default_factory=lambda: CountingEmbedder(evidence=EVIDENCE))

    def __post_init__(self) -> None:
        full = library()
        self.index.stored, self.index.live_number = full.stored, full.live_number

    def retriever(self) -> Retriever:
        return Retriever(self.embedder, self.index, RETRIEVAL_OPTIONS)

    def add_page(self, source: str) -> None:
        """A page whose words the book knows."""
        stored = self.index.stored[1]
        stored.pages["p.md"] = Page("p.md", "P", "p", source, "h")
        stored.build = replace(stored.build, pages=1)


@pytest.fixture
def setup() -> Setup:
    return Setup()


async def test_a_question_in_another_script_is_searched_only_in_spaces_that_serve_it(setup: Setup) -> None:
    english = EmbeddingSpace("dense", "counting", 8, EVIDENCE, latin_only=True)
    setup.embedder.spaces = (english,)

    await setup.retriever().retrieve("What is an index?")
    found = await setup.retriever().retrieve("\u0645\u0627 \u0647\u0648 \u0627\u0644\u0641\u0647\u0631\u0633\u061f")

    assert [sorted(query.vectors) for query in setup.index.queries] == [["dense"], []]
    assert (found.hits, found.unsupported_script) == ((), "Arabic")


async def test_words_of_another_script_that_the_book_lacks_are_not_searched(setup: Setup) -> None:
    setup.add_page("An index of words")

    await setup.retriever().retrieve(
        "\u0645\u0627 \u0647\u0648 DBSF 42\u061f \u0643\u064a\u0641 \u064a\u0639\u0645\u0644\u061f"
    )

    assert setup.index.queries[0].words.indices == ()


async def test_words_of_a_book_in_the_same_script_are_searched(setup: Setup) -> None:
    question = "\u0627\u0644\u0641\u0647\u0631\u0633 \u0627\u0644\u0645\u0642\u0644\u0648\u0628"
    setup.add_page(question)

    await setup.retriever().retrieve(question)

    assert len(setup.index.queries[0].words.indices) == 2


async def test_a_misspelled_word_is_searched_beside_its_repair(setup: Setup) -> None:
    setup.add_page("The inverted index")

    await setup.retriever().retrieve("invertd index")

    assert setup.index.queries[0].words == query_words("invertd index inverted")


async def test_a_pending_space_is_not_searched(setup: Setup) -> None:
    stored = setup.index.stored[1]
    stored.build = replace(stored.build, pending=("dense",))

    await setup.retriever().retrieve("What is an index?")

    assert setup.index.queries[0].vectors == {}


async def test_a_build_is_searched_by_its_own_word_rules(setup: Setup) -> None:
    stored = setup.index.stored[1]
    stored.build = replace(stored.build, words="1")

    await setup.retriever().retrieve("once not")

    assert setup.index.queries[0].words.indices == ()


async def test_parts_are_embedded_in_one_call_and_searched_beside_the_whole(setup: Setup) -> None:
    await setup.retriever().retrieve("What is fusion, and how is a vector compared?")

    assert [len(call) for call in setup.embedder.calls] == [3]
    assert len(setup.index.queries) == 3


async def test_the_passage_of_the_selected_text_is_evidence_and_its_page_is_favoured(setup: Setup) -> None:
    setup.embedder.spaces = (EmbeddingSpace("dense", "counting", 8, Evidence(none=1.1, weak=1.1, alone=1.1)),)
    selected = "The cosine of two vectors measures how close their meanings are."

    found = await setup.retriever().retrieve("Explain this in one sentence", focus=Focus(selected))

    assert found.selected is not None
    assert (found.selected.page, found.strength) == ("meaning.md", "good")
    assert found.hits[0].passage.page == "meaning.md"


async def test_an_empty_book_is_an_error() -> None:
    with pytest.raises(BookEmpty):
        await Retriever(CountingEmbedder(), MemoryIndex(), RETRIEVAL_OPTIONS).retrieve("What?")


class NoRoom(Unbounded):
    def place(self) -> AbstractContextManager[None]:
        raise Overloaded(5)


async def test_a_question_that_must_be_refused_costs_nothing(setup: Setup) -> None:
    with pytest.raises(Overloaded):
        await Retriever(setup.embedder, setup.index, RETRIEVAL_OPTIONS, turns=NoRoom()).retrieve("What is an index?")
    assert (setup.embedder.calls, setup.index.queries) == ([], [])


@dataclass
class CountedTurns(Unbounded):
    running: int = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        self.running += 1
        yield
        self.running -= 1


async def test_a_search_has_a_turn_while_the_index_is_asked(setup: Setup) -> None:
    turns, seen = CountedTurns(), []

    class WatchedIndex(RecordingIndex):
        async def search(self, query: Query) -> list[Hit]:
            seen.append(turns.running)
            return await super().search(query)

    index = WatchedIndex()
    index.stored, index.live_number = setup.index.stored, setup.index.live_number

    await Retriever(setup.embedder, index, RETRIEVAL_OPTIONS, turns=turns).retrieve("What is an index?")

    assert (seen, turns.running) == ([1], 0)


async def test_a_reranker_decides_the_order(setup: Setup) -> None:
    class Longest:
        async def scores(self, question: str, passages: Sequence[str]) -> Sequence[float]:
            assert question == "What is an index of vectors?"
            return [len(text) / 1000 for text in passages]

    retriever = Retriever(setup.embedder, setup.index, RETRIEVAL_OPTIONS, Longest())

    found = await retriever.retrieve("What is an index of vectors?")

    lengths = [len(one.passage.indexed_text) for one in found.hits]
    assert lengths == sorted(lengths, reverse=True)
    assert len(lengths) > 1


def test_a_passage_of_several_lists_keeps_its_best_score_and_all_its_cosines() -> None:
    one, other = passage("a", "A."), passage("b", "B.")

    found = merged([[hit(one, 0.4, {"dense": 0.3}), hit(other, 0.5)], [hit(one, 0.6, {"e5": 0.2})]])

    assert [(h.passage.id, h.score) for h in found] == [("a", 0.6), ("b", 0.5)]
    assert found[0].cosines == {"dense": 0.3, "e5": 0.2}


def test_the_section_that_a_question_names_comes_before_an_equal_hit() -> None:
    intro, named = passage("a", "Tasks.", "Tasks"), passage("b", "Class.", "Tasks", "`BackgroundTasks(tasks)`")

    found = favour_named_sections([hit(intro, 1.0), hit(named, 0.9)], "What does BackgroundTasks do?")

    assert [h.passage.id for h in found] == ["b", "a"]


@pytest.mark.parametrize(
    ("page", "first"),
    [
        ("https://book.example/wells/guides/deep/", "deep"),
        ("https://book.example/guides/deep.html?utm=1#part", "deep"),
        ("/read/guides/deep", "deep"),
        ("https://book.example/guides/deep/more", "other"),
        ("https://book.example/indeep", "other"),
        ("https://[", "other"),
        ("", "other"),
    ],
)
def test_only_hits_of_the_open_page_rise(page: str, first: str) -> None:
    other = replace(passage("other", "Deep."), url="deep/#a")
    deep = replace(passage("deep", "Deep wells."), url="guides/deep/#a")

    found = favour_page([hit(other, 0.52), hit(deep, 0.5)], page)

    assert [one.passage.id for one in found] == [first, *({"deep", "other"} - {first})]


def test_the_vector_of_a_question_is_that_of_the_space_for_most_languages() -> None:
    english, any_language = (
        EmbeddingSpace("dense", "a", 1, EVIDENCE, latin_only=True),
        EmbeddingSpace("slow", "b", 1, EVIDENCE),
    )
    vectors = {"dense": np.ones(1, np.float32), "slow": np.zeros(1, np.float32)}

    found = [QuestionVector.of(spaces, vectors) for spaces in ((english, any_language), (english,), ())]

    assert [one and one.model for one in found] == ["b", "a", None]


async def test_a_question_that_is_searched_by_words_alone_has_no_vector(setup: Setup) -> None:
    with_vector = await setup.retriever().retrieve("What is an index?")
    setup.embedder.spaces = ()

    assert with_vector.vector is not None
    assert (await setup.retriever().retrieve("What is an index?")).vector is None
