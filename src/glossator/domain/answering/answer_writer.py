"""Converts the model's text to the response: detects NOT_IN_BOOK, removes invalid citations, applies the format."""

from collections.abc import Set

from glossator.domain.answering.link_filter import LinkFilter
from glossator.domain.answering.plain_text import BlockWriter, plain_text
from glossator.domain.answering.prompt import NOT_IN_BOOK
from glossator.domain.answering.question import Format


class AnswerWriter:
    """`feed` takes the deltas of the model; `response` is the text returned so far."""

    def __init__(self, numbers: Set[int], style: Format, base_url: str) -> None:
        self._filter = LinkFilter(numbers, base_url)
        self._blocks = BlockWriter(plain_text) if style == "text" else None
        self._opening = ""
        self._opening_read = False
        self.declined = False
        self.response = ""

    @property
    def cited(self) -> Set[int]:
        return self._filter.cited

    def feed(self, text: str) -> str:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if not self._opening_read:
            self._opening += text
            opening = self._opening.lstrip()
            if NOT_IN_BOOK.startswith(opening):
                return ""
            text = self._read_opening(opening)
        return self._format(self._filter.feed(text))

    def flush(self) -> str:
        rest = "" if self._opening_read else self._read_opening(self._opening.lstrip())
        text = self._format(self._filter.feed(rest) + self._filter.flush())
        if self._blocks:
            tail = self._blocks.flush()
            self.response += tail
            text += tail
        return text

    def _read_opening(self, opening: str) -> str:
        self._opening_read = True
        self.declined = opening.startswith(NOT_IN_BOOK.rstrip(":"))
        return opening.removeprefix(NOT_IN_BOOK.rstrip(":")).lstrip(": ") if self.declined else opening

    def _format(self, text: str) -> str:
        formatted = self._blocks.feed(text) if self._blocks else text
        self.response += formatted
        return formatted
