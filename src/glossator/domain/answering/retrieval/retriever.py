"""From a question to the passages that may answer it: every list of the index in one round trip, fused.

- A question in Latin script is searched in every space; one in another script in those that know its script. Its words
  are searched too, unless the book is written in another script.
- A question of several parts is searched as a whole and by its parts.
- Text that the reader selected is located in the book: its passage is evidence, and its page is favoured. The page that
  is open is favoured a little.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from glossator.domain.answering.question import QuestionVector, Retrieval, parts_of
from glossator.domain.answering.retrieval.evidence import (
    Strength,
    doubt_of,
    is_named,
    judging_spaces,
    strength_by_meaning,
    strength_by_words,
)
from glossator.domain.answering.retrieval.ranking import (
    best_cosines,
    favour_named_sections,
    favour_page,
    favour_selection,
    merged,
)
from glossator.domain.answering.retrieval.selection import is_about_selection, locate
from glossator.domain.answering.retrieval.vocabulary import Vocabularies, Vocabulary
from glossator.domain.book.index import EQUAL, Build, Hit, PassageIndex, Query, Weights, shared_spaces
from glossator.domain.book.passages import Passage
from glossator.domain.book.words import WORD_RULES, query_words, script_name, uses_latin_script, words_of
from glossator.domain.budget.spending import TOKENS_PER_CHARACTER
from glossator.domain.errors import BookEmpty, Unavailable
from glossator.domain.ports.embedder import Embedder, EmbeddingSpace, Reranker, Vectors

log = logging.getLogger(__name__)


KNOWN_SHARE: Final = 0.5
SELECTION_CHARACTERS: Final = 1000
SELECTION_HITS: Final = 8


@dataclass(frozen=True)
class Retrieved:
    """`cosines` holds the best one in each space, and those of `spaces` decided on the strength.

    `selected` is where the selected text stands.

    `unsupported_script` names the script of a question that nothing here can search for. `tokens` were embedded.
    `base` is that of the live build, `vector` that of the question. `degraded`: the embeddings were unavailable, so
    that keywords alone were searched and nothing tells that the book does not answer.
    """

    hits: tuple[Hit, ...] = ()
    strength: Strength = "none"
    title: str = ""
    cosines: Mapping[str, float] = field(default_factory=dict)
    spaces: tuple[EmbeddingSpace, ...] = ()
    selected: Passage | None = None
    unsupported_script: str = ""
    tokens: int = 0
    base: str = ""
    degraded: bool = False
    vector: QuestionVector | None = None

    @property
    def similarity(self) -> float | None:
        """The best cosine in any space; None if no vectors were searched."""
        return max(self.cosines.values(), default=None)

    @property
    def method(self) -> Retrieval:
        return "hybrid" if self.spaces else "keywords"


@dataclass(frozen=True)
class Focus:
    """What the reader looks at: the text that is selected, and the address of the open page."""

    selected_text: str = ""
    page: str = ""


NOTHING: Final = Focus()


@dataclass(frozen=True)
class RetrievalOptions:
    """`passages` are returned; `candidates` are taken from each list before fusion."""

    passages: int
    candidates: int
    weights: Weights = EQUAL


class Turns(Protocol):
    """Bounds how many questions are searched at a time; the others wait for a bounded time."""

    def refuse_if_full(self) -> None:
        """Raises Overloaded when there is no place for another question."""
        ...

    def place(self) -> AbstractContextManager[None]:
        """Of one question, until it has been searched. Raises Overloaded when there is none."""
        ...

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Raises Overloaded."""
        ...


