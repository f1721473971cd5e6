"""Questions, answers, and the events of a streamed answer."""

from dataclasses import dataclass, field
from typing import Final, Literal

PATH_MARK: Final = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "

Format = Literal["text", "markdown"]
Mode = Literal["generated", "extractive", "declined"]


@dataclass(frozen=True)
class Turn:
    """One earlier message of the conversation; it helps to understand the question and is never evidence."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True)
class Question:
    """`history` is oldest first; `selected_text` is what the reader selected on the page.

    `reader` is the text of the reader's profile; it affects only tone and depth.
    """

    text: str
    selected_text: str = ""
    history: tuple[Turn, ...] = ()
    format: Format = "text"
    reader: str = field(default="", repr=False)


@dataclass(frozen=True)
class Citation:
    """A retrieved passage under the number that the answer uses; `quote` stands literally in the book."""

    n: int
    passage_id: str
    title: str
    heading: str
    url: str
    quote: str
    score: float

    @property
    def label(self) -> str:
        """Title and heading joined by `PATH_MARK`, or the title alone."""
        return self.title if self.heading in ("", self.title) else f"{self.title}{PATH_MARK}{self.heading}"


@dataclass(frozen=True)
class Span:
    """Characters `start` to `end` of the response."""

    start: int
    end: int


@dataclass(frozen=True)
class Grounding:
    """`score` is the share of the answer's sentences that the cited passages support, None when it claims nothing."""

    score: float | None
    unsupported: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Usage:
    """What the model calls for this answer took."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0


@dataclass(frozen=True)
class Sources:
    """First event: the passages that the answer may cite."""

    citations: tuple[Citation, ...]


@dataclass(frozen=True)
class Text:
    """The next piece of the response, ready to be shown."""

    text: str


@dataclass(frozen=True)
class Answer:
    """Last event. The texts before it, joined, are `response`; every `[n]` in it is in `citations`."""

    response: str
    mode: Mode
    citations: tuple[Citation, ...]
    grounding: Grounding
    usage: Usage

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(citation.label for citation in self.citations))


AnswerEvent = Sources | Text | Answer
