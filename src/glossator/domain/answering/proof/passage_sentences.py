"""The sentences of a passage as its page shows them: plain text, never Markdown."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import count, islice, pairwise, takewhile
from typing import Final, Literal

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.token import Token

from glossator.domain.answering.language import language_of
from glossator.domain.answering.proof.sentences import sentences
from glossator.domain.answering.question import TextSpan
from glossator.domain.book.pages.formats import MARKDOWN, PageFormat, format_of
from glossator.domain.book.pages.markdown import MarkdownEnvironment, block_tokens, shared_markdown, visible_text
from glossator.domain.book.passages import Passage
from glossator.domain.book.words import different_words

CACHED_PASSAGES: Final = 512
# What code looks like where its fence is not in the text.
CODE_SHARE: Final = 0.6
CODE_SHARE_BEFORE_FENCE: Final = 0.4
_ANY_FENCE: Final = re.compile(r"^[ \t]*(?:`{3,}|~{3,})[ \t]*(.*)$")
_LIST_OR_HEADING: Final = re.compile(r"^\s*(?:[-*+>|]|\d+[.)]|#{1,6}|:{3,}|!!!|===|<)(?:\s|\w|$)")
_PROSE_LINE: Final = re.compile(r"[a-z]{2}[.!?:,]$|^[A-Z][a-z]+ (?:[a-z]+ ){3}")
_CODE_LINE: Final = re.compile(
    r"^\s{4,}\S|^\t|[({\[;]$|^\s*[)}\]]+[,;:]?$|^\s*(?:@\w|#!|//|\$ |>>> |\"{3})|\w\(.*\):?;?$|\s=>?\s|^\s*\w+=\S"
    r"|^\s*(?:async def|def \w+\(|class \w+\W|return|import \w+$|from \S+ import|await \S+$|yield|assert|const|let|var"
    r"|function|export|elif|if .*:$|for .*:$|with .*:$|try:|else:|except\b.*:|#include|SELECT|INSERT)"
)

SentenceKind = Literal["prose", "row", "code"]
_SEPARATORS: Final = frozenset({"admonition", "markup", "math_block", "heading_open"})
_GAPS: Final = frozenset({"image", "math_inline", "math_inline_double", "hardbreak"})
# Links whose address is defined elsewhere on the page: `[text][label]` or `[label][]`, and code alone in brackets.
_REFERENCE: Final = re.compile(r"\[([^\[\]]+)\]\[([^\[\]]*)\]")
_CODE_REFERENCE: Final = re.compile(r"(?<!\])\[(`[^`\]]+`)\](?![(\[])")
_CSS_SPACE: Final = re.compile(r"[ \t\n\r\f]+")
_INLINE_TAG: Final = re.compile(
    r"</?(?:a|abbr|b|cite|code|del|dfn|em|i|ins|kbd|mark|q|s|samp|small|span|strong|sub|sup|u|var)\b", re.IGNORECASE
)
# Text that a site generator may replace: expressions, attributes, footnotes, emoji names, and the brackets of a link.
_REPLACED: Final = re.compile(r"\{\{.*?\}\}|\{[^{}]*\}|\[\^[^\[\]]*\]|\[[ xX]\](?= )|[\[\]]|:[a-z0-9_+-]+:")


@dataclass(frozen=True)
class PassageSentence:
    """`text` is one line, except for code. `number` counts the sentences of the passage from 0.

    Sentences of one paragraph, list item or table row share `block`; blocks with nothing between them on the page have
    consecutive numbers. `item` is true in a list. `parts` are the pieces of the text that every rendering of the page
    has: whole words, without images, formulas and cell borders.
    """

    text: str
    kind: SentenceKind
    block: int
    number: int
    item: bool = False
    parts: tuple[str, ...] = ()

    @cached_property
    def words(self) -> frozenset[str]:
        """Kept with the sentence, which is compared with every question and claim about its passage."""
        return different_words(self.text)


def passage_sentences(passage: Passage) -> tuple[PassageSentence, ...]:
    return _cached_sentences(passage.hash, passage.text, format_of(passage.page))


def passage_language(passage: Passage) -> str:
    return _cached_language(passage.hash, passage.text)


@lru_cache(maxsize=CACHED_PASSAGES)
def _cached_language(_hash: str, text: str) -> str:
    return language_of(text)


@lru_cache(maxsize=CACHED_PASSAGES)
def _cached_sentences(_hash: str, text: str, row: PageFormat) -> tuple[PassageSentence, ...]:
    return tuple(read_sentences(text, row))


def read_sentences(text: str, row: PageFormat = MARKDOWN) -> Iterator[PassageSentence]:
    numbers = count()
    for kind, block, item, shown in _blocks(text, row):
        if kind == "code":
            yield PassageSentence(shown.text, kind, block, next(numbers))
            continue
        for span in [TextSpan(0, len(shown.text))] if kind == "row" else sentences(shown.text):
            found = one_line(shown.text[span.start : span.end])
            if found:
                yield PassageSentence(found, kind, block, next(numbers), item, tuple(shown.parts(span)))


class ShownText:
    """The text of a block. `gaps` are the parts of it that some renderings of the page show otherwise."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self.gaps: list[TextSpan] = []

    def add(self, text: str, *, gap: bool = False) -> None:
        """White space collapses as in a browser, which keeps no-break spaces."""
        start = len(self.text)
        text = _CSS_SPACE.sub(" ", text)
        self.text += text.removeprefix(" ") if not self.text or self.text.endswith(" ") else text
        if gap:
            self.gaps.append(TextSpan(start, len(self.text)))

    def add_token(self, token: Token) -> None:
        """An image is no text, although a browser may show its alternative text."""
        if token.type == "html_inline" and not _INLINE_TAG.match(token.content):
            self.add(" " if token.content.startswith("<br") else "", gap=True)
        elif token.type == "text":
            self._add_text(token.content)
        else:
            self.add("" if token.type == "image" else visible_text(token), gap=token.type in _GAPS)

    def _add_text(self, text: str) -> None:
        position = 0
        for found in _REPLACED.finditer(text):
            self.add(text[position : found.start()])
            self.add(found[0], gap=True)
            position = found.end()
        self.add(text[position:])

    def parts(self, span: TextSpan) -> Iterator[str]:
        """The pieces between the gaps, without words that touch one."""
        gaps = [gap for gap in self.gaps if gap.start < span.end and gap.end > span.start]
        edges = [TextSpan(span.start, span.start), *gaps, TextSpan(span.end, span.end)]
        for left, right in pairwise(edges):
            piece = self.text[left.end : right.start]
            if left.end > span.start and not self._is_separate(left):
                piece = _without_first_word(piece)
            if right.start < span.end and not self._is_separate(right):
                piece = _without_last_word(piece)
            if any(character.isalnum() for character in piece):
                yield piece.strip(" ")

    def _is_separate(self, gap: TextSpan) -> bool:
        """Whether white space surrounds the gap; an empty one needs it on one side only."""
        before, after = self.text[: gap.start][-1:].strip(), self.text[gap.end :][:1].strip()
        inside = self.text[gap.start : gap.end]
        if inside in {" ", "[", "]"}:
            return True
        if not inside.strip():
            return not before or not after
        return (not before or inside[0] == " ") and (not after or inside[-1] == " ")


