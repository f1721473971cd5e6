"""The sentences of a passage as its page shows them: plain text, never Markdown."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from markdown_it.token import Token

from glossator.domain.answering.proof.code import with_opening_fence
from glossator.domain.answering.proof.sentences import sentences
from glossator.domain.answering.question import Span
from glossator.domain.book.pages.markdown import Environment, block_tokens, book_markdown, visible_text
from glossator.domain.book.passages import Passage

CACHED_PASSAGES: Final = 512

Kind = Literal["prose", "row", "code"]
# Links whose address is defined elsewhere on the page: `[text][name]`, and code alone in brackets.
_REFERENCE: Final = re.compile(r"\[([^\[\]]+)\]\[[^\[\]]*\]")
_CODE_REFERENCE: Final = re.compile(r"\[(`[^`\]]+`)\](?![(\[])")


@dataclass(frozen=True)
class PassageSentence:
    """`text` is one line, except for code. Sentences of one paragraph, list item or table row share `block`.

    `item` is true in a list.
    """

    text: str
    kind: Kind
    block: int
    item: bool = False


def passage_sentences(passage: Passage) -> tuple[PassageSentence, ...]:
    return _cached_sentences(passage.hash, passage.text)


@lru_cache(maxsize=CACHED_PASSAGES)
def _cached_sentences(_hash: str, text: str) -> tuple[PassageSentence, ...]:
    return tuple(read_sentences(text))


def read_sentences(text: str) -> Iterator[PassageSentence]:
    markdown, env = book_markdown(), Environment()
    tokens = block_tokens(markdown, with_opening_fence(text), env)
    for number, (kind, content, item) in enumerate(_blocks(tokens)):
        if kind == "code":
            yield PassageSentence(content, kind, number)
            continue
        inline = markdown.parseInline(_CODE_REFERENCE.sub(r"\1", content), env)
        children = (child for token in inline for child in token.children or () if child.type != "image")
        shown = one_line(_REFERENCE.sub(r"\1", "".join(map(visible_text, children))))
        for span in [Span(0, len(shown))] if kind == "row" and shown else sentences(shown):
            yield PassageSentence(shown[span.start : span.end], kind, number, item)


def _blocks(tokens: Sequence[Token]) -> Iterator[tuple[Kind, str, bool]]:
    """Each block's kind, content, and whether it is in a list."""
    row: list[str] = []
    lists = 0
    for at, token in enumerate(tokens):
        lists += token.nesting if token.type.startswith("list_item") else 0
        if token.type in {"fence", "code_block"}:
            if token.content.strip():
                yield "code", token.content.rstrip("\n"), False
        elif token.type == "inline" and tokens[at - 1].type in {"th_open", "td_open"}:
            row.append(token.content)
        elif token.type == "tr_close" and row:
            yield "row", " - ".join(cell for cell in row if cell.strip()), False
            row = []
        elif token.type == "inline" and tokens[at - 1].type != "heading_open":
            yield "prose", token.content, lists > 0


def one_line(text: str) -> str:
    return " ".join(text.split())
