import asyncio
from collections.abc import Mapping

import pytest

from glossator.domain.answering.retrieval.vocabulary import Vocabularies, Vocabulary
from glossator.domain.book.index import Build
from glossator.domain.book.passages import Page
from glossator.domain.book.words import words_of
from tests.indexes import SPACES, MemoryIndex, StoredBuild

WORDS = {"middlewar": 9, "order": 4, "evalu": 3, "file": 7, "fill": 2, "websocket": 5, "request": 8, "rare": 1}
VOCABULARY = Vocabulary(WORDS, total=20)


@pytest.mark.parametrize(
    ("misspelled", "repaired"),
    [
        ("midlewar", ["middlewar"]),
        ("ordr", ["order"]),
        ("webscoket", ["websocket"]),
        ("evalut", ["evalu"]),
        ("fiel", ["file"]),
        ("order", []),
        ("zzzz", []),
        ("fil", []),
        ("http2", []),
    ],
)
def test_an_unknown_word_is_repaired_to_the_nearest_word_of_the_book(misspelled: str, repaired: list[str]) -> None:
    assert VOCABULARY.repaired([misspelled]) == repaired


def test_among_equally_near_words_the_most_common_one_is_chosen() -> None:
    assert VOCABULARY.repaired(["fille"]) == ["file"]


def test_each_word_is_repaired_once_and_at_most_eight_are() -> None:
    assert VOCABULARY.repaired(["ordr", "ordr"]) == ["order"]
    assert len(VOCABULARY.repaired([f"websock{letter}t" for letter in "abcdfghijk"])) == 8


def test_a_word_of_few_pages_is_rare_and_an_unknown_one_is_not() -> None:
    assert VOCABULARY.is_rare("rare")
    assert VOCABULARY.is_rare("fill")
    assert not VOCABULARY.is_rare("order")
    assert not VOCABULARY.is_rare("unknown")


def test_the_known_share_counts_each_word_once() -> None:
    assert VOCABULARY.known_share(["order", "order", "zzzz"]) == 0.5
    assert VOCABULARY.known_share([]) == 1.0


async def test_the_vocabulary_is_read_once_for_each_state_of_the_build() -> None:
    index = MemoryIndex()
    build = Build(1, "Book", "", SPACES, "1", "2", pages=1, passages=1)
    index.stored[1] = StoredBuild(build)
    index.stored[1].pages["a.md"] = Page("a.md", "A", "a", "The order of routes", "h")
    vocabularies = Vocabularies(index)

    first = await vocabularies.of(build)
    index.stored[1].pages["b.md"] = Page("b.md", "B", "b", "An order", "h")

    assert first.pages == dict.fromkeys(words_of("The order of routes"), 1)
    assert await vocabularies.of(build) is first
    assert (await vocabularies.of(Build(1, "Book", "", SPACES, "1", "2", pages=2, passages=2))).pages["order"] == 2


class SlowIndex(MemoryIndex):
    def __init__(self) -> None:
        super().__init__()
        self.released = asyncio.Event()
        self.reads = 0

    async def vocabulary(self, number: int) -> Mapping[str, int]:
        self.reads += 1
        await self.released.wait()
        return {"order": 1}


async def test_a_question_does_not_wait_for_a_large_vocabulary() -> None:
    index = SlowIndex()
    build = Build(1, "Book", "", SPACES, "1", "2", pages=1, passages=1)
    vocabularies = Vocabularies(index, wait=0.01)

    assert (await vocabularies.of(build)).pages == {}
    assert (await vocabularies.of(build)).pages == {}
    index.released.set()

    assert (await vocabularies.of(build)).pages == {"order": 1}
    assert index.reads == 1
