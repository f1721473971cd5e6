"""An answer without a language model: two to four sentences of the book that answer the question.

- The sentences that cover most of the question's words are chosen. Where embedding costs nothing, the meaning of the
  likeliest sentences counts too.
- Sentences keep the order of the book; a number stands at the end of each run of sentences of one piece.
- Where the question asks how, the code that follows the best sentences is shown; elsewhere only code that the best
  one ends with.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from glossator.domain.answering.question import Piece
from glossator.domain.answering.quoting.coverage import covered_units, is_named
from glossator.domain.answering.quoting.markdown import Quotation, written_quotation
from glossator.domain.answering.quoting.quotable import (
    MAX_TERM_WORDS,
    Line,
    Unit,
    is_quotable,
    is_sentence,
    lines_of,
)
from glossator.domain.answering.retrieval.evidence import Strength, identifiers_of
from glossator.domain.book.words import uses_latin_script
from glossator.domain.errors import Unavailable
from glossator.domain.ports.embedder import Embedder
from glossator.domain.ports.workers import AnyThread, Workers

MAX_SENTENCES: Final = 4
MAX_CHARACTERS: Final = 700
MAX_CODE: Final = 800
MAX_PIECES: Final = 3
COMPARED_SENTENCES: Final = 24
WORDS_WEIGHT: Final = 0.5
MIN_COVERED: Final = 0.2
"""Of the question's weight: a sentence below it shares a stray word and is about something else."""
MIN_MEANING: Final = 0.29
MIN_MEANING_OF_BEST: Final = 0.38
"""Below it no sentence speaks of the question: the nearest sections are offered instead."""
MIN_OF_BEST: Final = 0.65
"""Of the best sentence's score: a much worse one dilutes the answer."""
MIN_OF_BEST_ELSEWHERE: Final = 0.72
"""The same for a sentence of another piece than the best one's."""
LOSS_PER_RANK: Final = 0.1
LOSS_ALONE: Final = 0.6
"""Of the score of a sentence that lacks the one it depends on."""
LOSS_ITEM: Final = 0.75
LOSS_ROW: Final = 0.7
"""The same for an item or a row that is quoted without its list: it says little without the others."""
LOSS_NOT_NAMED: Final = 0.65
"""For what neither a heading nor a term names as the question does, where something else is so named."""
GAIN_DEFINES: Final = 0.2
"""For a sentence that says what its subject is, where the question asks for that."""
GAIN_FIRST: Final = 0.1
"""For the first sentence of a section, where the question asks what something is."""
SAME_WORDS: Final = 0.8
_ASKS_HOW: Final = re.compile(
    r"\b(?:how (?:do|can|to|should|would|could|does one)|(?<!status )(?<!error )(?<!exit )code"
    r"|example|snippet|syntax|command|configure|install)\b"
    r"|\b(?:wie|comment|c\u00f3mo|nas\u0131l)\b",
    re.IGNORECASE,
)
_ASKED_TERM: Final = re.compile(r"^what(?:'s| is| are)(?: an?| the)? ([\w .-]+?)\W*$", re.IGNORECASE)
_ASKS_WHAT: Final = re.compile(r"^what(?:'s| is| are| does| do)\b", re.IGNORECASE)


class Quoter:
    def __init__(self, embedder: Embedder, workers: Workers | None = None) -> None:
        self._embedder = embedder
        self._workers = workers or AnyThread()

    async def quote(self, question: str, pieces: Sequence[Piece], strength: Strength) -> Quotation:
        """Empty when no sentence fits. Raises Overloaded."""
        units, covered = await self._workers.run(partial(covered_units, question, pieces))
        meaning = await self._meaning(question, units, covered)
        if meaning is None:
            scored = [(unit, weight) for unit, weight in zip(units, covered, strict=True) if weight >= MIN_COVERED]
        else:
            needed = MIN_MEANING if strength == "good" else 2 * MIN_MEANING
            sums = [(unit, meaning.get(at, -1.0) + WORDS_WEIGHT * covered[at]) for at, unit in enumerate(units)]
            fits = max((score for _, score in sums), default=0.0) >= MIN_MEANING_OF_BEST
            scored = [(unit, score) for unit, score in sums if fits and score >= needed]
        return await self._workers.run(partial(quotation, question, scored))

    async def _meaning(
        self, question: str, units: Sequence[Unit], covered: Sequence[float]
    ) -> Mapping[int, float] | None:
        """Cosines of the likeliest sentences; None where embedding costs money or cannot be done."""
        latin = uses_latin_script(question)
        spaces = [space for space in self._embedder.spaces if latin or not space.latin_only]
        if not spaces or not units or self._embedder.usd_per_million_tokens > 0:
            return None
        likeliest = sorted(range(len(units)), key=lambda at: (-covered[at], units[at].rank))[:COMPARED_SENTENCES]
        texts = [f"{' '.join(units[at].main.passage.headings[-1:])}\n{units[at].text}" for at in likeliest]
        name = spaces[0].name
        try:
            asked = (await self._embedder.embed([question], "question", [name])).vectors[name][0]
            rows = (await self._embedder.embed(texts, "passage", [name])).vectors[name]
        except Unavailable:
            return None
        return {at: float(cosine) for at, cosine in zip(likeliest, rows @ asked, strict=True)}


