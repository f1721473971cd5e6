"""The order of the hits of a question and its parts, what raises a hit, and which pieces the model is given."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from glossator.domain.answering.question import Piece
from glossator.domain.answering.retrieval.evidence import identifiers_of
from glossator.domain.book.index import Hit
from glossator.domain.book.pages.urls import page_address
from glossator.domain.book.passages import Passage

# How far a hit rises on the page that the reader is looking at, or in a section named after what the question asks for;
# fused scores run from 0 to 1.
OWN_PAGE_BONUS: Final = 0.1
NAMED_SECTION_BONUS: Final = 0.2
OPEN_PAGE_BONUS: Final = 0.05
"""Less than for the page of a selection: a reader also asks about what the open page does not say."""

_PATH: Final = re.compile(r"(?:[\w+.-]+://[^/?#]*)?([^?#]*).*", re.DOTALL)


def merged(lists: Sequence[Sequence[Hit]]) -> list[Hit]:
    """The whole question's hits with those of its parts: a passage keeps its best score and all its cosines."""
    best: dict[str, Hit] = {}
    for hit in (hit for hits in lists for hit in hits):
        known = best.get(hit.passage.id)
        if known is None:
            best[hit.passage.id] = hit
        else:
            cosines = {**hit.cosines, **known.cosines}
            best[hit.passage.id] = replace(known, score=max(known.score, hit.score), cosines=cosines)
    return sorted(best.values(), key=lambda hit: (-hit.score, hit.passage.id))


def favour_named_sections(hits: Sequence[Hit], question: str) -> list[Hit]:
    """A hit rises when an identifier of the question is its heading."""
    names = set(identifiers_of(question))
    raised = [_raised(hit, NAMED_SECTION_BONUS) if _section_name(hit) in names else hit for hit in hits]
    return sorted(raised, key=lambda hit: (hit.score, _section_name(hit) in names), reverse=True)


def _section_name(hit: Hit) -> str:
    """A heading's identifier, without the arguments of a call."""
    return hit.passage.heading.strip("`").partition("(")[0]


def _raised(hit: Hit, bonus: float) -> Hit:
    return replace(hit, score=min(1.0, hit.score + bonus))


def favour_selection(hits: Sequence[Hit], selected: Passage) -> list[Hit]:
    """Hits of the selected text's page rise by a bonus, and its passage is always among the hits."""
    raised = [_raised(hit, OWN_PAGE_BONUS) if hit.passage.page == selected.page else hit for hit in hits]
    if all(hit.passage.id != selected.id for hit in raised):
        raised.append(Hit(selected, max((hit.score for hit in raised), default=1.0), {}, 0.0))
    return sorted(raised, key=lambda hit: hit.score, reverse=True)


def favour_page(hits: Sequence[Hit], page: str) -> list[Hit]:
    """Hits of the page with this address rise a little. The site may publish the book below any path."""
    path = page_address(unquote(_PATH.sub(r"\1", page)))
    addresses = {url: page_address(unquote(url)) for url in (hit.passage.url.partition("#")[0] for hit in hits)}
    ends = [url for url, address in addresses.items() if address and f"/{path}".endswith(f"/{address}")]
    own = max(ends, key=len, default=None)
    raised = [_raised(hit, OPEN_PAGE_BONUS) if hit.passage.url.partition("#")[0] == own else hit for hit in hits]
    return sorted(raised, key=lambda hit: hit.score, reverse=True)


def best_cosines(hits: Sequence[Hit]) -> dict[str, float]:
    best: dict[str, float] = {}
    for hit in hits:
        for name, cosine in hit.cosines.items():
            best[name] = max(cosine, best.get(name, -1.0))
    return best


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
