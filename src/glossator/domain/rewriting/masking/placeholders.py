"""What stands for a piece while a model rewrites the text: `<x0/>`, `<x1/>`, ...

Models know empty XML elements from translation files and carry them along; the letter keeps the digits from being
written in another script; a source that contains the same form has it masked like any other tag.
"""

import re
from collections.abc import Iterator

from glossator.domain.rewriting.masking.pieces import COVER, Kind, Piece

PLACEHOLDER = re.compile(r"<x(0|[1-9][0-9]{0,5})/>")
OPENING = "(?:[<\uff1c\u2039\u27e8]|&lt;)"
CLOSING = "(?:[>\uff1e\u203a\u27e9]|&gt;)"
LOOKALIKE = re.compile(rf"{OPENING}\s{{0,2}}/?\s{{0,2}}[xX]\s{{0,2}}\d+(?:\s{{0,2}}/?\s{{0,2}}{CLOSING})?")


def placeholder(number: int) -> str:
    return f"<x{number}/>"


def lookalikes(text: str) -> Iterator[Piece]:
    for match in LOOKALIKE.finditer(text):
        yield Piece(*match.span(), Kind.MARKUP)


def has_altered(text: str) -> bool:
    """Something that was a placeholder, beside those that are."""
    return LOOKALIKE.search(PLACEHOLDER.sub(COVER, text)) is not None
