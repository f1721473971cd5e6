"""An answer without a language model: sentences of the book that answer the question, each run with its number.

Rules:
- A sentence is quoted as its page shows it. Questions, and sentences too short or too long to stand alone, are not.
- A word weighs more the fewer of the pieces have it; a word of the piece's heading counts half. Where embedding costs
  nothing, the meaning of the likeliest sentences counts too.
- A sentence that announces a list or code is quoted only with what it announces.
- The piece with the best sentence comes first; the sentences of one piece keep the order of the book.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from glossator.domain.answering.proof.passage_text import PassageSentence, passage_sentences
from glossator.domain.answering.question import Piece
from glossator.domain.answering.retrieval.evidence import Strength
from glossator.domain.book.words import uses_latin_script, words_of
from glossator.domain.errors import Unavailable
from glossator.domain.ports.embedder import Embedder

MAX_SENTENCES: Final = 4
MAX_CHARACTERS: Final = 700
MAX_SENTENCE: Final = 450
MAX_CODE: Final = 600
MIN_WORDS: Final = 4
COMPARED_SENTENCES: Final = 24
HEADING_WEIGHT: Final = 0.5
WORDS_WEIGHT: Final = 0.5
MIN_COVERED: Final = 0.2
"""Of the question's weight: a sentence below it shares a stray word and is about something else."""
MIN_MEANING: Final = 0.29
MIN_OF_BEST: Final = 0.6
"""Of the best sentence's score: a much worse one dilutes the answer."""
LOSS_PER_RANK: Final = 0.1
_OWN_BRACKETS: Final = re.compile(r"\[\d")
_ASKS: Final = re.compile(r"[?\uff1f\u061f][\"'\u201d\u2019)]*$")
_ANNOUNCES: Final = re.compile(r"[:\uff1a]$")
_ASKS_HOW: Final = re.compile(
    r"\b(?:how|example|code|snippet|syntax|command|configure|install|write|use)\b", re.IGNORECASE
)
_MARKUP: Final = re.compile(r"([\\`*_\[\]<>~|#])")


@dataclass(frozen=True)
class Sentence:
    """`rank` and `order` count the pieces, and the sentences of one piece, from 0; `announced` is code or an item."""

    rank: int
    order: int
    piece: Piece
    sentence: PassageSentence
    announced: PassageSentence | None = None

    @property
    def text(self) -> str:
        return self.sentence.text


class Quoter:
    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    async def quote(self, question: str, pieces: Sequence[Piece], strength: Strength) -> str:
        """Markdown of at most 4 sentences and 700 characters with their `[number]`; empty when none fits."""
        found = quotable_sentences(pieces)
        covered = covered_weights(question, pieces, found)
        meaning = await self._meaning(question, found, covered)
        if meaning is None:
            scored = [(one, weight) for one, weight in zip(found, covered, strict=True) if weight >= MIN_COVERED]
        else:
            needed = MIN_MEANING if strength == "good" else 2 * MIN_MEANING
            scored = [
                (one, meaning[at] + WORDS_WEIGHT * covered[at])
                for at, one in enumerate(found)
                if at in meaning and meaning[at] + WORDS_WEIGHT * covered[at] >= needed
            ]
        return quotation(question, scored)

    async def _meaning(
        self, question: str, found: Sequence[Sentence], covered: Sequence[float]
    ) -> Mapping[int, float] | None:
        """Cosines of the likeliest sentences; None where embedding costs money or cannot be done."""
        latin = uses_latin_script(question)
        spaces = [space for space in self._embedder.spaces if latin or not space.latin_only]
        if not spaces or not found or self._embedder.usd_per_million_tokens > 0:
            return None
        likeliest = sorted(range(len(found)), key=lambda at: (-covered[at], found[at].rank))[:COMPARED_SENTENCES]
        texts = [f"{found[at].piece.passages[0].headings[-1:]}\n{found[at].text}" for at in likeliest]
        name = spaces[0].name
        try:
            asked = (await self._embedder.embed([question], "question", [name])).vectors[name][0]
            rows = (await self._embedder.embed(texts, "passage", [name])).vectors[name]
        except Unavailable:
            return None
        return {at: float(cosine) for at, cosine in zip(likeliest, rows @ asked, strict=True)}


