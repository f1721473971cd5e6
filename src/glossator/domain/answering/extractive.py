"""An answer without a language model: the passages' own sentences that fit the question best, each cited.

Rules:
- A quoted sentence stands literally in its passage, white space apart; code, tables and headings are not quoted.
- A word weighs more the fewer of the passages have it; a word of the passage's heading counts half.
- The sentences of one passage keep the order of the book; the passage with the best sentence comes first.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from glossator.domain.answering.sentences import sentences
from glossator.domain.book.pages.markdown import block_tokens, book_markdown
from glossator.domain.book.words import words_of
from glossator.domain.ports.chat_model import Quotable

MOST_SENTENCES: Final = 4
MOST_CHARACTERS: Final = 700
LONGEST_SENTENCE: Final = 450
# "See also this." and "the title," say nothing when they stand alone.
FEWEST_WORDS: Final = 4
HEADING_SHARE: Final = 0.5
# Of the question's weight; a sentence below it shares a stray word and is about something else.
LEAST_COVERED: Final = 0.2
# Of the best sentence's score; what is much worse than the best dilutes it.
LEAST_OF_BEST: Final = 0.6
# What a passage loses for each place behind the first: the search knows more than the words shared.
LOSS_PER_PLACE: Final = 0.1
# What is left of a sentence that only announces the list or the code after it.
ANNOUNCING_SHARE: Final = 0.7
_ABBREVIATION: Final = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|Mr|Mrs|Ms|Dr|Fig|Eq|No)|(?:^|[\s(])[A-Z])\.$")
_OWN_BRACKETS: Final = re.compile(r"\[\d")
_ASKS: Final = re.compile(r"[?\uff1f][\"'\u201d\u2019)*_]*(?:\]\([^)]*\))?$")


@dataclass(frozen=True)
class Sentence:
    """`place` and `order` count the passages, and the sentences of one passage, from 0."""

    place: int
    order: int
    passage: Quotable
    text: str


def extract(question: str, passages: Sequence[Quotable]) -> str:
    """At most 4 sentences and 700 characters, each followed by its `[number]`; "" when none fits by its words."""
    found = quotable_sentences(passages)
    shares = shared_words(question, passages, found)
    return quotation([(one, share) for one, share in zip(found, shares, strict=True) if share >= LEAST_COVERED])


def quotable_sentences(passages: Sequence[Quotable]) -> list[Sentence]:
    """The sentences of the passages' paragraphs and list items that say something by themselves."""
    return [
        Sentence(place, order, passage, text)
        for place, passage in enumerate(passages)
        for order, text in enumerate(dict.fromkeys(_literal_sentences(passage.text)))
    ]


def shared_words(question: str, passages: Sequence[Quotable], found: Sequence[Sentence]) -> list[float]:
    """How much of the question's weight each sentence covers, 0 to 1."""
    weights = _weights(question, passages)
    total = sum(weights.values()) or 1.0
    return [sum(weights[word] * share for word, share in _shares(weights, sentence)) / total for sentence in found]


def quotation(scored: Sequence[tuple[Sentence, float]]) -> str:
    """The best of the sentences, written with their citations."""
    ranked = sorted(((_score(sentence, fit), sentence) for sentence, fit in scored), key=lambda pair: -pair[0])
    chosen: dict[str, Sentence] = {}
    left = MOST_CHARACTERS
    for score, sentence in ranked:
        if len(chosen) == MOST_SENTENCES or score < LEAST_OF_BEST * ranked[0][0]:
            break
        if len(sentence.text) <= left and sentence.text not in chosen:
            chosen[sentence.text] = sentence
            left -= len(sentence.text)
    return _written(list(chosen.values()))


def _score(sentence: Sentence, fit: float) -> float:
    announcing = ANNOUNCING_SHARE if sentence.text.endswith(":") else 1.0
    return fit * announcing / (1 + LOSS_PER_PLACE * sentence.place)


def _written(chosen: Sequence[Sentence]) -> str:
    """A paragraph for each passage."""
    paragraphs: dict[int, list[Sentence]] = {}
    for sentence in chosen:
        paragraphs.setdefault(sentence.place, []).append(sentence)
    return "\n\n".join(
        " ".join(f"{one.text} [{one.passage.number}]" for one in sorted(paragraph, key=lambda one: one.order))
        for paragraph in paragraphs.values()
    )


def _weights(question: str, passages: Sequence[Quotable]) -> Mapping[str, float]:
    """Inverse document frequency over the passages, in the form of BM25 that is never negative.

    A word that no passage has weighs like the rarest one: it may be a misspelling, and must not outweigh the others.
    """
    having = Counter(word for passage in passages for word in set(words_of(f"{passage.heading}\n{passage.text}")))
    return {
        word: math.log(1 + (len(passages) - count + 0.5) / (count + 0.5))
        for word in set(words_of(question))
        for count in (max(1, having[word]),)
    }


def _shares(weights: Mapping[str, float], sentence: Sentence) -> Iterator[tuple[str, float]]:
    words = set(words_of(sentence.text))
    heading = set(words_of(sentence.passage.heading))
    for word in weights:
        if word in words:
            yield word, 1.0
        elif word in heading:
            yield word, HEADING_SHARE


def _literal_sentences(text: str) -> Iterator[str]:
    literal = _one_line(text)
    for paragraph in _paragraphs(text):
        for sentence in _whole_sentences(_one_line(paragraph)):
            if sentence in literal and speaks_for_itself(sentence):
                yield sentence


def _paragraphs(text: str) -> Iterator[str]:
    """Paragraphs and list items; not those that a formula interrupts, nor rows of a table that was cut in two."""
    tokens = block_tokens(book_markdown(), text, {})
    for at, token in enumerate(tokens):
        if token.type == "inline" and tokens[at - 1].type == "paragraph_open":
            item = at > 1 and tokens[at - 2].type == "list_item_open"
            content = token.content.strip()
            whole = not (content[:1].islower() or content[-1:].isalnum() or content.startswith("|"))
            if item or whole:
                yield content


def _whole_sentences(line: str) -> Iterator[str]:
    """Not cut at an abbreviation or an initial, nor before a small letter."""
    start = 0
    for span in sentences(line):
        rest = line[span.end :].lstrip()
        if rest and (rest[0].islower() or _ABBREVIATION.search(line[start : span.end])):
            continue
        yield line[start : span.end].strip()
        start = span.end


def speaks_for_itself(sentence: str) -> bool:
    """Brackets with a number would be taken for a citation of ours."""
    long_enough = len(sentence.split()) >= FEWEST_WORDS or not sentence.isascii()
    misleading = _OWN_BRACKETS.search(sentence) or _ASKS.search(sentence)
    return long_enough and len(sentence) <= LONGEST_SENTENCE and not misleading


def _one_line(text: str) -> str:
    return " ".join(text.split())
