"""Writes quoted sentences as Markdown: paragraphs and lists, one `[number]` at the end of each run, code after them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from glossator.domain.answering.quoting.quotable import Line, depends, is_sentence, is_term, lacks_subject

_MARKUP: Final = re.compile(r"[\\`*\[\]<]|(?<![^\W_])_|_(?![^\W_])|~(?=~)|(?<=~)~|^[#>+-]|&(?=#?\w+;)")
_LIST_NUMBER: Final = re.compile(r"^(\d+)([.)])(?=\s)")
_MARKS_AT_END: Final = "?!:. \u061f\uff1f"


@dataclass(frozen=True)
class Quotation:
    """Markdown with the `[number]` of each run, and the sentences in the order in which they are written."""

    text: str = ""
    lines: tuple[Line, ...] = ()


def written_quotation(lines: Sequence[Line], code: Line | None) -> Quotation:
    """Code comes right after the sentence before it, else after the last one of its piece."""
    written: list[str] = []
    for number in dict.fromkeys(line.piece.number for line in lines):
        run = [line for line in lines if line.piece.number == number]
        if code is None or code.piece.number != number:
            written += _paragraphs(run)
            continue
        introduces = any(line.order == code.order - 1 for line in run)
        before = [line for line in run if line.order < code.order] if introduces else run
        written += [*_paragraphs(before), _fenced(code.text), *_paragraphs(run[len(before) :])]
    return Quotation("\n\n".join(written), tuple(lines))


def _fenced(code: str) -> str:
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", code)), default=0))
    return f"{fence}\n{code}\n{fence}"


def _paragraphs(run: Sequence[Line]) -> list[str]:
    """Sentences, and under them the items of a list; a sentence after a list begins a paragraph."""
    paragraphs: list[str] = []
    previous: Line | None = None
    for line in run:
        text = escaped(line.text)
        if previous is not None and is_term(previous):
            paragraphs[-1] += f" {text}"
        elif is_term(line):
            paragraphs.append(f"**{text}**:")
        elif previous is None or (_is_item(previous) and not _is_item(line)):
            paragraphs.append(_introduced(line, text))
        elif _is_item(line) and not _same_block(line, previous):
            paragraphs[-1] += f"\n- {text}"
        else:
            paragraphs[-1] += f" {text}"
        previous = line
    return [f"{_as_list(paragraph)} [{run[0].piece.number}]" for paragraph in paragraphs]


def _introduced(line: Line, text: str) -> str:
    """A sentence that says nothing without its heading, after it; a colon replaces the heading's own mark."""
    heading = " ".join(line.passage.headings[-1:]).rstrip(_MARKS_AT_END)
    needed = lacks_subject(line.text) or (line.order == 0 and depends(line.text))
    return f"**{escaped(heading)}**: {text}" if heading and needed else text


def _as_list(paragraph: str) -> str:
    """With a mark for its first item too, where the paragraph begins with one."""
    first, *items = paragraph.split("\n- ")
    return f"- {paragraph}" if items and not first.endswith((":", ".", "\u2026")) else paragraph


def _is_item(line: Line) -> bool:
    return line.is_listed or (not is_sentence(line.text) and not line.text.endswith(":"))


def _same_block(one: Line, other: Line) -> bool:
    return one.passage is other.passage and one.sentence.block == other.sentence.block


def escaped(text: str) -> str:
    """Plain text as Markdown that shows it unchanged."""
    return _LIST_NUMBER.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", text))
