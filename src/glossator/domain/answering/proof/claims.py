"""The claims of an answer: its sentences, and the numbers that each cites."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from glossator.domain.answering.proof.sentences import sentences
from glossator.domain.answering.question import Span
from glossator.domain.book.words import words_of

# Shorter sentences ("Yes.", "For example:") claim nothing by themselves.
MIN_CLAIM_WORDS: Final = 3
_NUMBERS: Final = re.compile(r"\[(\d{1,3})\]")
_CODE: Final = re.compile(r"(?m)^[ ]{0,3}(`{3,}|~{3,})[^\n]*\n.*?(?:^[ ]{0,3}\1[`~]*[ \t]*$|\Z)", re.DOTALL)
_MARKS: Final = re.compile(r"(?m)^\s*(?:[-*+]|\d+[.)]|#{1,6}|>)\s+|[*_`]+|\[([^\]]*)\]\([^)]*\)|\\(?=[^\w\s])")


@dataclass(frozen=True)
class Claim:
    """`text` is what the sentence says, without Markdown and numbers; `span` is its position in the response."""

    span: Span
    text: str
    numbers: tuple[int, ...]


def claims_of(response: str, *, runs: bool = False) -> list[Claim]:
    """With `runs`, as quotations are written, a sentence without a number takes that of the next in its paragraph."""
    claims = [claim for claim in _claims(response) if len(words_of(claim.text)) >= MIN_CLAIM_WORDS or claim.numbers]
    if runs:
        for at in range(len(claims) - 2, -1, -1):
            here, after = claims[at], claims[at + 1]
            if not here.numbers and "\n\n" not in response[here.span.end : after.span.start]:
                claims[at] = Claim(here.span, here.text, after.numbers)
    return claims


def _claims(response: str) -> Iterator[Claim]:
    """Code claims nothing."""
    for span in sentences(_blanked_code(response)):
        text = response[span.start : span.end]
        numbers = tuple(dict.fromkeys(int(number) for number in _NUMBERS.findall(text)))
        said = " ".join(_MARKS.sub(r"\1", _NUMBERS.sub("", text)).split())
        if any(character.isalnum() for character in said):
            yield Claim(span, said, numbers)


def _blanked_code(response: str) -> str:
    """The same length, with fenced code as blank lines."""
    return _CODE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), response)
