"""The text of a passage: its part of the page's source, without what only a parser of Markdown needs.

Escapes outside code and formulas become plain characters, and the marks of groups are removed. If plain characters
would be read as markup (`\\_\\_init\\_\\_`), the word becomes a code span.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt

from glossator.domain.book.pages.blocks import GROUP_MARK, VERBATIM, Block
from glossator.domain.book.pages.dialect import GROUP
from glossator.domain.book.pages.inline_spans import inline_spans
from glossator.domain.book.pages.markdown import inline_text

GROUP_LINES = re.compile(rf"(?:\n{{0,2}}^{GROUP.pattern}$\n{{0,2}})+", re.MULTILINE)
DEFINITION = re.compile(r"\n{0,2}^[ \t>]*\[[^\]\n]+\]:[^\n]*(?:\n[ \t]+[\"'(<][^\n]*)?$", re.MULTILINE)
"""The definition of a link, in the text between blocks."""
RISKY = re.compile(r"\\[*_`<\[\]~$]")
RISKY_WORD = re.compile(r"[^\s`\\]*\\[*_<\[\]~$](?:[^\s`]*[^\s`.,;:!?)])?")
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


@dataclass(frozen=True)
class PassageText:
    """Makes the texts of one page's passages.

    `markdown` parses the page's inline markup, and `plain_markdown` that of passages; both are None for plain text. In
    a `published` page every mark is escaped, also inside formulas, because its reader escaped the text.
    """

    source: str
    markdown: MarkdownIt | None
    plain_markdown: MarkdownIt | None
    published: bool

    def __call__(self, pieces: Sequence[Block]) -> str:
        """`pieces` are neighbours."""
        header = pieces[0].header
        parts = [self._plain(self.source[slice(*header)], in_table=True) + "\n"] if header else []
        position = pieces[0].start
        for leaf in leaves(pieces):
            between = self.source[position : leaf.start]
            parts.append(between if between.isspace() else DEFINITION.sub("", GROUP_LINES.sub("\n\n", between)))
            text = self.source[leaf.start : leaf.end]
            verbatim = leaf.kind in VERBATIM - {"table"}
            parts.append(text if verbatim else self._plain(text, in_table=leaf.kind == "table"))
            position = leaf.end
        return "".join(parts).strip("\n").rstrip()

    def _plain(self, text: str, *, in_table: bool) -> str:
        if self.markdown is None or "\\" not in text:
            return text
        plain = without_escapes(text, published=self.published, in_table=in_table)
        if self.published or in_table or not RISKY.search(text):
            return plain
        shown = shown_text(self.markdown, text)
        if self._shown_without_escapes(plain) != shown:
            plain = without_escapes(RISKY_WORD.sub(self._safe_word, text), published=False, in_table=False)
        if self._shown_without_escapes(plain) != shown:
            plain = without_escapes(RISKY_WORD.sub(code_span, text), published=False, in_table=False)
        return plain if len(plain) <= len(text) else text

    def _shown_without_escapes(self, text: str) -> str:
        return shown_text(self.plain_markdown, text)

    def _safe_word(self, found: re.Match[str]) -> str:
        plain = ESCAPED.sub(r"\g<1>", found[0])
        same = self._shown_without_escapes(plain) == shown_text(self.markdown, found[0])
        return found[0] if same else code_span(found)


def shown_text(markdown: MarkdownIt | None, text: str) -> str:
    return inline_text(markdown, text, {}) if markdown else text


def leaves(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        if block.parts or block.uncut:
            yield from leaves(block.parts or block.uncut)
        elif block.kind != GROUP_MARK:
            yield block


def without_escapes(text: str, *, published: bool, in_table: bool) -> str:
    parts, position = [], 0
    for span in inline_spans(text):
        escaped_formula = span.kind == "math" and (published or text.startswith("\\\\", span.start))
        if span.kind == "escape" and not (in_table and text[span.start + 1] == "|"):
            parts.append(text[position : span.start])
            position = span.start + 1
        elif escaped_formula:
            parts += [text[position : span.start], ESCAPED.sub(r"\g<1>", text[span.start : span.end])]
            position = span.end
    return "".join(parts) + text[position:]


def code_span(found: re.Match[str]) -> str:
    plain = ESCAPED.sub(r"\g<1>", found[0])
    return f"`{plain}`"
