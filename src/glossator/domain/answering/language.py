"""Guesses the language of a text by its script and, in Latin script, by its commonest words."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from glossator.domain.book.words import script_name, uses_latin_script

MIN_WORDS: Final = 2
URDU_LETTERS: Final = frozenset("\u0679\u0688\u0691\u06ba\u06be\u06c1\u06d2\u06d3")
"""Of the languages in Arabic script, only Urdu and its neighbours use them."""
_COMMON: Final = {
    "en": "the of and to in is that for it as with are this be by on not or an from at which you can has its",
    "de": "der die das und ist nicht ein eine zu den von mit auf für im dem sich auch wird werden sind bei oder dass",
    "fr": "le la les des et est une dans pour qui que pas sur au du par avec sont plus aux ce cette il on ne",
    "es": "el los las del y es una para que por con se no como su al lo está son más este esta cuando",
    "it": "il lo gli di e è una per che non con si del della sono nel alla come più da le dei questo",
    "pt": "o os as do da e é uma para que não com em por se na no dos são mais ao como um",
    "nl": "de het een van en is niet dat op te met voor zijn aan er door bij als wordt naar ook",
    "tr": "ve bir bu için ile de da olarak daha gibi olan çok değil ne en kadar sonra her",
    "sv": "och att det en som är på av för med inte den till har ett om kan från",
    "pl": "i w nie na się z do jest to że jak są dla przez od po które oraz",
}
_ASKING: Final = {
    "en": "what how when where why who does do did can which is are",
    "de": "wie was wo wann warum wer welche welcher welches kann",
    "fr": "comment quel quelle quels quelles combien où quand pourquoi quoi qui est-ce",
    "es": "cómo cuál qué cuándo dónde quién cuántos cuánto",
    "it": "come quali quando dove chi cosa quanto perché",
    "pt": "qual quais quando onde quem quanto quantos",
    "nl": "hoe wat waar wanneer waarom wie welke",
    "tr": "nasıl nedir hangi neden nerede kim kaç neler mi mu",  # noqa: RUF001
    "sv": "hur vad var när varför vem vilken",
    "pl": "co jak kiedy gdzie dlaczego kto ile",
}
_WORDS: Final = {language: frozenset(words.split()) for language, words in _COMMON.items()}
_QUESTION_WORDS: Final = {language: frozenset(words.split()) for language, words in _ASKING.items()}
_WORD: Final = re.compile(r"[^\W\d_]+")


def _weights() -> Mapping[str, Sequence[tuple[str, int]]]:
    """The languages of each common word. A question is short, so the word that asks counts twice."""
    weights: dict[str, Counter[str]] = {}
    for words_by_language, weight in ((_WORDS, 1), (_QUESTION_WORDS, 2)):
        for language, words in words_by_language.items():
            for word in words:
                weights.setdefault(word, Counter())[language] += weight
    return {word: tuple(languages.items()) for word, languages in weights.items()}


_WEIGHTS: Final = _weights()


def language_of(text: str) -> str:
    """A language code, or the name of another script than Latin; empty where the words do not tell."""
    if not uses_latin_script(text):
        return script_name(text)
    counts: Counter[str] = Counter()
    for word in _WORD.findall(text.lower()):
        for language, weight in _WEIGHTS.get(word, ()):
            counts[language] += weight
    (language, most), (_, second) = (*counts.most_common(2), ("", 0), ("", 0))[:2]
    return language if most >= MIN_WORDS and most > second else ""


def is_urdu(text: str) -> bool:
    return not URDU_LETTERS.isdisjoint(text)


def common_words(language: str) -> frozenset[str]:
    """Those that are known of the language, which say little of what a text is about."""
    return _WORDS.get(language, frozenset()) | _QUESTION_WORDS.get(language, frozenset())


def differ(one: str, other: str) -> bool:
    """Whether two guesses exclude each other."""
    return bool(one and other and one != other)
