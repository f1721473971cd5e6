"""Which passages an answer may cite, and citations as JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import accumulate
from typing import Any, Final

from glossator.domain.answering.proof.passage_sentences import passage_sentences
from glossator.domain.answering.question import Citation, NearestSection, Piece, TextSpan, section_label
from glossator.domain.book.words import different_words

QUOTE_CHARACTERS: Final = 300
MAX_NEAREST: Final = 3
SOURCES: Final = 3


def citations_of(pieces: Sequence[Piece], question: str, base_url: str) -> tuple[Citation, ...]:
    """One citation a piece; `base_url` ends with a slash."""
    return tuple(
        Citation(
            n=piece.number,
            passage_id=piece.passages[0].id,
            title=piece.passages[0].title,
            heading=piece.passages[0].heading,
            url=base_url + piece.passages[0].url,
            quote=fitting_sentence(piece, question),
            score=round(piece.score, 4),
        )
        for piece in pieces
    )


def nearest_sections(pieces: Sequence[Piece], base_url: str) -> tuple[NearestSection, ...]:
    """The sections that come closest to the question, each once."""
    sections = {base_url + piece.passages[0].url: piece.passages[0] for piece in pieces}
    return tuple(
        NearestSection(" > ".join(first.headings[-2:]) or url, url, section_label(first.title, first.heading))
        for url, first in list(sections.items())[:MAX_NEAREST]
    )


def fitting_sentence(piece: Piece, question: str) -> str:
    """The sentence that shares most words with the question, the first one when none does."""
    wanted = different_words(question)
    prose = [one for passage in piece.passages for one in passage_sentences(passage) if one.kind != "code"]
    return max(prose, key=lambda one: len(wanted & one.words)).text[:QUOTE_CHARACTERS] if prose else ""


class Utf16Offsets:
    """Converts positions in a text to UTF-16 code units, in which browsers count."""

    def __init__(self, text: str) -> None:
        units = (1 + (ord(character) > 0xFFFF) for character in text)
        self._before = range(len(text) + 1) if text.isascii() else [0, *accumulate(units)]

    def span(self, span: TextSpan) -> dict[str, int]:
        return {"start": self._before[span.start], "end": self._before[span.end]}


def citation_to_json(citation: Citation, offsets: Utf16Offsets) -> dict[str, Any]:
    quotes = [{"text": one.text, "url": one.url, "claim": offsets.span(one.claim)} for one in citation.quotes]
    return asdict(citation) | {"quotes": quotes}


def source_line(citations: tuple[Citation, ...]) -> str:
    """One inline line: the page it is written for collapses white space and makes no links."""
    shown = "; ".join(f"[{citation.n}] {citation.label}" for citation in citations[:SOURCES])
    more = len(citations) - SOURCES
    return f"\n\nSources: {shown}{f'; and {more} more' if more > 0 else ''}"
