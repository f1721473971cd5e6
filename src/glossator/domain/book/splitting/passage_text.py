"""The text of a passage: its part of the page's source, without what only a parser of Markdown needs.

Escapes outside code and formulas become plain characters, and the marks of groups are removed. If plain characters
would be read as markup (`\\_\\_init\\_\\_`), the word becomes a code span.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from glossator.domain.book.pages.blocks import GROUP_MARK, VERBATIM, Block
from glossator.domain.book.pages.dialect.block_rules import GROUP, TAGS
from glossator.domain.book.pages.inline_spans import inline_spans

GROUP_LINES = re.compile(rf"(?:\n{{0,2}}^[ \t>]*{GROUP.pattern}$\n{{0,2}})+", re.MULTILINE)
DEFINITION = re.compile(r"\n{0,2}^[ \t>]*\[[^\]\n]+\]:[^\n]*(?:\n[ \t]+[\"'(<][^\n]*)?$", re.MULTILINE)
"""The definition of a link, in the text between blocks."""
TAG_LINES = re.compile(rf"\n{{0,2}}^[ \t>]*{TAGS.pattern}[ \t]*$\n{{0,2}}", re.MULTILINE)
HEADING_ID = re.compile(r"(?<![ \t])[ \t]*\{#[^{}\s]*\}\s*\Z")
MAX_ADDRESS = 500
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
ESCAPED_IN_TABLE = re.compile(r"\\([!-/:-@\[-`{}~])")
WORD_OR_ESCAPES = re.compile(
    r"(?<![\w.:/=+-])(?P<word>[\w.:/=+-]*+(?:\\[*_<>\[\]~$][\w.:/=+-]*+)+)"
    r"|\\[!-/:-@\[-`{-~](?>\\[!-#%-)+-/:;=?@\\^`{-}])*+"
)
"""A word with a mark that could become markup, or other escaped marks."""
UNSAFE = re.compile(r"(?<!\w)_|_(?!\w)|\*(?=\S)|(?<=\S)\*|<(?=[A-Za-z/!?])|~~|\$(?!\d)")


@dataclass(frozen=True)
class PassageText:
    """Makes the texts of one page's passages, which are not longer than `limit`.

    `escaped` tells whether the page has escapes. In a `published` page every mark is escaped, also inside formulas,
    because its reader escaped the text.
    """

    source: str
    limit: int
    escaped: bool
    published: bool

    def __call__(self, pieces: Sequence[Block]) -> str:
        """`pieces` are neighbours. Code spans make a text longer, so that a passage may have no room for them."""
        text = self._text(pieces, code_spans=not self.published)
        return text if len(text) <= self.limit else self._text(pieces, code_spans=False)

    def _text(self, pieces: Sequence[Block], *, code_spans: bool) -> str:
        header = pieces[0].header
        parts = [self._plain(self.source[slice(*header)], Escapes(code_spans, in_table=True)) + "\n"] if header else []
        position = pieces[0].start
        for leaf in leaves(pieces):
            between = self.source[position : leaf.start]
            parts.append(between if between.isspace() else without_marks(between))
            text = self.source[leaf.start : leaf.end]
            text = HEADING_ID.sub("", text) if leaf.kind == "heading" else text
            verbatim = leaf.kind in VERBATIM - {"table"}
            parts.append(text if verbatim else self._plain(text, Escapes(code_spans, leaf.kind == "table")))
            position = leaf.end
        return "".join(parts).strip("\n").rstrip()

    def _plain(self, text: str, escapes: "Escapes") -> str:
        if not self.escaped or "\\" not in text:
            return text
        parts, position = [], 0
        for span in inline_spans(text):
            if span.kind != "link":
                inside = text[span.start : span.end]
                escaped = span.kind == "math" and (self.published or inside.startswith("\\\\"))
                parts.append(escapes.remove(text[position : span.start]))
                parts.append(without_escapes(inside) if escaped else inside)
                position = span.end
        return "".join(parts) + escapes.remove(text[position:])


@dataclass(frozen=True)
class Escapes:
    """`code_spans`: words that would become markup are put into code spans."""

    code_spans: bool
    in_table: bool

    def remove(self, text: str) -> str:
        return WORD_OR_ESCAPES.sub(self._plain, text)

    def _plain(self, found: re.Match[str]) -> str:
        plain = without_escapes(found[0], in_table=self.in_table)
        if not self.code_spans or not found["word"] or not UNSAFE.search(plain) or is_in_address(found):
            return plain
        word = plain.rstrip(".:")
        return f"`{word}`{plain[len(word) :]}"


def without_escapes(text: str, *, in_table: bool = False) -> str:
    """In a table the escaped `|` stays. Splitting is faster than substitution."""
    return "".join((ESCAPED_IN_TABLE if in_table else ESCAPED).split(text))


def is_in_address(found: re.Match[str]) -> bool:
    """Whether the match is in the address of a link."""
    before = found.string[max(0, found.start() - MAX_ADDRESS) : found.start()]
    return before.rfind("](") > before.rfind(")")


def without_marks(between: str) -> str:
    """The white space between two blocks, without marks of groups, definitions of links and lines of tags."""
    text = DEFINITION.sub("", GROUP_LINES.sub("\n\n", between))
    return TAG_LINES.sub("\n\n", text) if "<" in text else text


def leaves(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        if block.parts or block.uncut:
            yield from leaves(block.parts or block.uncut)
        elif block.kind != GROUP_MARK:
            yield block
