"""Which words are searched while a reader types, and which sections are shown."""

from dataclasses import replace

import pytest

from glossator.domain.answering.retrieval.section_search import SectionSearch, best_sections, read_typed
from glossator.domain.answering.retrieval.vocabulary import Vocabularies, Vocabulary
from glossator.domain.errors import BookEmpty
from tests.domain.answering.retrieval.passages import hit, passage
from tests.indexes import MemoryIndex

WORDS = {
    "configur": 9,
    "config": 4,
    "confid": 1,
    "run": 5,
    "staticfil": 3,
    "static": 3,
    "file": 8,
    "find": 2,
    "node": 7,
}
VOCABULARY = Vocabulary(WORDS, total=20)


@pytest.mark.parametrize(
    ("typed", "also"),
    [
        ("confi", ("configur", "config", "confid")),
        ("configurati", ("configur",)),
        ("runnin", ("run",)),
        ("static_fi", ("staticfil",)),
        ("path.fi", ("file", "find")),
        ("a nod", ("node",)),
        ("cofnigur", ("configur",)),
        ("confgi node", ("node", "config")),
        ("c", ()),
        ("node ?", ()),
        ("zzz", ()),
        ("", ()),
    ],
)
def test_an_unfinished_word_may_mean_words_of_the_book(typed: str, also: tuple[str, ...]) -> None:
    assert read_typed(typed, VOCABULARY).also == also


def test_what_is_typed_has_more_weight_than_what_it_may_mean() -> None:
    assert read_typed("node confi", VOCABULARY).weights == {
        "configur": 0.5, "config": 0.5, "confid": 0.5, "node": 1.0, "confi": 1.0,
    }  # fmt: skip


def test_a_short_beginning_is_completed_to_the_most_common_words_only() -> None:
    many = Vocabulary({f"word{number}": number for number in range(100)}, total=100)

    assert many.completed("wo") == [f"word{number}" for number in range(99, 83, -1)]


def test_each_section_is_found_once_with_its_best_passage() -> None:
    first, second = passage("a", "One.", "Page", "Nodes"), passage("b", "Two.", "Page", "Nodes")
    other = replace(passage("c", "Three.", "Page", "Topics"), url="page#topics")

    found = best_sections([hit(first, 0.4), hit(other, 0.3), hit(second, 0.6)], read_typed("zzz", VOCABULARY))

    assert [each.passage.id for each in found] == ["b", "c"]


@pytest.mark.parametrize("typed", ["confi", "configurations", "the config"])
def test_a_section_whose_heading_has_the_words_comes_first(typed: str) -> None:
    text = replace(passage("a", "Configuration, configured.", "Page", "Nodes"), url="page#nodes")
    named = replace(passage("b", "Set it.", "Page", "Configuration"), url="page#configuration")

    found = best_sections([hit(text, 0.6), hit(named, 0.4)], read_typed(typed, VOCABULARY))

    assert [each.passage.id for each in found] == ["b", "a"]
    assert 0 < found[1].score < found[0].score <= 1


async def test_an_empty_book_is_reported() -> None:
    index = MemoryIndex()

    with pytest.raises(BookEmpty):
        await SectionSearch(index, Vocabularies(index)).find("node", limit=5)