def quotation(question: str, scored: Sequence[tuple[Unit, float]]) -> Quotation:
    """The best of the sentences with what they need, written with their numbers.

    Where the question does not ask how, code is shown only if the best sentence of all ends with it.
    """
    asks_how = _ASKS_HOW.search(question) is not None
    ranked = _ranked(question, scored)
    best = ranked[0][1] if ranked and ranked[0][1].states else None
    chosen = _chosen([pair for pair in ranked if asks_how or not pair[1].announces_code or pair[1] is best])
    if not chosen:
        return Quotation()
    code = _code_to_show(chosen) if asks_how else _announced_code(chosen[0])
    lines = _in_book_order(_lengthened(_lines_of_units(chosen)))
    lines = [line for line in lines if not _announces_hidden_code(line, chosen, code)]
    return written_quotation(lines, code)


def _ranked(question: str, scored: Sequence[tuple[Unit, float]]) -> list[tuple[float, Unit]]:
    """Best first."""
    names = identifiers_of(question)
    named = [unit for unit, _ in scored if len(names) == 1 and is_named(unit, names[0])]
    adjusted = (
        (_adjusted(unit, score, question) * (LOSS_NOT_NAMED if named and unit not in named else 1.0), unit)
        for unit, score in scored
    )
    return sorted(adjusted, key=lambda pair: -pair[0])


def _adjusted(unit: Unit, score: float, question: str) -> float:
    if _defines(unit.text, question):
        score += GAIN_DEFINES
    first = unit.main.order == 0 and _ASKS_WHAT.match(question) is not None
    if first:
        score += GAIN_FIRST
    if not unit.is_whole and not (first and any(is_named(unit, name) for name in identifiers_of(question))):
        score *= LOSS_ALONE
    if unit.main.is_listed and unit.lines[0].is_listed:
        score *= LOSS_ROW if unit.main.sentence.kind == "row" else LOSS_ITEM
    return score / (1 + LOSS_PER_RANK * unit.rank)


def _defines(text: str, question: str) -> bool:
    """Whether it begins with the term of "What is a term?" and says what that is, or calls something so."""
    asked = _ASKED_TERM.match(question)
    if asked is None or len(asked[1].split()) > MAX_TERM_WORDS:
        return False
    term = re.escape(asked[1])
    return (
        re.match(rf"(?:an? |the )?{term}s?(?: \([^)]*\))? (?:is|are|means?) (?!not\b)", text, re.IGNORECASE)
        or re.search(rf"\b(?:called|known as|termed)(?: an?| the)? {term}\b", text, re.IGNORECASE)
    ) is not None


def _chosen(ranked: Sequence[tuple[float, Unit]]) -> list[Unit]:
    """Best first. A list counts as one sentence, with its introduction."""
    chosen: list[Unit] = []
    for score, unit in ranked:
        best, best_unit = ranked[0]
        needed = MIN_OF_BEST if unit.rank == best_unit.rank else MIN_OF_BEST_ELSEWHERE
        lines = _lines_of_units([*chosen, unit])
        fits = _sentence_count(lines) <= MAX_SENTENCES and sum(len(line.text) for line in lines) <= MAX_CHARACTERS
        fits = fits and len({line.piece.number for line in lines}) <= MAX_PIECES
        if score >= needed * best and (fits or not chosen) and not _repeats(unit, chosen):
            chosen.append(unit)
    return chosen


def _lines_of_units(units: Sequence[Unit]) -> list[Line]:
    return list({(line.piece.number, line.order): line for unit in units for line in unit.lines}.values())


def _sentence_count(lines: Sequence[Line]) -> int:
    introduced = {line.piece.number for line in lines if line.text.endswith(":")}
    lists = {line.piece.number for line in lines if line.is_listed and line.piece.number in introduced}
    alone = (line for line in lines if not line.text.endswith(":"))
    return len(lists) + sum(not line.is_listed or line.piece.number not in introduced for line in alone)


def _repeats(unit: Unit, chosen: Sequence[Unit]) -> bool:
    words = unit.main.sentence.words
    others = (line.sentence.words for one in chosen for line in one.lines if line != unit.main)
    return any(len(words & other) >= SAME_WORDS * max(len(words), len(other)) > 0 for other in others)


def _lengthened(lines: list[Line]) -> list[Line]:
    """A single sentence with the next one of its paragraph."""
    if len(lines) != 1 or lines[0].is_listed:
        return lines
    following = lines_of(lines[0].piece)[lines[0].order + 1 :][:1]
    return lines + [
        line
        for line in following
        if line.sentence.block == lines[0].sentence.block
        and line.passage is lines[0].passage
        and line.sentence.kind == "prose"
        and is_quotable(line.text)
        and is_sentence(line.text)
        and len(lines[0].text) + len(line.text) <= MAX_CHARACTERS
    ]


def _code_to_show(chosen: Sequence[Unit]) -> Line | None:
    """What follows one of the sentences, else the first code behind the best one in its section."""
    following = [unit.code for unit in chosen if unit.code is not None]
    best = chosen[0].main
    behind = [line for line in lines_of(best.piece)[best.order :] if line.sentence.kind == "code"]
    usable = (
        code for code in (*following, *behind) if len(code.text) <= MAX_CODE and not code.text.startswith((" ", "\t"))
    )
    return next(usable, None)


def _announced_code(unit: Unit) -> Line | None:
    return unit.code if unit.announces_code and unit.code and len(unit.code.text) <= MAX_CODE else None


def _announces_hidden_code(line: Line, chosen: Sequence[Unit], code: Line | None) -> bool:
    announced = [unit.code for unit in chosen if unit.main == line and unit.announces_code]
    return bool(announced) and announced[0] != code


def _in_book_order(lines: Sequence[Line]) -> list[Line]:
    """By page, the one with the best sentence first, then by position."""
    pages = list(dict.fromkeys(line.passage.page for line in lines))

    def position(line: Line) -> tuple[int, int, int, int]:
        return pages.index(line.passage.page), line.piece.passages[0].start, line.piece.number, line.order

    return sorted(lines, key=position)
