"""From the model's raw text to what is shown: the mark for "not in the book", bad citations, the wanted format."""

from collections.abc import Set

from glossator.domain.answering.link_filter import LinkFilter
from glossator.domain.answering.plain_text import BlockWriter, plain_text
from glossator.domain.answering.prompt import NOT_IN_BOOK
from glossator.domain.answering.question import Format


class AnswerWriter:
    """Fed with deltas; `response` is everything that was given out."""

    def __init__(self, numbers: Set[int], style: Format, base_url: str) -> None:
        self._filter = LinkFilter(numbers, base_url)
        self._blocks = BlockWriter(plain_text) if style == "text" else None
        self._opening = ""
        self._decided = False
        self.declined = False
        self.response = ""

    @property
    def cited(self) -> Set[int]:
        return self._filter.cited

    def feed(self, text: str) -> str:
        if not self._decided:
            self._opening += text
            opening = self._opening.lstrip()
            if NOT_IN_BOOK.startswith(opening):
                return ""
            text = self._decide(opening)
        return self._show(self._filter.feed(text))

    def flush(self) -> str:
        rest = "" if self._decided else self._decide(self._opening.lstrip())
        shown = self._show(self._filter.feed(rest) + self._filter.flush())
        if self._blocks:
            tail = self._blocks.flush()
            self.response += tail
            shown += tail
        return shown

    def _decide(self, opening: str) -> str:
        self._decided = True
        self.declined = opening.startswith(NOT_IN_BOOK.rstrip(":"))
        return opening.removeprefix(NOT_IN_BOOK.rstrip(":")).lstrip(": ") if self.declined else opening

    def _show(self, text: str) -> str:
        shown = self._blocks.feed(text) if self._blocks else text
        self.response += shown
        return shown