def _without_first_word(piece: str) -> str:
    return piece if is_unspaced(piece[:1]) else piece.partition(" ")[2]


def _without_last_word(piece: str) -> str:
    return piece if is_unspaced(piece[-1:]) else piece.rpartition(" ")[0]


def is_unspaced(character: str) -> bool:
    """Whether the character is Chinese or Japanese, where words have no space between them."""
    return "\u2e80" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff" or "\uff00" <= character <= "\uffef"


ShownBlock = tuple[SentenceKind, int, bool, ShownText]
"""Its kind and number, whether it is in a list, and its text."""


def _blocks(text: str, row: PageFormat) -> Iterator[ShownBlock]:
    if not row.markdown:
        shown = ShownText()
        shown.add(text)
        yield "prose", 0, False, shown
        return
    markdown, env = shared_markdown(tuple(row.not_in_passages), True), MarkdownEnvironment()
    text = with_opening_fence(text)
    tokens = block_tokens(markdown, text, env)
    _define_references(text, env)
    yield from _token_blocks(markdown, tokens, env)


def _token_blocks(markdown: MarkdownIt, tokens: Sequence[Token], env: MarkdownEnvironment) -> Iterator[ShownBlock]:
    number = lists = 0
    for at, token in enumerate(tokens):
        lists += token.nesting if token.type.startswith("list_item") else 0
        kind, contents = _kind_and_contents(tokens, at)
        shown = ShownText(token.content.rstrip("\n") if kind == "code" else "")
        for content in contents:
            if shown.text:
                shown.add(" - ", gap=True)
            _add_inline(shown, markdown, content, env)
        if kind and shown.text.strip():
            yield kind, number, kind == "prose" and lists > 0, shown
        if kind or token.type in _SEPARATORS:
            number += 1


