"""Marks a sentence in a page's tokens, for browsers that do not know text fragments.

Only letters and digits are compared: white space and markup differ between a sentence and its page.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final, Literal

from markdown_it.token import Token

from glossator.domain.book.pages.markdown import visible_text

TAG: Final = "mark"
Character = tuple[str, int, int, int]
"""A character and where it is: the number of the inline token, of its child, and its position there."""
Cover = dict[int, tuple[int, int]]
"""The characters to mark, by the number of the child."""


@dataclass(frozen=True)
class Mark:
    """A sentence between the characters `start` and `end` of the page's source.

    `occurrence` counts from 0 the places with the same letters; `id` becomes the id of the element.
    """

    start: int
    end: int
    text: str
    occurrence: int
    id: str


def letters_of(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def add_mark(blocks: Sequence[Token], mark: Mark) -> None:
    """`blocks` are the inline tokens of the range, with their children. Text that is not found is not marked."""
    found = _find(list(_characters(blocks)), mark)
    if not found:
        return
    (_, first, *low), (_, last, child, position) = found[0], found[-1]
    attributes = {"id": mark.id}
    for number in range(first, last + 1):
        children = blocks[number].children or []
        start = (low[0], low[1]) if number == first else (0, 0)
        end = (child, position + 1) if number == last else (len(children), 0)
        blocks[number].children = list(_wrapped(children, _cover(children, start, end), attributes))


def _characters(blocks: Sequence[Token]) -> Iterator[Character]:
    """All but white space and the alternative texts of images."""
    for number, block in enumerate(blocks):
        for child, token in enumerate(block.children or ()):
            text = "" if token.type == "image" else visible_text(token)
            yield from ((one, number, child, at) for at, one in enumerate(text) if not one.isspace())


def _find(shown: Sequence[Character], mark: Mark) -> Sequence[Character]:
    """The sentence with the punctuation before its first and behind its last letter."""
    letters = [at for at, (one, *_) in enumerate(shown) if one.isalnum()]
    text, wanted, found = "".join(shown[at][0] for at in letters), letters_of(mark.text), -1
    for _ in range(mark.occurrence + 1 if wanted else 0):
        found = text.find(wanted, found + 1)
        if found < 0:
            break
    if found < 0:
        return ()
    first, last = letters[found], letters[found + len(wanted) - 1]
    marks = "".join(mark.text.split())
    edges = [at for at, one in enumerate(marks) if one.isalnum()]
    before = _same_length(marks[: edges[0]][::-1], (shown[at][0] for at in range(first - 1, -1, -1)))
    after = _same_length(marks[edges[-1] + 1 :], (one for one, *_ in shown[last + 1 :]))
    return shown[first - before : last + 1 + after]


def _same_length(one: Iterable[str], other: Iterable[str]) -> int:
    """How many characters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _cover(children: Sequence[Token], low: tuple[int, int], high: tuple[int, int]) -> Cover:
    cover = {}
    for number, token in enumerate(children):
        start = low[1] if number == low[0] else 0
        end = high[1] if number == high[0] else len(visible_text(token))
        if low[0] <= number <= high[0] and start < end:
            cover[number] = (start, end)
    return cover


def _wrapped(children: Sequence[Token], cover: Cover, attributes: dict[str, str]) -> Iterator[Token]:
    """The children with `mark` elements around what is covered; the first one takes the `attributes`."""
    is_open = False
    for number, token in enumerate(children):
        pieces = _pieces(token, cover.get(number))
        for piece, inside in pieces:
            if inside != is_open:
                yield _mark_token(1 if inside else -1, attributes)
                is_open = inside
            yield piece
    if is_open:
        yield _mark_token(-1, attributes)


def _pieces(token: Token, covered: tuple[int, int] | None) -> list[tuple[Token, bool]]:
    """Tags are never inside a mark, so that elements nest. Text is split; other content is marked as a whole."""
    if covered is None or token.nesting:
        return [(token, False)]
    if token.type != "text":
        return [(token, True)]
    start, end = covered
    texts = [(token.content[:start], False), (token.content[start:end], True), (token.content[end:], False)]
    return [(Token("text", "", 0, content=text), inside) for text, inside in texts if text]


def _mark_token(nesting: Literal[-1, 1], attributes: dict[str, str]) -> Token:
    token = Token("mark_open" if nesting > 0 else "mark_close", TAG, nesting)
    if nesting > 0:
        token.attrs = dict(attributes)
        attributes.clear()
    return token
