"""Finds URLs, e-mail addresses and file paths."""

import re
from collections.abc import Iterator

from glossator.domain.rewriting.masking.pieces import WORD_CHARACTERS, MaskedPiece, PieceKind

URL_SIGN = re.compile(r"://|\bwww\.(?=\w)|\bmailto:(?=\w)")
NON_ASCII_PUNCTUATION = (
    "\u060c\u061b\u061f\u06d4"  # Arabic
    "\u3001\u3002\u300c-\u300f\u3010\u3011\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f"  # Chinese, Japanese
    "\u00ab\u00bb\u201c\u201d"
)
URL_BODY = re.compile(f'[^\\s<>"`|\u200b\u200e\u200f\u2060\ufeff{NON_ASCII_PUNCTUATION}]*')
SCHEME_CHARACTER = re.compile(r"[A-Za-z0-9+.-]")
LOCAL_CHARACTER = re.compile(rf"[{WORD_CHARACTERS}.+-]")
DOMAIN = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
PATH = re.compile(rf"[{WORD_CHARACTERS}./~-]+")
ROOTED = re.compile(r"(?:~|\.{1,2})?/\w")
INNER_MARK = re.compile(r"\w[._]\w")
MAX_SCHEME_LENGTH = 20
MAX_LOCAL_PART_LENGTH = 64


def urls(text: str) -> Iterator[MaskedPiece]:
    position, blank = 0, 0
    for sign in URL_SIGN.finditer(text):
        if sign.start() < position:
            continue
        start = sign.start()
        if sign.group() == "://":
            start = scan_back(text, start, max(position, start - MAX_SCHEME_LENGTH), SCHEME_CHARACTER)
            while start < sign.start() and not text[start].isalpha():
                start += 1
            if start == sign.start():
                continue
        if sign.end() > blank and (body := URL_BODY.match(text, sign.end())):
            blank = body.end()  # valid for every earlier sign too, so each part of the text is read once
        position = url_end(text, sign.end(), max(blank, sign.end()))
        if position > sign.end():
            yield MaskedPiece(start, position, PieceKind.ADDRESS)


def scan_back(text: str, position: int, limit: int, character: re.Pattern[str]) -> int:
    while position > limit and character.match(text[position - 1]):
        position -= 1
    return position


def url_end(text: str, start: int, end: int) -> int:
    """Excludes a closing bracket that was opened before the URL, and the punctuation of the sentence."""
    opened = {"(": 0, "[": 0}
    for position in range(start, end):
        mark = text[position]
        if mark in opened:
            opened[mark] += 1
        elif mark in ")]":
            opening = "(" if mark == ")" else "["
            if not opened[opening]:
                end = position
                break
            opened[opening] -= 1
    return start + len(text[start:end].rstrip(".,;:!?'*_~"))


def emails(text: str) -> Iterator[MaskedPiece]:
    position = text.find("@")
    while position >= 0:
        start = scan_back(text, position, max(position - MAX_LOCAL_PART_LENGTH, 0), LOCAL_CHARACTER)
        domain = DOMAIN.match(text, position + 1)
        if domain and start < position:
            yield MaskedPiece(start, position + 1 + len(domain.group().rstrip("-")), PieceKind.ADDRESS)
        position = text.find("@", position + 1)


def paths(text: str) -> Iterator[MaskedPiece]:
    for match in PATH.finditer(text):
        path = match.group().rstrip(".-")
        if "/" in path and any(map(str.isalpha, path)) and (ROOTED.match(path) or INNER_MARK.search(path)):
            yield MaskedPiece(match.start(), match.start() + len(path), PieceKind.ADDRESS)
