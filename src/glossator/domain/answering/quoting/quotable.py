"""The sentences of the book that can be quoted, each with what a reader needs to understand it.

- A sentence that begins with a word such as "This" or "However" is quoted after the sentence before it.
- A sentence that the next one takes back or limits is quoted with that one.
- A sentence that announces a list, a table or code is quoted with what it announces, or not at all.
- A short list is quoted whole; of a long one an item that is a sentence, such as a term with its definition.
- A definition is quoted with its term.
- Questions, the head of a table, and sentences too short or too long to stand alone are not quoted.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from glossator.domain.answering.proof.passage_sentences import PassageSentence, passage_sentences
from glossator.domain.answering.question import Piece
from glossator.domain.book.passages import Passage
from glossator.domain.book.words import uses_latin_script

MAX_SENTENCE: Final = 450
MAX_LIST: Final = 450
MAX_ITEM: Final = 300
MAX_CELLS: Final = 3
MAX_BEFORE: Final = 2
"""Sentences before one that depends on them."""
MAX_TERM_WORDS: Final = 5
MIN_WORDS: Final = 4
MIN_ITEM_WORDS: Final = 6

_NO_TERM: Final = re.compile(
    r"[(:=;]|^(?:note|tip|info|important|warning|caution|danger|example|hint|attention)$", re.IGNORECASE
)
_OWN_BRACKETS: Final = re.compile(r"\[\d")
_ASKS: Final = re.compile(r"[?\uff1f\u061f][\"'\u201d\u2019)]*$")
_ENDS: Final = re.compile(r"[.!\u2026\u3002\uff01\u061f\u06d4\u0964][\"'\u201d\u2019)\u300d]*$")
_ANNOUNCES: Final = re.compile(
    r"(?:[:\uff1a]|\.\.\.|\u2026)$|^(?:see|see also|for example|example)\b[^.]{0,40}[.:]$"
    r"|^There (?:is|are|was|were)(?: \w+){1,6}\.$|\bas follows\.$",
    re.IGNORECASE,
)
# Without what it announces, such a sentence says nothing: "Start it like this:", "Here is an example:".
_ANNOUNCES_ALONE: Final = re.compile(
    r"\b(?:like (?:this|so)|this|these|follow(?:s|ing)|examples?|below|here|e\.g\.)\b[^.]{0,40}:$|^.{0,40}:$",
    re.IGNORECASE,
)
# "Metrics of requests, timings..." announces nothing where no list or code follows.
_TRAILS_OFF: Final = re.compile(r"(?:\.\.\.|\u2026)$")
_EXPLETIVE: Final = re.compile(r"It(?:'s| is| was)(?: also)? (?:\w+ly )?\w+ (?:to|that|for|if|when)\b")
_LEADING_WORDS: Final = """
    this that these those it they its their s?h[e] such however therefore thus hence otherwise instead but and or so
    also then besides likewise similarly alternatively additionally furthermore moreover consequently nevertheless
    still rather here both neither either another conversely next finally again which currently dies diese dieser
    dieses es jedoch daher deshalb außerdem dann dabei dadurch sonst ce cela cette ces ils? elles? cependant donc
    ensuite toutefois esto esta este estos luego además
"""
_LEADING_PHRASES: Final = """
    for example, for instance, as such, as a result, as well, because of this, doing so, not doing, on the other
    hand, if so, if not, after that, after this, without it, without them, with this, with these, with it, with
    them, note that this, note that it, note that these, note that they, one of them, some of them, the same, the
    latter, the former, the above, the other, in this, in that, in these, in those, in such, in the same, by
    default it, by default this, by default they, in other words, in particular, in both, in either, to do so, in
    case it, sin embargo
