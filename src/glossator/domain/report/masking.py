"""Masks what may identify a person in a question. Names are not masked.

Masked are e-mail addresses, links, IP and MAC addresses, phone numbers, numbers with a check digit such as an IBAN or a
national identity number, long numbers, and keys. The two libraries are imported with the first question.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib import import_module
from ipaddress import ip_address
from typing import Final

from glossator.domain.rewriting.masking.addresses import urls

MAX_CHARACTERS: Final = 300
"""Of a masked text; the rest is cut."""
MIN_DIGITS: Final = 6
"""A number with so many digits is long, whatever separates them."""

EMAIL: Final = re.compile(r"[^\s@<>()\[\]\"',;:|]{1,64}@[^\s@<>()\[\]\"',;:|]{1,255}")
SPELLED_EMAIL: Final = re.compile(
    r"\b[\w.+-]{1,64} ?[\[({] ?at ?[\])}] ?[\w-]{1,64}(?: ?[\[({.] ?(?:dot)? ?[\])}]? ?[\w-]{1,64}){0,4}", re.IGNORECASE
)
NETWORK: Final = re.compile(
    r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:[\da-f]{2}[:-]){5}[\da-f]{2}\b|(?<![\w:])[\da-f:]{2,39}(?![\w:])", re.IGNORECASE
)
LONG_NUMBER: Final = re.compile(r"\+?\d(?:[\s().,/:_\N{NON-BREAKING HYPHEN}\N{EN DASH}-]{0,3}\d)*")
IDENTITY: Final = re.compile(r"\b(?=[A-Za-z-]{0,12}\d)[A-Za-z\d][A-Za-z\d-]{6,22}\b")
IBAN: Final = re.compile(r"\b[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z\d]{2,4}){2,8}\b")
KEY: Final = re.compile(r"\b[\w-]{20,}")
KEY_DIGITS: Final = 4
IDENTITY_MODULES: Final = (
    "stdnum.es.dni", "stdnum.es.nie", "stdnum.it.codicefiscale", "stdnum.mx.curp", "stdnum.mx.rfc", "stdnum.in_.pan",
    "stdnum.fi.hetu", "stdnum.ie.pps", "stdnum.al.nipt", "stdnum.do.cedula", "stdnum.imei", "stdnum.luhn",
)  # fmt: skip


def mask(text: str) -> str:
    """On one line, at most `MAX_CHARACTERS` long. Takes some milliseconds of CPU time: call it in a worker."""
    text = " ".join(text[: 4 * MAX_CHARACTERS].split())
    text = _replace(text, ((piece.start, piece.end) for piece in urls(text)), "[link]")
    for pattern in (EMAIL, SPELLED_EMAIL):
        text = pattern.sub("[e-mail]", text)
    text = NETWORK.sub(lambda found: "[address]" if _is_address(found[0]) else found[0], text)
    text = _replace(text, _phone_numbers(text), "[phone]")
    text = IBAN.sub(lambda found: _masked_iban(found[0]), text)
    text = IDENTITY.sub(lambda found: "[number]" if _is_identity(found[0]) else found[0], text)
    text = KEY.sub(lambda found: "[key]" if _digits(found[0]) >= KEY_DIGITS else found[0], text)
    text = LONG_NUMBER.sub(lambda found: "[number]" if _digits(found[0]) >= MIN_DIGITS else found[0], text)
    return text if len(text) <= MAX_CHARACTERS else f"{text[:MAX_CHARACTERS].rstrip()}..."


def _replace(text: str, spans: Iterator[tuple[int, int]], name: str) -> str:
    parts, position = [], 0
    for start, end in spans:
        parts += [text[position:start], name]
        position = end
    return "".join([*parts, text[position:]])


def _digits(text: str) -> int:
    return sum(character.isdigit() for character in text)


def _is_address(text: str) -> bool:
    """`a::b` is a name in a program, and an address only with a digit."""
    try:
        return text.count(":") == 5 or text.count("-") == 5 or (_digits(text) > 0 and bool(ip_address(text)))
    except ValueError:
        return False


def _phone_numbers(text: str) -> Iterator[tuple[int, int]]:
    """With a country code; a national one is a long number."""
    from phonenumbers import PhoneNumberMatcher  # noqa: PLC0415 - not needed to start

    for found in PhoneNumberMatcher(text, None):
        yield found.start + found.raw_string.startswith("("), found.end


def _masked_iban(text: str) -> str:
    """The longest beginning that is an IBAN is masked: words may follow it."""
    valid = _identity_checks()[0]
    words = text.split(" ")
    for count in range(len(words), 0, -1):
        if valid(" ".join(words[:count])):
            return " ".join(["[number]", *words[count:]])
    return text


def _is_identity(text: str) -> bool:
    return _digits(text) > 1 and any(is_valid(text) for is_valid in _identity_checks()[1:])


@lru_cache(maxsize=1)
def _identity_checks() -> tuple[Callable[[str], bool], ...]:
    """That of the IBAN is first."""
    return tuple(import_module(name).is_valid for name in ("stdnum.iban", *IDENTITY_MODULES))
