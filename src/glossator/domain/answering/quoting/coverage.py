"""How much of a question each sentence covers, by its words.

A word weighs more the fewer of the pieces have it; a word of the piece's heading counts half.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from glossator.domain.answering.question import Piece
from glossator.domain.answering.quoting.quotable import Unit, is_term, units_of
from glossator.domain.answering.retrieval.evidence import MIN_MISSPELLED, has_identifier, identifiers_of
from glossator.domain.answering.retrieval.vocabulary import MAX_REPAIRED, Vocabulary
from glossator.domain.book.words import different_words, words_of

HEADING_WEIGHT: Final = 0.5
LEAST_WEIGHT: Final = 0.3
"""What a word weighs beside its rarity: a word of the subject is in most pieces, and still counts."""
ASKING_SHARE: Final = 0.3
"""Of the weight of a word that says what is asked rather than about what."""
_ASKING: Final = frozenset(
    words_of(
        "difference between need mean use happen should can could possible want get make many much long kind exist"
        " explain tell say go help good best"
    )
)


def covered_units(question: str, pieces: Sequence[Piece]) -> tuple[Sequence[Unit], list[float]]:
    """The sentences, and the share of the question's weight that each covers."""
    units = units_of(pieces)
    return units, covered_weights(question, pieces, units)


def covered_weights(question: str, pieces: Sequence[Piece], units: Sequence[Unit]) -> list[float]:
    """The share of the question's weight that each sentence covers, 0 to 1."""
    weights = _weights(question, pieces)
    total = sum(weights.values()) or 1.0
    names = identifiers_of(question)
    return [sum(weights[word] * share for word, share in _covered(weights, unit, names)) / total for unit in units]


def is_named(unit: Unit, name: str) -> bool:
    """Whether its heading, or the term that it defines, has the name."""
    terms = [line.text for line in unit.lines[:1] if line != unit.main and is_term(line)]
    return any(has_identifier(text, name) for text in (*unit.main.passage.headings[-1:], *terms))


def _weights(question: str, pieces: Sequence[Piece]) -> Mapping[str, float]:
    """Inverse document frequency over the pieces, in the form of BM25 that is never negative, and a little for each.

    A misspelled word counts as the nearest one of the pieces. Any other word that no piece has weighs like the rarest.
    """
    having = Counter(word for piece in pieces for word in different_words(f"{piece.heading}\n{piece.text}"))
    return {
        word: (LEAST_WEIGHT + math.log(1 + (len(pieces) - count + 0.5) / (count + 0.5)))
        * (ASKING_SHARE if word in _ASKING else 1.0)
        for word in _spelled(words_of(question), Vocabulary(having))
        for count in (max(1, having[word]),)
    }


def _spelled(words: Sequence[str], known: Vocabulary) -> set[str]:
    """A short word that no piece has may be another one as well: "fake" is not "make"."""
    unknown = dict.fromkeys(word for word in words if word not in known.pages and len(word) >= MIN_MISSPELLED)
    nearest = {word: known.repaired([word]) for word in islice(unknown, MAX_REPAIRED)}
    return {one for word in words for one in (nearest.get(word) or [word])}


def _covered(weights: Mapping[str, float], unit: Unit, names: Sequence[str]) -> Iterator[tuple[str, float]]:
    """A section whose heading is a name that the question uses speaks of nothing else."""
    words, path = unit.main.sentence.words, different_words(unit.main.piece.heading)
    named = {word for name in names if is_named(unit, name) for word in words_of(name)}
    for word in weights:
        if word in words or word in named:
            yield word, 1.0
        elif word in path:
            yield word, HEADING_WEIGHT
