"""Counts tokens without the vendor's vocabulary, and rather too many than too few.

A byte-level tokeniser never makes more tokens than bytes; English text has about four characters to a token. Pieces
that such a tokeniser keeps apart are counted at rates below what it reaches on prose and on code.
"""

import re
from typing import Final

PIECES: Final = re.compile(
    r"(?P<word>[A-Z]?[a-z]+)|(?P<capitals>[A-Z]+)|(?P<digits>[0-9]+)|(?P<foreign>[^\x00-\x7f]+)"
    r"|(?P<blank>[\x00-\x20]{2,}|[\x00-\x1f])|(?P<sign>[!-/:-@\[-`{-\x7f])(?P<same>(?P=sign)*)"
)
CHARACTERS_IN_A_TOKEN: Final = {"word": 3, "capitals": 2, "digits": 3, "blank": 16, "same": 4}


def count_tokens(text: str) -> int:
    """At least as many as a model's own tokeniser finds in text as people write it."""
    return sum(_tokens(piece) for piece in PIECES.finditer(text))


def _tokens(piece: re.Match[str]) -> int:
    kind = piece.lastgroup or "foreign"
    if kind == "foreign":
        return len(piece[0].encode("utf-8", "surrogatepass"))
    return -(-len(piece[0]) // CHARACTERS_IN_A_TOKEN[kind])


def shortened(text: str, tokens: int) -> str:
    """The longest beginning found quickly that counts no more than `tokens`."""
    while (counted := count_tokens(text)) > tokens:
        text = text[: len(text) * tokens // (counted + counted // 20)]
    return text


def sendable(text: str) -> str:
    """A lone half of a surrogate pair, which JSON can smuggle in, cannot be sent as UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")
