"""Converts the model's text to the response: detects NOT_IN_BOOK, then parses the Markdown and writes it again.

The response contains no link and no image that leaves the book, and no citation number that was not retrieved.
"""

import re
from collections.abc import Set
from typing import Final

from glossator.domain.answering.prompt import NOT_IN_BOOK
from glossator.domain.answering.question import Format
from glossator.domain.answering.writing.block_writer import BlockWriter
from glossator.domain.answering.writing.blocks import BlockReader
from glossator.domain.answering.writing.inline import InlineReader
from glossator.domain.answering.writing.styles import MarkdownStyle, PlainTextStyle

# Text is parsed after at least this many new characters.
BATCH: Final = 32
MAX_HELD: Final = 300
# Text without these needs no parser.
_MARK: Final = re.compile(r"[\\`*_\[\]<>!&~\r\n]")
_REPLACED: Final = str.maketrans({"\0": "\N{REPLACEMENT CHARACTER}", "\r": "\n"})


class AnswerWriter:
    """`feed` takes the deltas of the model; `response` is the text returned so far.

    At most `MAX_HELD` characters are held back. A construct that is still open then becomes text.
    """

    def __init__(self, numbers: Set[int], style: Format, base_url: str) -> None:
        styles = PlainTextStyle() if style == "text" else MarkdownStyle()
        self._writer = BlockWriter(InlineReader(numbers, base_url), styles)
        self._reader = BlockReader(self._writer)
        self._batch = ""
        self._opening_read = False
        self._taken: list[str] = []
        self.declined = False

    @property
    def response(self) -> str:
        return "".join(self._taken)

    def feed(self, text: str) -> str:
        self._batch += text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if not self._opening_read:
            self._batch = self._batch.lstrip()
            if NOT_IN_BOOK.startswith(self._batch):
                return ""
            self._read_opening()
        is_first = not (self._taken or self._reader.held)
        is_plain = (self._reader.streams or is_first) and not _MARK.search(self._batch)
        return self._read() if is_plain or len(self._batch) >= BATCH else ""

    def flush(self) -> str:
        if not self._opening_read:
            self._read_opening()
        self._reader.feed(_normalize_line_ends(self._batch))
        self._batch = ""
        self._reader.flush()
        return self._take()

    def _read_opening(self) -> None:
        self._opening_read = True
        mark = NOT_IN_BOOK.rstrip(":")
        self.declined = self._batch.startswith(mark)
        self._batch = self._batch.removeprefix(mark).lstrip(": ") if self.declined else self._batch

    def _read(self) -> str:
        """Keeps a carriage return for the next batch, since a line feed may follow."""
        text, self._batch = (self._batch[:-1], "\r") if self._batch.endswith("\r") else (self._batch, "")
        self._reader.feed(_normalize_line_ends(text))
        limit = MAX_HELD - BATCH
        self._writer.advance(limit - self._reader.held)
        if self._reader.held + self._writer.held > limit:
            self._reader.force()
            self._writer.advance(limit)
        return self._take()

    def _take(self) -> str:
        text = self._writer.take()
        if text:
            self._taken.append(text)
        return text


def _normalize_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").translate(_REPLACED)
