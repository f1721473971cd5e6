"""The facts of a sentence that must be in its quote: numbers, identifiers and negations."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from glossator.domain.answering.retrieval.evidence import has_identifier, identifiers_of
from glossator.domain.book.words import different_words, words_of

_SMALL: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
)
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_SPELLED: Final = (
    {word: value for value, word in enumerate(_SMALL.split())}
    | {word: 10 * value for value, word in enumerate(_TENS.split(), start=2)}
    | {"hundred": 100, "thousand": 1000, "million": 1_000_000, "dozen": 12}
)
# Words that state a number without naming it: enough for a quote, never demanded of it.
_IMPLIED: Final = {"single": 1, "once": 1, "both": 2, "twice": 2, "double": 2, "pair": 2, "triple": 3, "half": 2}
_SPELLED_NUMBER: Final = re.compile(
    rf"\b(?:({_TENS.replace(' ', '|')})[ -])?({'|'.join((*_SPELLED, *_IMPLIED))})\b", re.IGNORECASE
)
_UNITS: Final = {
    unit: kind
    for kind, units in {
        "%": "% percent per\u2009cent",
        "ms": "ms millisecond milliseconds",
        "s": "s sec second seconds",
        "min": "min minute minutes",
        "h": "h hour hours",
        "d": "day days",
        "week": "week weeks",
        "month": "month months",
        "year": "year years",
        "kB": "kb kib kilobyte kilobytes",
        "MB": "mb mib megabyte megabytes",
        "GB": "gb gib gigabyte gigabytes",
        "byte": "byte bytes",
        "mm": "mm millimetre millimetres",
        "cm": "cm centimetre centimetres",
        "m": "m metre metres meter meters",
        "km": "km kilometre kilometres",
        "g": "g gram grams",
        "kg": "kg kilogram kilograms",
        "degree": "\u00b0 \u00b0c degree degrees",
    }.items()
    for unit in units.split(" ")
}
_NUMBER: Final = re.compile(
    r"(?P<minus>(?<![\w.)])[-\u2212])?(?<![\w.])[vV]?(?P<digits>\d+(?:[.,:]\d+)*)(?:(?:st|nd|rd|th)\b)?"
    r"(?P<unit>[ \u00a0\u202f-]?(?:%|\u00b0C?|[A-Za-z]+\b))?"
)
_THOUSANDS: Final = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")

_NEGATION: Final = re.compile(
    r"\b(?:not|no|never|none|nothing|nobody|nowhere|neither|nor|without|cannot|unable|hardly|fails? to|lacks?|except"
    r"|unless|nicht|kein\w*|nie|niemals|ohne|pas|jamais|aucun\w*|sans|nunca|sin|ning\u00fan|de\u011fil|yok)\b"
    r"|n['\u2019]t\b|(?:^|(?<=\s))(?:لا|لم|لن|ليس|ليست|غير|بدون|नहीं|न|बिना|नہیں|نہ)(?=\s|$)|[不没沒無非未]",
    re.IGNORECASE,
)
# Words of negation that deny nothing.
_NOT_DENYING: Final = re.compile(
    r"\bnot (?:only|just|merely|simply|necessarily)\b|\bno (?:matter|doubt|sooner)\b|\bwhether or not\b|\bor not\b"
    r"|\b(?:not|never) (?=un(?:like|common|usual|known)|without)\b",
    re.IGNORECASE,
)
_CLAUSE_END: Final = re.compile(
    r"[.,;:!?()\u060c\u3001\u3002\uff0c]|\b(?:but|because|although|while|so that|and)\b", re.IGNORECASE
)
SCOPE_WORDS: Final = 4
# A word that a negation stands for, whatever follows it.
_FIXED: Final = different_words("cannot not no never without unable")


@dataclass(frozen=True)
class Facts:
    """`numbers` maps each number to the units that follow it; `demanded` counts those that a quote must have.

    A negation is the words that it denies.
    """

    numbers: Mapping[str, tuple[str, ...]]
    demanded: Mapping[str, int]
    names: tuple[str, ...]
    negations: tuple[frozenset[str], ...]
    words: frozenset[str]


@lru_cache(maxsize=1024)
def facts_of(text: str) -> Facts:
    found = list(_numbers(text))
    units = {number: tuple(unit for other, unit, _ in found if other == number) for number, _, _ in found}
    return Facts(
        units,
        Counter(number for number, _, is_demanded in found if is_demanded),
        tuple(_names(text)),
        tuple(_denied(text)),
        different_words(text),
    )


def contradicts(claim: str, quote: str, context: str = "", code: Collection[str] = ()) -> bool:
    """Whether a number, an identifier or a negation of the claim is not in its quote, or one of the quote's is lost.

    Identifiers may also appear in the `context` of the quote, such as its heading. `code` are those that the claim
    marks as code.
    """
    said, shown = facts_of(claim), facts_of(quote)
    return (
        _misses_number(said, shown)
        or any(not _has_name(f"{quote}\n{context}", name) for name in (*said.names, *code))
        or _negates_otherwise(said, shown)
    )


def _misses_number(said: Facts, shown: Facts) -> bool:
    """Or has it fewer times, or with other units."""
    for number, count in said.demanded.items():
        others = shown.numbers.get(number, ())
        if len(others) < count:
            return True
        if any(unit and unit not in others and "" not in others for unit in said.numbers[number]):
            return True
    return False


def _numbers(text: str) -> Iterator[tuple[str, str, bool]]:
    """Each number with its unit and whether it is stated as a number: `one` and `both` may be mere words."""
    plain = "".join(str(unicodedata.digit(c)) if c.isdigit() and not c.isascii() else c for c in text)
    for found in _NUMBER.finditer(plain):
        unit = _UNITS.get((found["unit"] or "").strip(" \u00a0\u202f-").lower(), "")
        yield ("-" if found["minus"] else "") + _normal(found["digits"]), unit, True
    for found in _SPELLED_NUMBER.finditer(plain):
        word = found[2].lower()
        value = _SPELLED.get(word, _IMPLIED.get(word, 0)) + (_SPELLED[found[1].lower()] if found[1] else 0)
        following = re.match(r"[ -]?([A-Za-z]+)", plain[found.end() :])
        unit = _UNITS.get(following[1].lower(), "") if following else ""
        yield str(value), unit, value != 1 and word not in _IMPLIED


def _normal(digits: str) -> str:
    """1,000 and 1000 are one number, and so are 0.50 and 0.5; the parts of a version or a time stay."""
    if _THOUSANDS.fullmatch(digits):
        digits = digits.replace(",", "")
    if re.fullmatch(r"\d+[.,]\d+", digits):
        whole, _, part = digits.replace(",", ".").partition(".")
        return f"{int(whole)}.{part.rstrip('0')}".rstrip(".")
    return str(int(digits)) if digits.isdecimal() else digits


def _names(text: str) -> Iterator[str]:
    """Without abbreviations such as e.g., versions, which are numbers, and the second half of twenty-five."""
    for name in identifiers_of(text):
        half = name.startswith("-") and re.search(rf"(?<![\w-]){re.escape(name)}", text) is None
        if not half and not re.fullmatch(r"(?:\w\.)*\w|[vV]?\d[\d.]*", name):
            yield name


def _has_name(text: str, name: str) -> bool:
    bare = name.removesuffix("()")
    if any(character in bare for character in " (\"'=<>[{"):
        return re.sub(r"\s+", "", bare) in re.sub(r"\s+", "", text)
    return has_identifier(text, bare) or has_identifier(text, f".{bare}") or f".{bare}" in text


def _denied(text: str) -> Iterator[frozenset[str]]:
    """The words after each negation, up to the end of its clause; those before it where nothing follows."""
    plain = _NOT_DENYING.sub(lambda found: " " * len(found[0]), text)
    for found in _NEGATION.finditer(plain):
        after = _CLAUSE_END.split(plain[found.end() :], maxsplit=1)[0]
        words = [word for word in words_of(after) if word not in _FIXED][:SCOPE_WORDS]
        if not words:
            before = _CLAUSE_END.split(plain[: found.start()])[-1]
            words = [word for word in words_of(before) if word not in _FIXED][-SCOPE_WORDS:]
        yield frozenset(words)


def _negates_otherwise(said: Facts, shown: Facts) -> bool:
    """Whether what the quote denies is said without denial, or what the claim denies is not denied in the quote.

    Denials of what the other text does not speak of are left out; the others must pair off.
    """
    if said.negations and not shown.negations:
        return True
    unpaired = list(shown.negations)
    for denied in said.negations:
        pair = max(unpaired, key=lambda other: len(denied & other), default=frozenset[str]())
        if denied & pair:
            unpaired.remove(pair)
        elif denied & shown.words:
            return True
    return any(2 * len(denied & said.words) >= len(denied) > 0 for denied in unpaired)
