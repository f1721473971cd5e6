"""Whether a sentence of the book supports a claim.

A claim whose numbers, identifiers or negation are not in its quote is never supported, however alike both sound.
"""

import re
from collections.abc import Collection
from typing import Final

from glossator.domain.answering.question import Verdict
from glossator.domain.answering.retrieval.evidence import has_identifier, identifiers_of
from glossator.domain.book.words import words_of

SUPPORTED: Final = 0.62
WEAK: Final = 0.4
# Of a claim's words, so that words alone decide: without embeddings, or for a quotation.
COVERED: Final = 0.6
PARTLY_COVERED: Final = 0.34
WORDS_SHARE: Final = 0.5
_NUMBER: Final = re.compile(r"(?<![\w.])\d+(?:[.,:]\d+)*(?![\w])|(?<=[^\W\d])\d+(?:\.\d+)*")
_NEGATION: Final = re.compile(
    r"\b(?:not|no|never|none|nothing|neither|nor|without|cannot|un(?:able|like)|fails? to|lacks?|except|unless"
    r"|instead of|rather than|nicht|kein\w*|nie|ohne|pas|jamais|aucun\w*|sans|no|nunca|sin|değil|yok)\b|n['\u2019]t\b"
    r"|(?:^|\s)(?:لا|لم|لن|ليس|ليست|غير|بدون|नहीं|न|बिना|नہیں|نہ)(?=\s|$)|[不没沒無非]",
    re.IGNORECASE,
)
_WORDS: Final = "zero,one,two,three,four,five,six,seven,eight,nine,ten,eleven,twelve"
_SPELLED: Final = {word: str(value) for value, word in enumerate(_WORDS.split(","))}


def numbers_of(text: str) -> set[str]:
    """The numbers of a text, also those spelled out; 1,000 and 1000 are one number."""
    digits = {re.sub(r"(?<=\d),(?=\d{3}\b)", "", found[0]).rstrip(".,:") for found in _NUMBER.finditer(text)}
    return digits | {_SPELLED[word] for word in re.findall(r"[a-z]+", text.lower()) if word in _SPELLED}


def contradicts(claim: str, quote: str, context: str) -> bool:
    """Whether a number, an identifier or a negation of the claim is not in its quote.

    Identifiers may also appear in the `context` of the quote, such as its heading.
    """
    stated = {
        number for number in numbers_of(claim) if number not in _SPELLED.values() or re.search(rf"\b{number}\b", claim)
    }
    if stated - numbers_of(quote):
        return True
    names = [name for name in identifiers_of(claim) if not _NUMBER.fullmatch(name)]
    if any(not has_identifier(quote, name) and not has_identifier(context, name) for name in names):
        return True
    return negations(claim) != negations(quote)


def negations(text: str) -> bool:
    return _NEGATION.search(text) is not None


def coverage(claim: Collection[str], quote: Collection[str]) -> float:
    """The share of the claim's words that the quote has."""
    return sum(word in quote for word in claim) / len(claim) if claim else 0.0


def support(claim: str, quote: str, context: str, cosine: float | None) -> Verdict:
    """`cosine` is that of claim and quote; None when only words can be compared."""
    words = set(words_of(claim))
    covered = coverage(words, set(words_of(f"{quote}\n{context}")))
    exact = covered >= COVERED
    if cosine is None:
        verdict: Verdict = "supported" if exact else "weak" if covered >= PARTLY_COVERED else "unsupported"
    elif cosine >= SUPPORTED or (cosine >= WEAK and exact):
        verdict = "supported"
    elif cosine >= WEAK or exact:
        verdict = "weak"
    else:
        verdict = "unsupported"
    return "weak" if verdict == "supported" and contradicts(claim, quote, context) else verdict