def _kind_and_contents(tokens: Sequence[Token], at: int) -> tuple[SentenceKind | None, list[str]]:
    """The kind of block that begins with this token, and its inline content: of a row, that of each cell."""
    token = tokens[at]
    if token.type in {"fence", "code_block"}:
        return "code", []
    if token.type == "tr_open":
        row = takewhile(lambda one: one.type != "tr_close", islice(tokens, at, None))
        return "row", [one.content for one in row if one.type == "inline" and one.content.strip()]
    if token.type == "inline" and tokens[at - 1].type not in {"heading_open", "th_open", "td_open"}:
        return "prose", [token.content]
    return None, []


def _add_inline(shown: ShownText, markdown: MarkdownIt, content: str, env: MarkdownEnvironment) -> None:
    for token in markdown.parseInline(_CODE_REFERENCE.sub(r"\1", content), env):
        for child in token.children or ():
            shown.add_token(child)


def _define_references(text: str, env: MarkdownEnvironment) -> None:
    references = env.setdefault("references", {})
    for found in _REFERENCE.finditer(text):
        references.setdefault(normalizeReference(found[2] or found[1]), {"href": "", "title": ""})


def one_line(text: str) -> str:
    return " ".join(text.split())


def looks_like_code(text: str, share: float = CODE_SHARE) -> bool:
    """Whether at least this share of the lines look like code."""
    lines = [line for line in text.split("\n") if line.strip()]
    return bool(lines) and sum(map(_is_code, lines)) >= share * len(lines)


def _is_code(line: str) -> bool:
    return (
        _CODE_LINE.search(line) is not None
        and _LIST_OR_HEADING.match(line) is None
        and _PROSE_LINE.search(line.strip()) is None
    )


def with_opening_fence(text: str) -> str:
    """A passage that begins inside a code block, with the fence that a passage before it has."""
    lines = text.split("\n")
    fences = [(at, found[1]) for at, line in enumerate(lines) if (found := _ANY_FENCE.match(line))]
    if not fences:
        return f"```\n{text}\n```" if looks_like_code(text) else text
    at, info = fences[0]
    before = "\n".join(lines[:at])
    if info.strip() or not before.strip() or not looks_like_code(before, CODE_SHARE_BEFORE_FENCE):
        return text
    opens_at_end = len(fences) % 2 == 0 and bool(fences[-1][1].strip())
    if len(fences) % 2 == 0 and not opens_at_end:
        return text
    return "\n".join(["```", *lines[:at], "```", *lines[at + 1 :]])
