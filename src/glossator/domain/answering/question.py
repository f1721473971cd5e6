"""Questions and their parts, answers, and the events of a streamed answer. Spans count characters of the response."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from glossator.domain.book.passages import Passage
from glossator.domain.budget.caps import OPERATOR, Cap, Payer
from glossator.domain.ports.embedder import EmbeddingSpace, Vectors

PATH_MARK: Final = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "
LONG_QUESTION: Final = 25
"""A question with this many words may ask several things that no rule finds."""
MAX_PARTS: Final = 3
MIN_PART_WORDS: Final = 3
_ASKING: Final = r"(?:how|what|which|why|when|where|who|whose|is|are|can|could|do|does|did|should|will)"
_BOUNDARY: Final = re.compile(
    rf"(?<=[?\uff1f\u061f])\s+|[,;]?\s+(?:and|or)\s+(?={_ASKING}\b)|,\s+(?={_ASKING}\b)", re.IGNORECASE
)

Format = Literal["text", "markdown"]
Mode = Literal["generated", "extractive", "declined"]
Reason = Literal[
    "no_model", "model_unavailable", "too_slow", "over_budget", "unsupported", "not_in_book", "language_unsupported"
]
"""Why an answer was not generated; each is part of the HTTP contract."""
Retrieval = Literal["hybrid", "keywords"]
"""What was searched: vectors and keywords, or keywords alone."""
Verdict = Literal["supported", "weak", "unsupported"]


@dataclass(frozen=True)
class Turn:
    """One earlier message of the conversation; it helps to understand the question and is never evidence."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True)
class Question:
    """`history` is oldest first; `selected_text` is what the reader selected on the page.

    `reader` is the text of the reader's profile; it affects only tone and depth. `payer` is whose budget is used.
    `free`: nothing that costs money is called, and the book is quoted. `quoted`: the model is not asked, and the book
    is quoted. `page` is the address of the page that the reader has open.
    """

    text: str
    selected_text: str = ""
    history: tuple[Turn, ...] = ()
    format: Format = "text"
    reader: str = field(default="", repr=False)
    payer: Payer = field(default=OPERATOR, repr=False)
    free: bool = False
    quoted: bool = False
    page: str = field(default="", repr=False)


def parts_of(question: str) -> list[str]:
    """Of a question that asks several things at once, at most three, each to be searched for by itself; else none."""
    parts = [part.strip() for part in _BOUNDARY.split(question)]
    whole = [part for part in parts if len(part.split()) >= MIN_PART_WORDS]
    return whole[:MAX_PARTS] if len(whole) > 1 else []


def needs_condensing(question: Question) -> bool:
    """Whether a model rewrites it for the search: it follows a conversation, or is long and no rule splits it."""
    return bool(question.history) or (len(question.text.split()) >= LONG_QUESTION and not parts_of(question.text))


@dataclass(frozen=True)
class TextSpan:
    """Characters `start` to `end` of the response."""

    start: int
    end: int


@dataclass(frozen=True)
class Piece:
    """A retrieved passage, or neighbouring passages of one section, under the number that an answer cites."""

    number: int
    passages: tuple[Passage, ...]
    score: float

    @property
    def heading(self) -> str:
        return " > ".join(self.passages[0].headings)

    @property
    def text(self) -> str:
        return "\n\n".join(passage.text for passage in self.passages)


@dataclass(frozen=True)
class Quote:
    """A sentence of the book, as plain text, that supports a claim of the answer; `url` opens the page at it."""

    text: str
    url: str
    claim: TextSpan


@dataclass(frozen=True)
class Citation:
    """A piece under its number. `quote` is the best of the `quotes`, or the piece's most fitting sentence."""

    n: int
    passage_id: str
    title: str
    heading: str
    url: str
    quote: str
    score: float
    quotes: tuple[Quote, ...] = ()

    @property
    def label(self) -> str:
        """Title and heading joined by `PATH_MARK`, or the title alone."""
        return section_label(self.title, self.heading)


def section_label(title: str, heading: str) -> str:
    return title if heading in ("", title) else f"{title}{PATH_MARK}{heading}"


@dataclass(frozen=True)
class ClaimVerdict:
    """A sentence of the answer, the numbers it cites, and whether the cited passages support it."""

    span: TextSpan
    verdict: Verdict
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Grounding:
    """`score` is the share of the claims that are supported, None when the answer claims nothing."""

    score: float | None = None
    sentences: tuple[ClaimVerdict, ...] = ()

    @property
    def unsupported(self) -> tuple[TextSpan, ...]:
        return tuple(claim.span for claim in self.sentences if claim.verdict == "unsupported")


@dataclass(frozen=True)
class Usage:
    """What the model calls for this answer used."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0


@dataclass(frozen=True)
class NearestSection:
    """A section that is offered where an answer cites nothing; `label` names it as a citation would."""

    title: str
    url: str
    label: str = field(default="", compare=False)


@dataclass(frozen=True)
class QuestionVector:
    """The embedding of a question, of shape (dimension,), and the model that made it."""

    model: str
    values: Vectors = field(repr=False)

    @classmethod
    def of(cls, spaces: Sequence[EmbeddingSpace], vectors: Mapping[str, Vectors]) -> "QuestionVector | None":
        """In the space that serves most languages, so that questions in several can be compared."""
        found = min(spaces, key=lambda space: space.latin_only, default=None)
        return None if found is None else cls(found.model, vectors[found.name])


@dataclass(frozen=True)
class Sources:
    """First event: the passages that the answer may cite."""

    citations: tuple[Citation, ...]


@dataclass(frozen=True)
class AnswerText:
    """The next piece of the response, ready to be shown."""

    text: str


@dataclass(frozen=True)
class Answer:
    """Last event. Every `[n]` in `response` is in `citations`.

    `response` is the texts before it, joined - unless `replaces` is true: then it replaces what was streamed.
    `reason` is None for a generated answer alone. `nearest` is filled where `citations` is empty. `cap` is the one that
    has too little left, where that is the reason. `similarity` is the best cosine of the question and a passage, and
    `vector` the question's, if it was embedded.
    """

    response: str
    mode: Mode
    citations: tuple[Citation, ...]
    grounding: Grounding
    usage: Usage
    reason: Reason | None = None
    nearest: tuple[NearestSection, ...] = ()
    replaces: bool = False
    cap: Cap | None = None
    retrieval: Retrieval = "hybrid"
    similarity: float | None = field(default=None, compare=False)
    vector: QuestionVector | None = field(default=None, compare=False, repr=False)

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(citation.label for citation in self.citations))


AnswerEvent = Sources | AnswerText | Answer