class Unbounded:
    """Turns for a process with one user."""

    def refuse_if_full(self) -> None:
        """Never."""

    def place(self) -> AbstractContextManager[None]:
        return nullcontext()

    def turn(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()


@dataclass(frozen=True)
class _Embedded:
    """The spaces that could be searched, those that have vectors, and the vectors of each text by their names."""

    wanted: Sequence[EmbeddingSpace]
    spaces: Sequence[EmbeddingSpace]
    vectors: Sequence[Mapping[str, Vectors]]
    tokens: int = 0

    @property
    def degraded(self) -> bool:
        return len(self.spaces) < len(self.wanted)


async def served(index: PassageIndex) -> Build:
    """The live build. Raises BookEmpty and Unavailable."""
    live = await index.live()
    if live is None or live.passages == 0:
        raise BookEmpty("This book has not been loaded yet.")
    return live


class Retriever:
    """Searches the live build."""

    def __init__(
        self,
        embedder: Embedder,
        index: PassageIndex,
        options: RetrievalOptions,
        reranker: Reranker | None = None,
        *,
        turns: Turns | None = None,
    ) -> None:
        self._embedder = embedder
        self._index = index
        self._options = options
        self._reranker = reranker
        self._turns = turns or Unbounded()
        self.vocabularies = Vocabularies(index)

    @property
    def usd_per_million_tokens(self) -> float:
        return self._embedder.usd_per_million_tokens

    def refuse_if_full(self) -> None:
        """Raises Overloaded when too many questions wait for their search."""
        self._turns.refuse_if_full()

    def worst_case(self, text: str) -> float:
        """The most that embedding a question and its parts can cost, in US dollars."""
        return 2 * TOKENS_PER_CHARACTER * len(text) * self.usd_per_million_tokens / 1_000_000

    async def retrieve(
        self,
        question: str,
        *,
        parts: Sequence[str] | None = None,
        focus: Focus = NOTHING,
        limit: int | None = None,
        page: str | None = None,
        free: bool = False,
    ) -> Retrieved:
        """`parts` are searched beside the question; None splits it by rule. `page` is the path of the only page to
        search. `free` searches by words alone if embedding costs money.

        Raises BookEmpty when there is nothing to search, Unavailable when the index cannot be searched now, and
        Overloaded when too many questions wait.
        """
        with self._turns.place():  # before anything is spent
            live = await served(self._index)
            limit = limit or self._options.passages
            vocabulary = await self.vocabularies.of(live)
            selected = await self._locate(focus.selected_text, live) if focus.selected_text else None
            text = f"{question}\n{focus.selected_text}" if focus.selected_text else question
            texts = [text, *(parts_of(question) if parts is None else parts)]
            embedded = await self._embed(texts, live, free=free)
            queries = [
                replace(self._query(text, vectors, live, vocabulary, limit), page=page)
                for text, vectors in zip(texts, embedded.vectors, strict=True)
            ]
            async with self._turns.turn():
                hits = await self._hits(question, queries, selected, focus.page)
        cosines, judges = best_cosines(hits), judging_spaces(question, hits, embedded.spaces)
        if embedded.degraded:
            strength = strength_by_words(question, hits)
        else:
            doubt = 0.0 if focus.selected_text else doubt_of(question, hits, vocabulary, cosines, judges)
            strength = strength_by_meaning(cosines, judges, doubt)
        explains = selected is not None and is_about_selection(question)
        return Retrieved(
            tuple(hits[:limit]),
            "good" if explains or is_named(question, hits, vocabulary) else strength,
            live.title,
            cosines,
            tuple(judges),
            selected,
            unsupported_script="" if embedded.wanted or hits or uses_latin_script(text) else script_name(text),
            tokens=embedded.tokens,
            base=live.base,
            degraded=embedded.degraded,
            vector=QuestionVector.of(embedded.spaces, embedded.vectors[0]),
        )

    async def _hits(
        self, question: str, queries: Sequence[Query], selected: Passage | None, open_page: str
    ) -> list[Hit]:
        lists = await asyncio.gather(*(self._index.search(query) for query in queries))
        hits = merged(lists) if len(lists) > 1 else lists[0]
        hits = favour_named_sections(hits, question)
        if open_page:
            hits = favour_page(hits, open_page)
        if selected is not None:
            hits = favour_selection(hits, selected)
        return hits if self._reranker is None else await self._reranked(self._reranker, question, hits)

    async def _embed(self, texts: Sequence[str], live: Build, *, free: bool) -> _Embedded:
        """One call for all texts, in the spaces that know the script of the first one."""
        wanted = self._spaces_for(texts[0], live)
        without = _Embedded(wanted, (), [{} for _ in texts])
        if not wanted or (free and self.usd_per_million_tokens > 0):
            return without
        try:
            embedded = await self._embedder.embed(texts, "question", [space.name for space in wanted])
        except Unavailable as error:
            log.warning("question_not_embedded: %s; searching by keywords", error)
            return without
        vectors = [{name: rows[at] for name, rows in embedded.vectors.items()} for at in range(len(texts))]
        return _Embedded(wanted, wanted, vectors, embedded.tokens)

    def _spaces_for(self, text: str, live: Build) -> list[EmbeddingSpace]:
        usable = set(shared_spaces(live, self._embedder.spaces)) - set(live.pending)
        latin = uses_latin_script(text)
        return [space for space in self._embedder.spaces if space.name in usable and (latin or not space.latin_only)]

    def _query(
        self, text: str, vectors: Mapping[str, Vectors], live: Build, vocabulary: Vocabulary, limit: int
    ) -> Query:
        rules = live.words or WORD_RULES
        words = words_of(text, rules)
        foreign = vectors and not uses_latin_script(text) and vocabulary.known_share(words) < KNOWN_SHARE
        return Query(
            vectors,
            query_words("" if foreign else text, rules, also=() if foreign else vocabulary.repaired(words)),
            limit=limit * 2,
            candidates=max(limit * 2, self._options.candidates),
            weights=self._options.weights,
        )

    async def _locate(self, selected_text: str, live: Build) -> Passage | None:
        text = selected_text[:SELECTION_CHARACTERS]
        words = query_words(text, live.words or WORD_RULES)
        return locate(text, await self._index.search(Query({}, words, limit=SELECTION_HITS)))

    @staticmethod
    async def _reranked(reranker: Reranker, question: str, hits: Sequence[Hit]) -> list[Hit]:
        scores = await reranker.scores(question, [hit.passage.indexed_text for hit in hits])
        rescored = [replace(hit, score=score) for hit, score in zip(hits, scores, strict=True)]
        return sorted(rescored, key=lambda hit: hit.score, reverse=True)