"""
_PHRASES: Final = [*_LEADING_WORDS.split(), *(" ".join(phrase.split()) for phrase in _LEADING_PHRASES.split(","))]
# "You can set it to null. That is not recommended."
_TAKES_BACK: Final = re.compile(
    r"(?:However|But|Unfortunately|Nevertheless|Otherwise)\b"
    r"|(?:This|That|It|These|Those|They|Doing so)\b[^.,;:]{0,20}?(?:\bnot\b|n['\u2019]t\b|\bno longer\b|\bdeprecated\b)"
)
_CONDITION: Final = "(?:if|when|because|since|as|while|once|unless) (?:it|this|that|they|these|none of them|not)"
_DEPENDS: Final = re.compile(rf"(?:note[,:]? )?(?:{'|'.join([*_PHRASES, _CONDITION])})\b", re.IGNORECASE)
# "Returns the name": what returns it is in the heading.
_WITHOUT_SUBJECT: Final = re.compile(
    r"(?:Used|[A-Z][a-z]+(?:[a-rt-z]s|[sx]es)) "
    r"(?:a|an|the|all|any|that|one|whether|if|to|for|only|of|in|different|your|signed)\b"
    r"|(?:Returns|Handles|Cancels|Enforces|Adds|Sets|Creates|Schedules|Resolves|Calls|Provides|Takes|Checks) "
    r"|When called, "
)


@dataclass(frozen=True)
class Line:
    """A sentence of a piece; `order` counts from 0."""

    piece: Piece
    passage: Passage
    sentence: PassageSentence
    order: int

    @property
    def text(self) -> str:
        return self.sentence.text

    @property
    def is_listed(self) -> bool:
        return self.sentence.item or self.sentence.kind == "row"


@dataclass(frozen=True)
class Unit:
    """A sentence, `main`, in the `lines` that it is quoted with; `rank` is that of its piece, from 0.

    `code` is what follows it. Without `is_whole` what it depends on is missing, or code must be shown with it.
    """

    rank: int
    main: Line
    lines: tuple[Line, ...]
    code: Line | None
    is_whole: bool
    announces_code: bool

    @property
    def text(self) -> str:
        return self.main.text

    @property
    def states(self) -> bool:
        """Whether it says something itself, even if code must follow."""
        return _ANNOUNCES_ALONE.search(self.text) is None


def units_of(pieces: Sequence[Piece]) -> list[Unit]:
    return [unit for rank, piece in enumerate(pieces) for unit in _units(rank, lines_of(piece))]


def lines_of(piece: Piece) -> list[Line]:
    sentences = ((passage, one) for passage in piece.passages for one in passage_sentences(passage))
    return [Line(piece, passage, sentence, order) for order, (passage, sentence) in enumerate(sentences)]


def _units(rank: int, lines: Sequence[Line]) -> Iterator[Unit]:
    for at, line in enumerate(lines):
        if line.sentence.kind == "code" or not (is_quotable(line.text) or line.is_listed) or _is_table_head(lines, at):
            continue
        following = lines[at + 1] if at + 1 < len(lines) else None
        code = following if following is not None and _follows_as_code(line, following) else None
        trails_off = _TRAILS_OFF.search(line.text) is not None and (following is None or is_prose(following))
        announces = _ANNOUNCES.search(line.text) is not None and not trails_off
        company = _company(lines, at, announces=announces)
        if company and not (announces and code is None and len(company) == 1 and not line.is_listed):
            before = _term(lines, company[0].order) or _before(lines, company[0].order)
            is_whole = bool(before) or not (depends(company[0].text) or _is_fragment(line))
            yield Unit(rank, line, (*before, *company), code, is_whole, announces and code is not None)


def _company(lines: Sequence[Line], at: int, *, announces: bool) -> list[Line]:
    """The sentence with what belongs behind it, or with its list."""
    if lines[at].is_listed:
        return _listed(lines, at)
    if announces:
        return _announced(lines, at)
    following = lines[at + 1 : at + 2]
    return [lines[at], *(line for line in following if _takes_back(line, lines[at]))]


def _takes_back(line: Line, before: Line) -> bool:
    same = line.passage is before.passage and line.sentence.block == before.sentence.block
    stands = is_prose(line) and is_quotable(line.text) and _ANNOUNCES.search(line.text) is None
    return same and stands and _TAKES_BACK.match(line.text) is not None


def is_quotable(text: str) -> bool:
    """Brackets with a number would be taken for a citation."""
    long_enough = len(text.split()) >= MIN_WORDS or not text.isascii()
    return long_enough and len(text) <= MAX_SENTENCE and not _OWN_BRACKETS.search(text) and not _ASKS.search(text)


def depends(text: str) -> bool:
    """Whether a sentence needs the one before it."""
    return _DEPENDS.match(text) is not None and _EXPLETIVE.match(text) is None


def lacks_subject(text: str) -> bool:
    """Whether a sentence begins with what the thing in its heading does."""
    return _WITHOUT_SUBJECT.match(text) is not None


def is_prose(line: Line) -> bool:
    return line.sentence.kind == "prose" and not line.is_listed


def _is_fragment(line: Line) -> bool:
    """Whether it is a caption, a subtitle or a type, which says little: words of a Latin script without an end."""
    ends = is_sentence(line.text) or line.text.endswith((":", "\u2026", ")"))
    return is_prose(line) and not ends and uses_latin_script(line.text)


def is_sentence(text: str) -> bool:
    return _ENDS.search(text) is not None


def _follows_as_code(line: Line, following: Line) -> bool:
    same_passage = following.passage is line.passage
    adjacent = following.sentence.block == line.sentence.block + 1 if same_passage else True
    return following.sentence.kind == "code" and adjacent


def is_term(line: Line) -> bool:
    """Whether it may be the term of a definition in a block of its own, as in HTML."""
    short = len(line.text.split()) <= MAX_TERM_WORDS and not is_sentence(line.text)
    return short and line.sentence.kind == "prose" and not line.is_listed and not _NO_TERM.search(line.text)


def _term(lines: Sequence[Line], at: int) -> list[Line]:
    """The term that the paragraph of this sentence defines, with the sentences between them."""
    first = at
    while first > 0 and lines[first - 1].sentence.block == lines[at].sentence.block:
        first -= 1
    term = lines[first - 1] if first > 0 else None
    if term is None or not is_term(term) or term.sentence.block + 1 != lines[at].sentence.block:
        return []
    return list(lines[first - 1 : at]) if at - first <= MAX_BEFORE and not lines[at].is_listed else []


def _before(lines: Sequence[Line], at: int) -> list[Line]:
    """What the sentence depends on, directly before it; empty where it needs nothing, or where that is missing."""
    before: list[Line] = []
    while depends(lines[at].text) and not lines[at].is_listed and len(before) < MAX_BEFORE:
        if at == 0 or lines[at - 1].sentence.kind != "prose" or lines[at - 1].is_listed:
            return []
        at -= 1
        if not is_quotable(lines[at].text) or _ANNOUNCES.search(lines[at].text):
            return []
        before.insert(0, lines[at])
    return [] if before and depends(before[0].text) else before


def _announced(lines: Sequence[Line], at: int) -> list[Line]:
    """The sentence with the list, table or sentence that it announces; alone before code; empty before what is long."""
    rest = lines[at + 1 :]
    if rest and rest[0].sentence.block > lines[at].sentence.block + 1:
        return []
    if not rest or rest[0].sentence.kind == "code":
        return [lines[at]]
    if not rest[0].is_listed:
        return [lines[at], rest[0]] if is_quotable(rest[0].text) and is_sentence(rest[0].text) else []
    listed = list(takewhile(lambda line: line.is_listed, rest))
    return [lines[at], *listed] if sum(len(line.text) for line in listed) <= MAX_LIST else []


def _listed(lines: Sequence[Line], at: int) -> list[Line]:
    """A short list with its introduction, else the item of the sentence; empty where it says nothing alone."""
    first = at
    while first > 0 and lines[first - 1].is_listed:
        first -= 1
    introduced = first > 0 and lines[first - 1].sentence.kind == "prose" and _ANNOUNCES.search(lines[first - 1].text)
    if introduced and (whole := _announced(lines, first - 1)):
        return whole
    item = [line for line in lines[first:] if line.sentence.block == lines[at].sentence.block]
    item = [line for line in item if line.passage is lines[at].passage and line.is_listed]
    text = " ".join(line.text for line in item)
    if lines[at].sentence.kind == "row":
        return item if _is_readable_row(text) else []
    if not is_sentence(text) or len(text.split()) < MIN_ITEM_WORDS or depends(text):
        return []
    return item if len(text) <= MAX_ITEM else [line for line in item if line.order <= at and is_quotable(line.text)]


def _is_readable_row(text: str) -> bool:
    """Few cells, and more words than figures."""
    letters = sum(character.isalpha() for character in text)
    return text.count(" - ") < MAX_CELLS and letters > len(text) / 2


def _is_table_head(lines: Sequence[Line], at: int) -> bool:
    return lines[at].sentence.kind == "row" and (at == 0 or lines[at - 1].sentence.kind != "row")
