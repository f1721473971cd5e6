"""What is wanted of texts, and what came of each."""

from dataclasses import dataclass, field
from typing import Final, Literal

from glossator.domain.quotation import notes

Level = Literal["beginner", "intermediate", "advanced", "pro"]
AS_WRITTEN: Final = frozenset({"advanced", "pro"})
"""Levels for which the book was written: their text is the book's own."""


@dataclass(frozen=True)
class ReaderNotes:
    """What a signed-in reader says of himself: quoted data, never an instruction. `account_id` keeps it his own."""

    account_id: str
    hardware: str = field(default="", repr=False)
    background: str = field(default="", repr=False)

    @property
    def quoted(self) -> str:
        """Empty when the reader says nothing."""
        return notes((("Hardware", self.hardware), ("Background", self.background)))


@dataclass(frozen=True)
class RewriteRequest:
    """`target` is a language's BCP 47 tag, or a level. `reader` is None for everybody's text."""

    kind: Literal["translate", "adjust"]
    target: str
    reader: ReaderNotes | None = None

    @property
    def language(self) -> str | None:
        return self.target if self.kind == "translate" else None

    @property
    def owner(self) -> str | None:
        """The account that alone gets the result."""
        return self.reader.account_id if self.reader else None

    @property
    def changes_nothing(self) -> bool:
        return self.kind == "adjust" and self.target in AS_WRITTEN


def translation(language: str) -> RewriteRequest:
    return RewriteRequest("translate", language)


def adjustment(level: Level, reader: ReaderNotes | None = None) -> RewriteRequest:
    """A reader who says nothing of himself gets everybody's text."""
    return RewriteRequest("adjust", level, reader if reader and reader.quoted else None)


@dataclass(frozen=True)
class Rewritten:
    """`code` says why the text is the one that was sent, None when all went well."""

    text: str
    code: str | None = None
