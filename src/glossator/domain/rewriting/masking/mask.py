"""Takes out of a text what a model must not touch, and puts it back."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from glossator.domain.rewriting.masking.layout import BLOCK_START, trimmed
from glossator.domain.rewriting.masking.pieces import PLACEHOLDER, Piece, has_altered, placeholder
from glossator.domain.rewriting.masking.scanner import find_pieces

SINGLE_LETTER = 1
HALF = re.compile(r"\[|\]|<(?P<closes>/?)(?P<tag>[A-Za-z][\w.:-]*)[^<>]*?(?P<empty>/?)>")


class LostPiece(ValueError):
    """A rewritten text lacks a placeholder, repeats one, or contains one that was never given."""


@dataclass(frozen=True, slots=True)
class Masked:
    text: str
    pieces: tuple[str, ...]
    prefix: str
    suffix: str
    trivial: bool


def mask(text: str, terms: Sequence[str] = ()) -> Masked:
    """White space around the text, the mark of a heading or list item before it, and the U+200B that heading anchors
    leave behind it are kept out of `text`; `terms` are kept as they stand."""
    first, start, end = edges(text)
    body = text[start:end]
    places = list(joined(shifted(find_pieces(text[first:end], terms), start - first)))
    pieces = tuple(body[first:last] for first, last in places)
    prose = between(body, places)
    shown = prose[0] + "".join(placeholder(number) + part for number, part in enumerate(prose[1:]))
    return Masked(shown, pieces, text[:start], text[end:], trivial=not has_words("".join(prose)))


def edges(text: str) -> tuple[int, int, int]:
    """Where the mark of a heading or item begins, where the words begin, and where they end."""
    first, end = trimmed(text)
    mark = BLOCK_START.match(text, first, end)
    start = mark.end() if mark else first
    return first, start + trimmed(text[start:end])[0], end


def shifted(pieces: list[Piece], start: int) -> list[Piece]:
    """The places of what stands behind the start, counted from there."""
    return [Piece(max(piece.start - start, 0), piece.end - start, piece.kind) for piece in pieces if piece.end > start]


def joined(pieces: list[Piece]) -> Iterator[tuple[int, int]]:
    """Pieces that touch become one: the fewer placeholders, the fewer get lost."""
    places: list[tuple[int, int]] = []
    for piece in pieces:
        start = places.pop()[0] if places and places[-1][1] == piece.start else piece.start
        places.append((start, piece.end))
    yield from places


def between(text: str, places: list[tuple[int, int]]) -> list[str]:
    starts = [0, *(last for _, last in places)]
    ends = [*(first for first, _ in places), len(text)]
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]


def has_words(prose: str) -> bool:
    """A single Latin letter is a bullet or a variable, a single Chinese character is a word."""
    letters = [character for character in prose if character.isalpha()]
    return len(letters) > SINGLE_LETTER or any(not letter.isascii() for letter in letters)


def restore(masked: Masked, rewritten: str) -> str:
    """Raises `LostPiece`."""
    numbers = [int(number) for number in PLACEHOLDER.findall(rewritten)]
    if sorted(numbers) != list(range(len(masked.pieces))):
        raise LostPiece(f"{len(masked.pieces)} pieces were given, {len(numbers)} placeholders came back")
    whole = halves(masked.pieces, range(len(masked.pieces)))
    if whole is not None and halves(masked.pieces, numbers) != whole:
        raise LostPiece("the halves of a link or a tag changed places")
    if has_altered(rewritten):
        raise LostPiece("a placeholder came back altered")
    start, end = trimmed(rewritten)
    body = PLACEHOLDER.sub(lambda match: masked.pieces[int(match.group(1))], rewritten[start:end])
    return masked.prefix + body + masked.suffix


def halves(pieces: Sequence[str], order: Iterable[int]) -> set[tuple[int, int]] | None:
    """Which piece is closed by which, of brackets and tags, in this order; None when one closes what is not open.

    What stands in code and formulas is neither.
    """
    opened: defaultdict[str, list[int]] = defaultdict(list)
    pairs = set()
    for number in order:
        for half in () if set("`$") & set(pieces[number]) else HALF.finditer(pieces[number]):
            name = half["tag"] or "["
            if half["empty"]:
                continue
            if not (half["closes"] or half.group() == "]"):
                opened[name].append(number)
            elif opened[name]:
                pairs.add((opened[name].pop(), number))
            else:
                return None
    return pairs
