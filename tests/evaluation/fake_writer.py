"""Writes the labelled claims of `tests/data/claims/claims.jsonl`: what a language model may make of a sentence.

Run it with `python -m tests.evaluation.fake_writer`. The label of a claim is how it was made. Paraphrases, inventions
and negations are written by hand (`written.jsonl`); the other kinds are made of the sentence itself.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal

from glossator.domain.answering.proof.passage_sentences import passage_sentences
from glossator.domain.book.passages import Page, Passage
from glossator.domain.book.sources.folder import read_pages
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from tests.places import ROOT, STARLETTE_DOCS

DATA: Final = ROOT / "tests" / "data" / "claims"
BOOKS: Final[Mapping[str, Path]] = {
    "sample-book": ROOT / "sample-book",
    "starlette-docs": STARLETTE_DOCS,
    "beekeeping": ROOT / "tests" / "data" / "books" / "beekeeping",
}
WITH_DIGITS: Final = {"sample-book": 20, "starlette-docs": 10, "beekeeping": 20}

Kind = Literal["verbatim", "paraphrased", "invented", "wrong number", "digit", "negated"]
FALSE_KINDS: Final[tuple[Kind, ...]] = ("invented", "wrong number", "digit", "negated")

_DIGITS: Final = re.compile(r"(?<![\w./-])\d[\d,.]*(?![\w/-])")


@dataclass(frozen=True)
class LabelledClaim:
    """`sentence` is what the claim was made from; a claim with a wrong number cites another passage."""

    book: str
    kind: Kind
    claim: str
    sentence: str


def passages_of(folder: Path) -> list[Passage]:
    splitter = Splitter(Limits(1000))
    return [
        passage for page in read_pages(folder, "docusaurus") if isinstance(page, Page) for passage in splitter(page)
    ]


def labelled_claims(book: str, passages: Sequence[Passage]) -> Iterator[LabelledClaim]:
    written = [row for row in read_lines("written.jsonl") if row["book"] == book]
    for at, row in enumerate(written):
        sentence = row["sentence"]
        made: dict[Kind, str] = {
            "verbatim": sentence,
            "paraphrased": row["paraphrase"],
            "invented": row["invented"],
            "wrong number": row["paraphrase"] if at % 2 else sentence,
            "negated": row["negated"],
        }
        for kind, claim in made.items():
            yield LabelledClaim(book, kind, claim, sentence)
    for at, sentence in enumerate(islice(sentences_with_digits(passages), WITH_DIGITS[book])):
        yield LabelledClaim(book, "digit", with_other_digit(sentence, at), sentence)


def passages_for(sentence: str, passages: Sequence[Passage]) -> tuple[Passage, Passage] | None:
    """The passage of the sentence, and the next one of its page (else of the book) that has prose."""
    found = (at for at, one in enumerate(passages) if sentence in {s.text for s in passage_sentences(one)})
    at = next(found, None)
    if at is None:
        return None
    following = [*passages[at + 1 :], *passages[:at]]
    usable = [one for one in following if sum(s.kind == "prose" for s in passage_sentences(one)) > 1]
    same_page = [one for one in usable if one.page == passages[at].page]
    return passages[at], (same_page or usable)[0]


def sentences_with_digits(passages: Sequence[Passage]) -> Iterator[str]:
    for passage in passages:
        for one in passage_sentences(passage):
            if one.kind == "prose" and "[" not in one.text and _DIGITS.search(one.text) and len(one.text.split()) > 5:
                yield one.text


def with_other_digit(sentence: str, seed: int) -> str:
    """With one digit of one of its numbers changed."""
    numbers = list(_DIGITS.finditer(sentence))
    number = numbers[seed % len(numbers)]
    digits = [at for at in range(number.start(), number.end()) if sentence[at].isdigit()]
    at = digits[seed % len(digits)]
    digit = (int(sentence[at]) + 1 + seed % 8) % 10
    return f"{sentence[:at]}{digit or 4}{sentence[at + 1 :]}"


def read_claims() -> list[LabelledClaim]:
    return [LabelledClaim(**row) for row in read_lines("claims.jsonl")]


def read_lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def main() -> None:
    claims = [one for book, folder in BOOKS.items() for one in labelled_claims(book, passages_of(folder))]
    lines = [json.dumps(asdict(claim), ensure_ascii=False) for claim in claims]
    (DATA / "claims.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
