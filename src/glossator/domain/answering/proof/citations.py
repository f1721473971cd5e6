"""Which passages an answer may cite."""

from collections.abc import Sequence
from typing import Final

from glossator.domain.answering.proof.passage_text import passage_sentences
from glossator.domain.answering.question import Citation, NearestSection, Piece
from glossator.domain.book.words import words_of

QUOTE_CHARACTERS: Final = 300
MAX_NEAREST: Final = 3


def citations_of(pieces: Sequence[Piece], question: str, base_url: str) -> tuple[Citation, ...]:
    """One citation a piece; `base_url` ends with a slash."""
    return tuple(
        Citation(
            n=piece.number,
            passage_id=piece.passages[0].id,
            title=_title(piece),
            heading=piece.passages[0].headings[-1] if piece.passages[0].headings else "",
            url=base_url + piece.passages[0].url,
            quote=fitting_sentence(piece, question),
            score=round(piece.score, 4),
        )
        for piece in pieces
    )


def nearest_sections(pieces: Sequence[Piece], base_url: str) -> tuple[NearestSection, ...]:
    """The sections that come closest to the question, each once."""
    sections = {base_url + piece.passages[0].url: " > ".join(piece.passages[0].headings[-2:]) for piece in pieces}
    return tuple(NearestSection(title or url, url) for url, title in list(sections.items())[:MAX_NEAREST])


def fitting_sentence(piece: Piece, question: str) -> str:
    """The sentence that shares most words with the question, the first one when none does."""
    wanted = set(words_of(question))
    texts = [one.text for passage in piece.passages for one in passage_sentences(passage) if one.kind != "code"]
    if not texts:
        return ""
    return max(texts, key=lambda text: len(wanted & set(words_of(text))))[:QUOTE_CHARACTERS]


def _title(piece: Piece) -> str:
    passage = piece.passages[0]
    return passage.headings[0] if passage.headings else passage.page
