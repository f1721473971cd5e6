"""A request to rewrite texts, and the result for each text."""

from dataclasses import dataclass, field
from typing import Final, Literal

from glossator.domain.fences import notes

Level = Literal["beginner", "intermediate", "advanced", "pro"]
UNCHANGED_LEVELS: Final = frozenset({"advanced", "pro"})
"""The book is written for these levels, so its texts stay as they are."""


@dataclass(frozen=True)
class ReaderNotes:
    """What a signed-in reader's profile says: quoted as data, never followed as an instruction."""

    account_id: str
    hardware: str = field(default="", repr=False)
    background: str = field(default="", repr=False)

    @property
    def quoted(self) -> str:
        """Empty if the profile says nothing."""
        return notes((("Hardware", self.hardware), ("Background", self.background)))


@dataclass(frozen=True)
class RewriteRequest:
    """`target` is a BCP 47 language tag or a level. `reader` is None if the result is the same for every reader."""

    kind: Literal["translate", "adjust"]
    target: str
    reader: ReaderNotes | None = None

    @property
    def language(self) -> str | None:
        return self.target if self.kind == "translate" else None

    @property
    def owner(self) -> str | None:
        """The only account that may see the result; None if every reader may."""
        return self.reader.account_id if self.reader else None

    @property
    def changes_nothing(self) -> bool:
        return self.kind == "adjust" and self.target in UNCHANGED_LEVELS


def translation(language: str) -> RewriteRequest:
    return RewriteRequest("translate", language)


def adjustment(level: Level, reader: ReaderNotes | None = None) -> RewriteRequest:
    """A reader with an empty profile gets the same text as everyone else."""
    return RewriteRequest("adjust", level, reader if reader and reader.quoted else None)


@dataclass(frozen=True)
class Rewritten:
    """`code` says why the text came back unchanged; None means success."""

    text: str
    code: str | None = None
