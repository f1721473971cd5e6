"""Whether what was found is enough to answer from: by meaning, or by words."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal

from glossator.domain.answering.language import common_words, language_of
from glossator.domain.answering.retrieval.vocabulary import MAX_REPAIRED, Vocabulary
from glossator.domain.book.index import Hit
from glossator.domain.book.words import LONG_STOP_LIST, different_words, words_of
from glossator.domain.ports.embedder import EmbeddingSpace

Strength = Literal["none", "weak", "good"]

# camelCase, snake_case, a.dotted.name, --option, call(), `code`, or letters with digits.
_IDENTIFIER: Final = re.compile(
    r"`[^`\s]+`|--?[a-z][\w-]+|\w+\(\)|[A-Za-z]\w*(?:[._]\w+)+|[a-z]+[A-Z]\w*|[A-Z][a-z]+[A-Z]\w*|[A-Za-z]+\d\w*"
)
_EDGES: Final = "`()"
ENGLISH: Final = "en"
NAMED_PASSAGES: Final = 3
MIN_NAME: Final = 2
MIN_ASKED: Final = 2
"""Words of a question that a heading repeats: one alone may mean something else."""
SHARED_WORDS: Final = 0.5
# Measured with the questions of 16 books: of 630 that a book answers, these limits cost none.
LOW_COVERAGE: Final = 0.3
"""Of a question's weight in words: where no good passage has this share, the meanings must be more alike."""
RISE: Final = 0.4
"""Of the thresholds, for each share of the weight that is missing."""
FOREIGN_NAMES: Final = 0.4
"""Of a question's weight: with this share of names that the book does not have, it is about something else."""
MIN_MISSPELLED: Final = 6
"""Letters of a word that may be misspelled: from a shorter one, another may be one letter away."""
_NAME: Final = re.compile(r"(?<=[\w,;] )[A-Z][\w+-]*\w")


def strength_by_meaning(cosines: Mapping[str, float], spaces: Sequence[EmbeddingSpace], doubt: float = 0.0) -> Strength:
    """From the best cosine in each of the searched spaces: one space that recognises the question is enough.

    `doubt` is added to the threshold of good evidence.
    """
    if not spaces:
        return "good"
    alone = len(spaces) == 1
    best = [(cosines.get(space.name, -1.0), space.evidence) for space in spaces]
    if any(cosine >= (evidence.alone if alone else evidence.weak) + doubt for cosine, evidence in best):
        return "good"
    return "weak" if any(cosine >= evidence.none for cosine, evidence in best) else "none"


def strength_by_words(question: str, hits: Sequence[Hit]) -> Strength:
    """Without embeddings: from the share of the question's words in the best passage. A model may judge the rest."""
    if not hits:
        return "none"
    return (
        "good"
        if _shared_words(question, hits[0].passage.indexed_text, language_of(question) or ENGLISH) >= SHARED_WORDS
        else "weak"
    )


def doubt_of(
    question: str,
    hits: Sequence[Hit],
    vocabulary: Vocabulary,
    cosines: Mapping[str, float],
    spaces: Sequence[EmbeddingSpace],
) -> float:
    """What to add to the threshold of good evidence, where question and passages are English.

    Other languages have other words for the same, and German has capitals for all nouns. Infinite where a space that
    knows English finds nearly nothing, or where much of the question is names that the whole book lacks.
    """
    best = [hit.passage.indexed_text for hit in hits[:NAMED_PASSAGES]]
    if language_of(question) != ENGLISH or language_of("\n".join(best)) not in {"", ENGLISH}:
        return 0.0
    if len(spaces) > 1 and any(space.latin_only and cosines.get(space.name, -1.0) < _little(space) for space in spaces):
        return math.inf
    return doubt_by_words(question, best, vocabulary)


def _little(space: EmbeddingSpace) -> float:
    return (space.evidence.none + space.evidence.weak) / 2


def doubt_by_words(question: str, best: Sequence[str], vocabulary: Vocabulary) -> float:
    """From the words of a question that the best passages lack: the rarer a word, the more it weighs.

    A misspelled word counts as its nearest one.
    """
    weights = {word: vocabulary.weight(word) for word in words_of(question, LONG_STOP_LIST)}
    total = sum(weights.values())
    if not total or not vocabulary.pages:
        return 0.0
    if sum(weights.get(word, 0.0) for word in _foreign_names(question, vocabulary)) >= FOREIGN_NAMES * total:
        return math.inf
    unknown = [word for word in weights if word not in vocabulary.pages]
    covered = max((_covered(weights, unknown, text) for text in best), default=0.0)
    return RISE * max(0.0, LOW_COVERAGE - covered / total)


