"""From a question to the passages that may answer it: both sides of the index in one round trip, fused."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from glossator.domain.book.index import Hit, PassageIndex, Query
from glossator.domain.book.words import query_words
from glossator.domain.errors import BookEmpty
from glossator.domain.ports.embedder import Embedder

# How far a hit on the page that the reader is looking at rises; fused scores run from 0 to 1.
OWN_PAGE_BONUS: Final = 0.1
_PROBE_CHARACTERS: Final = 80


@dataclass(frozen=True)
class Retrieved:
    """`cosine` is the best one of all hits; None when the book is searched by words alone. `title` is the book's."""

    hits: tuple[Hit, ...] = ()
    cosine: float | None = None
    title: str = ""


@dataclass(frozen=True)
class RetrievalOptions:
    """`passages` go to the model; `candidates` are taken from each side before fusion."""

    passages: int
    candidates: int


class Retriever:
    """Searches the live build."""

    def __init__(self, embedder: Embedder, index: PassageIndex, options: RetrievalOptions) -> None:
        self._embedder = embedder
        self._index = index
        self._options = options

    async def retrieve(self, question: str, *, selected_text: str = "", limit: int | None = None) -> Retrieved:
        """Raises BookEmpty when there is nothing to search, Unavailable when it cannot be searched now."""
        live = await self._index.live()
        if live is None or live.passages == 0:
            raise BookEmpty("This book has not been loaded yet.")
        limit = limit or self._options.passages
        text = f"{question}\n{selected_text}" if selected_text else question
        vector = (await self._embedder.embed([text])).vectors[0] if self._embedder.dimension else None
        wanted = limit * 2 if selected_text else limit
        query = Query(vector, query_words(text), limit=wanted, candidates=max(wanted, self._options.candidates))
        hits = await self._index.search(query)
        cosines = [hit.cosine for hit in hits if hit.cosine is not None]
        best = max(cosines) if cosines and self._embedder.dimension else None
        return Retrieved(tuple(favour_own_page(hits, selected_text)[:limit]), best, live.title)


def favour_own_page(hits: Sequence[Hit], selected_text: str) -> list[Hit]:
    """Hits of the page that the selected text stands on rise by a bonus; the order is kept otherwise."""
    probe = " ".join(selected_text.split())[:_PROBE_CHARACTERS]
    own = {hit.passage.page for hit in hits if probe and probe in " ".join(hit.passage.text.split())}
    raised = [
        replace(hit, score=min(1.0, hit.score + OWN_PAGE_BONUS)) if hit.passage.page in own else hit for hit in hits
    ]
    return sorted(raised, key=lambda hit: hit.score, reverse=True)
