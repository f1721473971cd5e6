"""Replaces the protected pieces of a text with placeholders, and restores them in the rewritten text."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from glossator.domain.rewriting.masking.addresses import emails, paths, urls
from glossator.domain.rewriting.masking.code import code_spans, fenced_code, indented_code
from glossator.domain.rewriting.masking.command_lines import options, variables, whole_commands
from glossator.domain.rewriting.masking.identifiers import Glossary, identifiers, numbers, packages
from glossator.domain.rewriting.masking.javascript import modules
from glossator.domain.rewriting.masking.layout import BLOCK_START, content_span
from glossator.domain.rewriting.masking.links import links
from glossator.domain.rewriting.masking.markup import block_marks, comments, expressions, formulas, tags
from glossator.domain.rewriting.masking.pieces import (
    PLACEHOLDER,
    MaskedPiece,
    cover,
    has_altered_placeholder,
    lookalikes,
    merge_overlapping,
    placeholder,
)

MARKS: tuple[Callable[[str], Iterator[MaskedPiece]], ...] = (
    whole_commands, fenced_code, modules, indented_code, code_spans, formulas, variables, comments, block_marks, tags,
    expressions, links, urls, emails, options, paths, lookalikes,
)  # fmt: skip
WORDS: tuple[Callable[[str], Iterator[MaskedPiece]], ...] = (packages, numbers, identifiers)


def find_pieces(text: str, terms: Sequence[str] = ()) -> list[MaskedPiece]:
    """The pieces that a model must not change, in text order; no piece is inside another.

    Each finder reads the text once and never repeats a failed search, so the cost is linear in the text's length.
    """
    found: list[MaskedPiece] = []
    for finder in (*MARKS, Glossary(terms).pieces, *WORDS):
        pieces = list(finder(text))
        text = cover(text, pieces)
        found += pieces
    return merge_overlapping(found)


MAX_BULLET_LETTERS = 1
PAIR_MARK = re.compile(r"\[|\]|<(?P<closes>/?)(?P<tag>[A-Za-z][\w.:-]*)[^<>]*?(?P<empty>/?)>")


class LostPiece(ValueError):
    """A rewritten text lacks a placeholder, repeats one, or contains one that the source does not have."""


@dataclass(frozen=True, slots=True)
class Masked:
    text: str
    pieces: tuple[str, ...]
    prefix: str
    suffix: str
    trivial: bool


def mask(text: str, terms: Sequence[str] = ()) -> Masked:
    """Excludes surrounding white space, a leading heading or list mark, and the trailing U+200B of heading anchors from
    `text`; protects `terms` as they are written."""
    first, start, end = edges(text)
    body = text[start:end]
    spans = list(join_adjacent(shift(find_pieces(text[first:end], terms), start - first)))
    pieces = tuple(body[first:last] for first, last in spans)
    prose = text_between(body, spans)
    masked = prose[0] + "".join(placeholder(number) + part for number, part in enumerate(prose[1:]))
    return Masked(masked, pieces, text[:start], text[end:], trivial=not has_words("".join(prose)))


def edges(text: str) -> tuple[int, int, int]:
    """The start of a heading or list mark, the start of the words, and their end."""
    first, end = content_span(text)
    mark = BLOCK_START.match(text, first, end)
    start = mark.end() if mark else first
    return first, start + content_span(text[start:end])[0], end


def shift(pieces: list[MaskedPiece], start: int) -> list[MaskedPiece]:
    """Pieces after `start`, with positions relative to it."""
    return [
        MaskedPiece(max(piece.start - start, 0), piece.end - start, piece.kind) for piece in pieces if piece.end > start
    ]


def join_adjacent(pieces: list[MaskedPiece]) -> Iterator[tuple[int, int]]:
    """Adjacent pieces share a placeholder: the fewer placeholders there are, the fewer get lost."""
    spans: list[tuple[int, int]] = []
    for piece in pieces:
        start = spans.pop()[0] if spans and spans[-1][1] == piece.start else piece.start
        spans.append((start, piece.end))
    yield from spans


def text_between(text: str, spans: list[tuple[int, int]]) -> list[str]:
    starts = [0, *(last for _, last in spans)]
    ends = [*(first for first, _ in spans), len(text)]
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]


def has_words(prose: str) -> bool:
    """A single Latin letter is a bullet or a variable, a single Chinese character is a word."""
    letters = [character for character in prose if character.isalpha()]
    return len(letters) > MAX_BULLET_LETTERS or any(not letter.isascii() for letter in letters)


def restore(masked: Masked, rewritten: str) -> str:
    """Raises LostPiece."""
    numbers = [int(number) for number in PLACEHOLDER.findall(rewritten)]
    if sorted(numbers) != list(range(len(masked.pieces))):
        raise LostPiece(f"expected {len(masked.pieces)} placeholders, found {len(numbers)}")
    whole = matching_pairs(masked.pieces, range(len(masked.pieces)))
    if whole is not None and matching_pairs(masked.pieces, numbers) != whole:
        raise LostPiece("the brackets of a link or the tags of an element are out of order")
    if has_altered_placeholder(rewritten):
        raise LostPiece("a placeholder was altered")
    start, end = content_span(rewritten)
    body = PLACEHOLDER.sub(lambda match: masked.pieces[int(match.group(1))], rewritten[start:end])
    return masked.prefix + body + masked.suffix


def matching_pairs(pieces: Sequence[str], order: Iterable[int]) -> set[tuple[int, int]] | None:
    """Pairs of opening and closing pieces (brackets and tags) in this order; None if one closes what is not open.

    Brackets and tags in code and formulas do not count.
    """
    opened: defaultdict[str, list[int]] = defaultdict(list)
    pairs = set()
    for number in order:
        for mark in () if set("`$") & set(pieces[number]) else PAIR_MARK.finditer(pieces[number]):
            name = mark["tag"] or "["
            if mark["empty"]:
                continue
            if not (mark["closes"] or mark.group() == "]"):
                opened[name].append(number)
            elif opened[name]:
                pairs.add((opened[name].pop(), number))
            else:
                return None
    return pairs
