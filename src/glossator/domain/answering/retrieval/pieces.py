"""What the model is given of the hits: neighbours joined, within a budget of characters."""

from collections.abc import Sequence
from dataclasses import replace

from glossator.domain.answering.question import Piece
from glossator.domain.book.index import Hit
from glossator.domain.book.passages import Passage


def pieces_of(hits: Sequence[Hit], *, passages: int, characters: int) -> tuple[Piece, ...]:
    """The best hits within both limits, numbered from 1; at least one. Neighbours of one section are one piece."""
    pieces: list[Piece] = []
    used = 0
    for hit in hits[:passages]:
        used += len(hit.passage.text)
        if pieces and used > characters:
            break
        _add(pieces, hit)
    return tuple(replace(piece, number=number) for number, piece in enumerate(pieces, start=1))


def _add(pieces: list[Piece], hit: Hit) -> None:
    """To the piece that it continues or precedes, if there is one; the piece keeps its rank."""
    for at, piece in enumerate(pieces):
        if _follows(piece.passages[-1], hit.passage):
            pieces[at] = replace(piece, passages=(*piece.passages, hit.passage))
            return
        if _follows(hit.passage, piece.passages[0]):
            pieces[at] = replace(piece, passages=(hit.passage, *piece.passages))
            return
    pieces.append(Piece(0, (hit.passage,), hit.score))


def _follows(one: Passage, other: Passage) -> bool:
    """Whether `other` comes right after `one` in the same section."""
    same = (one.page, one.headings, one.url) == (other.page, other.headings, other.url)
    return same and 0 <= other.start - one.end <= 3
