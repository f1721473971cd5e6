"""Groups questions that ask the same: by their stored vectors, where two were made by one model, otherwise by words.

Each group has a centre to which all its members are alike; the centre with most members is taken first. Nothing is
embedded, so a report costs nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from glossator.domain.book.words import word_index, words_of
from glossator.domain.ports.embedder import Vectors
from glossator.domain.report.questions import OpenQuestion, StoredVector

ALIKE: Final = 0.55
"""Cosine from which two questions ask the same. Of 43 questions on 15 subjects, the pairs above it were of one subject
in 98 % (multilingual-e5-small, centred) and 100 % (all-MiniLM-L6-v2)."""
ALIKE_WORDS: Final = 0.35
"""The same for the words of two questions, weighted by how rare they are: a quarter of those pairs, of one
subject in 94 %."""
WORD_COLUMNS: Final = 2048
"""Words that share a column hardly ever meet in two questions."""

Alike = npt.NDArray[np.bool_]


def stored_vector(model: str, vector: Vectors) -> StoredVector:
    """A byte for each dimension changes a cosine by less than 0.01."""
    largest = float(np.abs(vector).max(initial=0.0)) or 1.0
    return StoredVector(model, np.rint(vector / largest * 127).astype(np.int8).tobytes())


def grouped(questions: Sequence[OpenQuestion]) -> list[list[OpenQuestion]]:
    """The largest group first, in each the centre first. Takes time with the square of the number: call it in a worker.

    Holds about five bytes for each pair.
    """
    if not questions:
        return []
    groups = _around_centres(_alike(questions))
    return [[questions[at] for at in group] for group in groups]


def _alike(questions: Sequence[OpenQuestion]) -> Alike:
    alike: Alike = _cosines(_word_rows([words_of(question.text) for question in questions])) >= ALIKE_WORDS
    by_model: defaultdict[tuple[str, int], dict[int, bytes]] = defaultdict(dict)
    for at, question in enumerate(questions):
        if (vector := question.vector) is not None:
            by_model[vector.model, len(vector.values)][at] = vector.values
    for vectors in by_model.values():
        rows = np.array([np.frombuffer(values, np.int8) for values in vectors.values()], np.float32)
        alike[np.ix_(list(vectors), list(vectors))] = _cosines(rows) >= ALIKE
    np.fill_diagonal(alike, val=True)
    return alike


def _word_rows(texts: Sequence[Sequence[str]]) -> Vectors:
    """BM25's weight of a rare word (Robertson and Spärck Jones), for each question that has it."""
    rows = np.zeros((len(texts), WORD_COLUMNS), np.float32)
    for row, words in zip(rows, texts, strict=True):
        row[[word_index(word) % WORD_COLUMNS for word in words]] = 1.0
    having = rows.sum(axis=0)
    weights = np.log(1 + (len(texts) - having + 0.5) / (having + 0.5))
    weighted: Vectors = (rows * weights).astype(np.float32)
    return weighted


def _cosines(rows: Vectors) -> Vectors:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Vectors = (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return unit @ unit.T


def _around_centres(alike: Alike) -> Iterator[list[int]]:
    """Every index once. Of equal centres the first is taken."""
    left, degrees = np.ones(len(alike), dtype=bool), alike.sum(axis=1)
    while left.any():
        centre = int(np.argmax(np.where(left, degrees, -1)))
        members = alike[centre] & left
        left &= ~members
        degrees = degrees - alike[:, members].sum(axis=1)
        yield [centre, *(int(at) for at in np.flatnonzero(members) if at != centre)]
