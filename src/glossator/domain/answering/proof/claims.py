"""The claims of an answer: its sentences, and the numbers that each cites.

- Code, headings, questions, the head of a table and a short sentence that only announces claim nothing.
- Numbers after the last mark of a paragraph count for its sentences before them that have none.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from glossator.domain.answering.proof.passage_sentences import looks_like_code
from glossator.domain.answering.proof.sentences import CITATION, sentences
from glossator.domain.answering.question import TextSpan
from glossator.domain.book.words import words_of

# Shorter sentences ("Yes.", "For example:") claim nothing by themselves.
MIN_CLAIM_WORDS: Final = 3
MAX_ANNOUNCING_WORDS: Final = 12
_NUMBERS: Final = re.compile(CITATION)
_FENCED: Final = re.compile(r"(?m)^[ ]{0,3}(`{3,}|~{3,})[^\n]*\n.*?(?:^[ ]{0,3}\1[`~]*[ \t]*$|\Z)", re.DOTALL)
_TABLE_HEAD: Final = re.compile(r"(?m)^[^\n]*\|[^\n]*\n(?=[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t:|-]*)?$)")
_INLINE_CODE: Final = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_MARKS: Final = re.compile(
    r"(?m)^\s*(?:(?:[-*+]|\d{1,3}[.)]|>)\s+)+|\*+|(?<!\w)_+|_+(?!\w)|!?\[([^\]]*)\]\([^)]*\)|\\(?=[^\w\s])"
)
_CLOSING: Final = re.compile(rf"[.!?…؟।。！？][\"'\u201d\u2019)\]*_`]*\s*(?:{CITATION}\s*)+$")  # noqa: RUF001
_AFTER_QUOTED: Final = re.compile(rf"[^\w\s\[]*(?:\s?{CITATION})*")
_ASKS: Final = re.compile(r"[?\u061f\uff1f]$")
_ANNOUNCES: Final = re.compile(r"[:\uff1a]$")


@dataclass(frozen=True)
class Claim:
    """`text` is what the sentence says, without Markdown and numbers; `span` is its position in the response.

    `code` are the names that it marks as code.
    """

    span: TextSpan
    text: str
    numbers: tuple[int, ...]
    code: tuple[str, ...] = ()


def claims_of(response: str) -> list[Claim]:
    claims: list[Claim] = []
    covers = False
    for claim in reversed(list(_claims(response))):
        after = claims[-1] if claims else None
        continued = after is not None and "\n\n" not in response[claim.span.end : after.span.start]
        if after is not None and continued and not claim.numbers:
            end = response[after.span.start : after.span.end]
            covers = covers or not after.text or _CLOSING.search(end) is not None
            claims.append(replace(claim, numbers=after.numbers) if covers else claim)
        else:
            covers = False
            claims.append(claim)
    return [claim for claim in reversed(claims) if claim.text and _says_something(claim)]


def find_quoted(response: str, sentences: Sequence[str]) -> list[TextSpan | None]:
    """The positions of sentences that were written in this order, each with the number behind it.

    Only letters and digits are compared: a writer may escape marks and break lines.
    """
    positions = [at for at, character in enumerate(response) if character.isalnum()]
    letters = "".join(response[at] for at in positions)
    found: list[TextSpan | None] = []
    start = 0
    for sentence in sentences:
        wanted = "".join(filter(str.isalnum, sentence))
        at = letters.find(wanted, start) if wanted else -1
        if at < 0:
            found.append(None)
            continue
        start = at + len(wanted)
        first, last = positions[at], positions[start - 1] + 1
        before = re.search(r"(?:(?<=\s)|^)[^\w\s]*$", response[:first])
        after = _AFTER_QUOTED.match(response, last)
        found.append(TextSpan(before.start() if before else first, after.end() if after else last))
    return found


def _claims(response: str) -> Iterator[Claim]:
    """Numbers that stand alone come as a claim without text."""
    for span in sentences(_blanked(response)):
        text = response[span.start : span.end]
        if text.lstrip("> ").startswith("#"):
            continue
        code = tuple(found[2].strip() for found in _INLINE_CODE.finditer(text))
        said = " ".join(_MARKS.sub(r"\1", _NUMBERS.sub("", text).replace("`", "")).replace("|", " ").split())
        said = re.sub(r"\s+(?=[.,;:!?](?:\s|$))", "", said)
        numbers = tuple(dict.fromkeys(number for group in _NUMBERS.findall(text) for number in _members(group)))
        if any(character.isalnum() for character in said):
            yield Claim(span, said, numbers, code)
        elif numbers:
            yield Claim(span, "", numbers)


def _members(group: str) -> Iterator[int]:
    """[1, 3-5] cites 1, 3, 4 and 5."""
    for part in re.split(r"[,;]", group.strip("[]")):
        first, _, last = part.replace("\u2013", "-").partition("-")
        yield from range(int(first), min(int(last or first), int(first) + 99) + 1)


def _says_something(claim: Claim) -> bool:
    if claim.numbers:
        return True
    # Scripts without spaces have words too.
    words = max(len(claim.text.split()), len(words_of(claim.text)))
    announces = _ANNOUNCES.search(claim.text) is not None and words <= MAX_ANNOUNCING_WORDS
    return (
        words >= MIN_CLAIM_WORDS
        and not announces
        and _ASKS.search(claim.text) is None
        and not looks_like_code(claim.text)
    )


def _blanked(response: str) -> str:
    """The same length, with fenced code and the heads of tables as blank lines."""
    without_code = _FENCED.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), response)
    return _TABLE_HEAD.sub(lambda found: " " * (len(found[0]) - 1) + "\n", without_code)