def quotable_sentences(pieces: Sequence[Piece]) -> list[Sentence]:
    """The sentences of the pieces that say something by themselves, or with what they announce."""
    found = []
    for rank, piece in enumerate(pieces):
        listed = [one for passage in piece.passages for one in passage_sentences(passage)]
        for order, one in enumerate(listed):
            following = listed[order + 1] if order + 1 < len(listed) else None
            if one.kind == "code" or not stands_alone(one.text):
                continue
            if not _ANNOUNCES.search(one.text):
                code = following if following is not None and following.kind == "code" else None
                found.append(Sentence(rank, order, piece, one, code))
            elif following is not None and following.block != one.block:
                found.append(Sentence(rank, order, piece, one, following))
    return found


def covered_weights(question: str, pieces: Sequence[Piece], found: Sequence[Sentence]) -> list[float]:
    """The share of the question's weight that each sentence covers, 0 to 1."""
    weights = _weights(question, pieces)
    total = sum(weights.values()) or 1.0
    return [sum(weights[word] * share for word, share in _covered(weights, one)) / total for one in found]


def quotation(question: str, scored: Sequence[tuple[Sentence, float]]) -> str:
    """The best of the sentences, written with their numbers."""
    ranked = sorted(((score / (1 + LOSS_PER_RANK * one.rank), one) for one, score in scored), key=lambda pair: -pair[0])
    chosen: dict[str, Sentence] = {}
    room = MAX_CHARACTERS
    for score, one in ranked:
        if len(chosen) == MAX_SENTENCES or score < MIN_OF_BEST * ranked[0][0]:
            break
        text = _whole(one)
        if len(text) <= room and one.text not in chosen:
            chosen[one.text] = one
            room -= len(text)
    return _written(list(chosen.values()), with_code=_ASKS_HOW.search(question) is not None)


def _whole(one: Sentence) -> str:
    """With what it announces, unless that is code."""
    if one.announced is None or one.announced.kind == "code" or not _ANNOUNCES.search(one.text):
        return one.text
    return f"{one.text} {one.announced.text}"


def _written(chosen: Sequence[Sentence], *, with_code: bool) -> str:
    """A paragraph for each piece, its number at the end; where code is wanted, the first that a sentence introduces."""
    paragraphs: dict[int, list[Sentence]] = {}
    for one in chosen:
        paragraphs.setdefault(one.rank, []).append(one)
    written = []
    for run in paragraphs.values():
        ordered = _without_bare_announcements(sorted(run, key=lambda one: one.order), with_code=with_code)
        if not ordered:
            continue
        text = " ".join(escaped(_whole(one)) for one in ordered)
        written.append(f"{text} [{ordered[0].piece.number}]")
        code = next(
            (one.announced for one in ordered if one.announced is not None and one.announced.kind == "code"), None
        )
        if with_code and code is not None and len(code.text) <= MAX_CODE:
            written.append(f"```\n{code.text}\n```")
            with_code = False
    return "\n\n".join(written)


def _without_bare_announcements(run: Sequence[Sentence], *, with_code: bool) -> list[Sentence]:
    """A sentence that announces code is dropped where the code is not shown."""
    return [
        one
        for one in run
        if not (_ANNOUNCES.search(one.text) and one.announced is not None and one.announced.kind == "code")
        or (with_code and one is run[0])
    ]


def escaped(text: str) -> str:
    """Plain text as Markdown that shows it unchanged."""
    return _MARKUP.sub(r"\\\1", text)


def stands_alone(sentence: str) -> bool:
    """Brackets with a number would be taken for a citation."""
    long_enough = len(sentence.split()) >= MIN_WORDS or not sentence.isascii()
    misleading = _OWN_BRACKETS.search(sentence) or _ASKS.search(sentence)
    return long_enough and len(sentence) <= MAX_SENTENCE and not misleading


def _weights(question: str, pieces: Sequence[Piece]) -> Mapping[str, float]:
    """Inverse document frequency over the pieces, in the form of BM25 that is never negative.

    A word that no piece has weighs like the rarest one: it may be misspelled, and must not outweigh the others.
    """
    having = Counter(word for piece in pieces for word in set(words_of(f"{piece.heading}\n{piece.text}")))
    return {
        word: math.log(1 + (len(pieces) - count + 0.5) / (count + 0.5))
        for word in set(words_of(question))
        for count in (max(1, having[word]),)
    }


def _covered(weights: Mapping[str, float], one: Sentence) -> Iterator[tuple[str, float]]:
    words, heading = set(words_of(one.text)), set(words_of(one.piece.heading))
    for word in weights:
        if word in words:
            yield word, 1.0
        elif word in heading:
            yield word, HEADING_WEIGHT
