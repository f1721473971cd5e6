"""The sentences of a passage as its page shows them: plain text, never Markdown."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from markdown_it.token import Token

from glossator.domain.answering.proof.sentences import sentences
from glossator.domain.book.pages.markdown import Environment, block_tokens, book_markdown, visible_text
from glossator.domain.book.passages import Passage

CACHED_PASSAGES: Final = 512

Kind = Literal["prose", "row", "code"]
# A link whose address is defined elsewhere on the page.
_REFERENCE: Final = re.compile(r"\[([^\[\]]+)\]\[[^\[\]]*\]")


@dataclass(frozen=True)
class PassageSentence:
    """`text` is one line, except for code. Sentences of one paragraph, list item or table row share `block`."""

    text: str
    kind: Kind
    block: int


def passage_sentences(passage: Passage) -> tuple[PassageSentence, ...]:
    return _cached_sentences(passage.hash, passage.text)


@lru_cache(maxsize=CACHED_PASSAGES)
def _cached_sentences(_hash: str, text: str) -> tuple[PassageSentence, ...]:
    return tuple(read_sentences(text))


def read_sentences(text: str) -> Iterator[PassageSentence]:
    markdown, env = book_markdown(), Environment()
    tokens = block_tokens(markdown, text, env)
    for number, (kind, content) in enumerate(_blocks(tokens)):
        if kind == "code":
            yield PassageSentence(content, kind, number)
            continue
        inline = (child for token in markdown.parseInline(content, env) for child in token.children or ())
        shown = one_line(_REFERENCE.sub(r"\1", "".join(map(visible_text, inline))))
        for span in sentences(shown):
            yield PassageSentence(shown[span.start : span.end], kind, number)


def _blocks(tokens: Sequence[Token]) -> Iterator[tuple[Kind, str]]:
    row: list[str] = []
    for at, token in enumerate(tokens):
        if token.type in {"fence", "code_block"}:
            yield "code", token.content.rstrip("\n")
        elif token.type == "inline" and tokens[at - 1].type in {"th_open", "td_open"}:
            row.append(token.content)
        elif token.type == "tr_close" and row:
            yield "row", " - ".join(cell for cell in row if cell.strip())
            row = []
        elif token.type == "inline" and tokens[at - 1].type != "heading_open":
            yield "prose", token.content


def one_line(text: str) -> str:
    return " ".join(text.split())