def _covered(weights: Mapping[str, float], unknown: Sequence[str], text: str) -> float:
    """The weight of the words that a text has, as they are or misspelled; those that are `unknown` weigh the most."""
    words = dict.fromkeys(different_words(text), 1)
    misspelled = len(Vocabulary(words).repaired(unknown)) if unknown else 0
    return sum(weights[word] for word in weights if word in words) + misspelled * max(weights.values())


def _foreign_names(question: str, vocabulary: Vocabulary) -> set[str]:
    """The words of capitalised ones inside of the question, and of identifiers, that are not in the book.

    A misspelled one is. An identifier is known by its first word, which is its parts joined.
    """
    names = [[word] for name in _NAME.findall(question) for word in words_of(name, LONG_STOP_LIST)]
    names += [words for words in map(words_of, identifiers_of(question)) if len(words) > 1]
    unknown = [words for words in names if words[0] not in vocabulary.pages][:MAX_REPAIRED]
    foreign = (words for words in unknown if len(words[0]) < MIN_MISSPELLED or not vocabulary.repaired(words[:1]))
    return {word for words in foreign for word in words}


def is_enough(strength: Strength, *, generates: bool) -> bool:
    """A model that only quotes cannot judge the passages, so it needs the better evidence."""
    return strength == "good" or (strength == "weak" and generates)


def judging_spaces(question: str, hits: Sequence[Hit], spaces: Sequence[EmbeddingSpace]) -> list[EmbeddingSpace]:
    """The spaces whose cosines tell whether the hits answer the question, with the thresholds of their languages.

    A space for Latin script knows English only: it does not judge a question in a language that is known to be another.
    """
    asked = language_of(question)
    judges = [space for space in spaces if not space.latin_only]
    if asked in {"", ENGLISH} or not judges:
        return list(spaces)
    best = [hit.passage.text for hit in hits[:NAMED_PASSAGES]]
    if asked != language_of("\n".join(best)):
        return judges
    has_words = _shared_words(question, best[0], asked) >= SHARED_WORDS
    return [_in_foreign_language(space, has_words=has_words) for space in judges]


def _in_foreign_language(space: EmbeddingSpace, *, has_words: bool) -> EmbeddingSpace:
    evidence = space.evidence
    threshold = evidence.foreign_words if has_words else evidence.foreign
    return space if threshold is None else replace(space, evidence=replace(evidence, weak=threshold, alone=threshold))


def _shared_words(question: str, text: str, language: str) -> float:
    """The share of the question's words, without the commonest of its language, that the text has."""
    asked = different_words(question) - different_words(" ".join(common_words(language)))
    return len(asked & different_words(text)) / len(asked) if asked else 0.0


def is_named(question: str, hits: Sequence[Hit], vocabulary: Vocabulary) -> bool:
    """Whether the best passages name what is asked for: an identifier in them, or the heading of the best one.

    A heading does if it consists of rare words of the question, or if it has all words of the question.
    """
    best = hits[:NAMED_PASSAGES]
    identifiers = identifiers_of(question)
    if any(has_identifier(hit.passage.indexed_text, name) for hit in best for name in identifiers):
        return True
    heading = different_words(best[0].passage.headings[-1]) if best and best[0].passage.headings else frozenset[str]()
    asked = different_words(question, LONG_STOP_LIST)
    return (len(asked) >= MIN_ASKED and asked <= heading) or (
        bool(heading) and heading <= rare_words(question, vocabulary)
    )


def identifiers_of(question: str) -> list[str]:
    names = (match[0].strip(_EDGES) for match in _IDENTIFIER.finditer(question))
    return [name for name in dict.fromkeys(names) if len(name) >= MIN_NAME]


def has_identifier(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?!\w)", text) is not None


def rare_words(question: str, vocabulary: Vocabulary) -> set[str]:
    return {word for word in words_of(question) if vocabulary.is_rare(word)}
