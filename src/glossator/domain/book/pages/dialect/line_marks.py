"""Reads the marks of site generators that lines have, outside code, before the other markup.

- `::: code-group` of VitePress: code with a label (```` ```js [config.js] ````) becomes a group.
- An alert (`> [!NOTE]`) of GitHub becomes a quotation with its title.
- Directives of MyST (```` ```{note} ```` or `:::{note}`) become admonitions, groups or code; lists of pages go.
- Attribute lists (`{: .class }`, `{ .class }`) are dropped; the id after a heading becomes the heading's.
- Dropped are icons (`:material-check:`) for MkDocs, comments (`% text`) for Sphinx, expressions (`{{ x }}`) for
  VitePress, and the marks of preprocessors (`{{#name x}}`, `{{%name x}}`) for mdBook.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from glossator.domain.book.pages.dialect.generators import Dialect
from glossator.domain.book.pages.dialect.tab_blocks import FENCE, label

CODE_GROUP: Final = re.compile(r"[ \t]*:{3,}[ \t]*code-group\b.*")
CODE_LABEL: Final = re.compile(r"[^\[\]`]*\[(?P<label>[^\[\]]+)\][^\[\]`]*")
COLONS: Final = re.compile(r"[ \t]*:{3,}[ \t]*")
ALERT: Final = re.compile(r"(?P<quote>[ \t]*>[> \t]*)\[!(?P<kind>[A-Za-z]+)\][+-]?[ \t]*(?P<title>[^\n]*)")
ATTRIBUTES: Final = re.compile(r"[ \t]*\{(?::|(?=[ \t]*(?:[.#][\w-]|[\w-]+=[\"'])))[ \t]*(?P<list>[^{}\n]*)\}[ \t]*")
ATTRIBUTE_ID: Final = re.compile(r"(?:^|\s)#([^\s#]+)")
HEADING: Final = re.compile(r"#{1,6}[ \t].*")
DIRECTIVE: Final = re.compile(
    r"(?P<indent>[ \t]*)(?P<mark>`{3,}|~{3,}|:{3,})[ \t]*\{(?P<name>[A-Za-z][\w:+-]*)\}[ \t]*(?P<argument>.*)"
)
OPTION: Final = re.compile(r"[ \t]*:[\w-]+:.*")
SPAN: Final = r"(?<!`)(?P<span>`++)[^`\n]*(?P=span)(?!`)"
INLINE_ATTRIBUTES: Final = (
    r"|(?<=[)*_`~\]>])\{:[^{}\n]*\}|(?<=[)*`~\]>])\{[ ]?[.#][A-Za-z][^{}\n]*\}|(?<=\))\{[ ]?[\w-]+=[\"'\w][^{}\n]*\}"
)
ICON: Final = r"|:(?:fontawesome|material|octicons|simple)-[a-z0-9-]+:(?:\{[^{}\n]*\})?[ \t]?"
UNSEEN: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType({
    "mkdocs": re.compile(SPAN + ICON + INLINE_ATTRIBUTES),
    "jekyll": re.compile(SPAN + INLINE_ATTRIBUTES),
    "sphinx": re.compile(SPAN + INLINE_ATTRIBUTES),
    "vitepress": re.compile(SPAN + r"|\{\{(?![<%{#*])[^{}\n]{0,300}\}\}"),
    "mdbook": re.compile(SPAN + r"|\{\{[#%][^{}\n]{0,300}\}\}"),
})  # fmt: skip
"""Code spans, and what readers of each generator's pages do not see."""
CODE: Final = frozenset({"code", "code-block", "code-cell", "sourcecode", "prompt", "parsed-literal", "doctest"})
DROPPED: Final = frozenset({
    "toctree", "contents", "index", "meta", "raw", "bibliography", "only", "include", "highlight", "image",
    "tableofcontents", "exercise-start", "exercise-end", "solution-start", "solution-end",
})  # fmt: skip
CONTAINERS: Final = frozenset({
    "tab-set", "tab-set-code", "grid", "grid-item", "div", "container", "tabs", "sidebar", "figure", "figure-md",
    "list-table", "table", "epigraph", "pull-quote", "margin", "aside",
})  # fmt: skip
PROSE: Final = frozenset({
    "note", "warning", "tip", "important", "caution", "danger", "attention", "hint", "error", "seealso", "admonition",
    "dropdown", "card", "grid-item-card", "details", "topic", "versionadded", "versionchanged", "deprecated", "todo",
    "exercise", "solution", "proof", "theorem", "definition", "lemma", "corollary", "example", "remark", "algorithm",
    "axiom", "conjecture", "criterion", "property", "observation", "proposition", "assumption", "notation",
})  # fmt: skip
TABS: Final = frozenset({"tab-item", "tab"})
MATH: Final = "math"
OF_PROOFS: Final = "prf:"


@dataclass(frozen=True)
class OpenDirective:
    """`closing` are the lines in place of the line with the closing mark.

    The lines between are kept as `text` or as they are (`verbatim`), or dropped.
    """

    mark: str
    closing: tuple[str, ...]
    lines: Literal["text", "verbatim", "dropped"] = "text"


def read_line_marks(lines: Sequence[str], dialect: Dialect) -> list[str]:
    return [*LineReader(lines, dialect).read()]


class LineReader:
    """`_fence` is the mark of the code block that is open, or ""; `_named` tells whether it has a label."""

    def __init__(self, lines: Sequence[str], dialect: Dialect) -> None:
        self._lines = lines
        self._generator = dialect.generator
        self._unseen = UNSEEN.get(dialect.generator)
        self._fence = ""
        self._named = False
        self._in_codes = False
        self._directives: list[OpenDirective] = []
        self._at = 0

    def read(self) -> Iterator[str]:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            self._at += 1
            yield from self._code(line) if self._fence else self._line(line)
        for directive in reversed(self._directives):
            yield from directive.closing

    def _code(self, line: str) -> Iterator[str]:
        found = FENCE.match(line)
        yield line
        if found and found["mark"].startswith(self._fence) and not found["rest"].strip():
            self._fence = ""
            yield from ["", ":::end", ""] if self._named else []
            self._named = False

    def _line(self, line: str) -> Iterator[str]:
        if self._closes(line):
            yield from self._directives.pop().closing
        elif self._directives and self._directives[-1].lines != "text":
            yield from [line] if self._directives[-1].lines == "verbatim" else []
        elif (directive := DIRECTIVE.fullmatch(line)) and is_known(directive):
            yield from self._directive(directive)
        elif found := FENCE.match(line):
            yield from self._open_code(line, found)
        elif CODE_GROUP.fullmatch(line):
            self._in_codes = True
        elif self._in_codes and COLONS.fullmatch(line):
            self._in_codes = False
        else:
            yield from self._text(line)

    def _closes(self, line: str) -> bool:
        mark = line.strip()
        return bool(self._directives) and mark.startswith(self._directives[-1].mark) and len(set(mark)) == 1

    def _open_code(self, line: str, found: re.Match[str]) -> Iterator[str]:
        self._fence = found["mark"]
        named = CODE_LABEL.fullmatch(found["rest"]) if self._in_codes else None
        if named:
            self._named = True
            yield from label("", named["label"])
        yield line

    def _directive(self, found: re.Match[str]) -> Iterator[str]:
        indent, mark, argument = found["indent"], found["mark"], found["argument"].strip()
        name = found["name"].removeprefix(OF_PROOFS)
        while self._at < len(self._lines) and OPTION.fullmatch(self._lines[self._at]):
            self._at += 1
        self._at += not "".join(self._lines[self._at : self._at + 1]).strip()
        if name == MATH:
            self._directives.append(OpenDirective(mark, (f"{indent}$$", ""), "verbatim"))
            yield from ("", f"{indent}$$", *([argument] if argument else ()))
        elif name in CODE:
            fence = mark.replace(":", "`")
            self._directives.append(OpenDirective(mark, (f"{indent}{fence}",), "verbatim"))
            yield f"{indent}{fence}{argument}"
        elif name in DROPPED:
            self._directives.append(OpenDirective(mark, (), "dropped"))
        elif name in CONTAINERS:
            self._directives.append(OpenDirective(mark, ("",)))
        elif name in TABS:
            self._directives.append(OpenDirective(mark, ("", f"{indent}:::end", "")))
            yield from label(indent, argument)
        else:
            title = "" if name == "solution" else argument
            self._directives.append(OpenDirective(mark, ("", f"{indent}:::", "")))
            yield from ("", f"{indent}:::{name}[{title}]" if title else f"{indent}:::{name}", "")

    def _text(self, line: str) -> Iterator[str]:
        following = ATTRIBUTES.fullmatch(self._lines[self._at]) if self._at < len(self._lines) else None
        if alert := ALERT.fullmatch(line):
            quote = alert["quote"].rstrip()
            yield from (f"{quote} **{alert['title'] or alert['kind'].capitalize()}**", quote)
        elif following and following["list"].strip() == "toc":
            self._at += 1
        elif following and HEADING.fullmatch(line) and (named := ATTRIBUTE_ID.search(following["list"])):
            self._at += 1
            yield f"{line.rstrip()} {{#{named[1]}}}"
        elif not ATTRIBUTES.fullmatch(line):
            yield from self._of_generator(line)

    def _of_generator(self, line: str) -> Iterator[str]:
        if self._generator != "sphinx" or not line.startswith("% "):
            yield self._unseen.sub(lambda found: found[0] if found["span"] else "", line) if self._unseen else line


def is_known(directive: re.Match[str]) -> bool:
    """Every directive with colons holds text; one with backticks may be code of an unknown kind."""
    if directive["mark"][0] == "`" in directive["argument"]:
        return False
    name = directive["name"].removeprefix(OF_PROOFS)
    return directive["mark"][0] == ":" or name == MATH or name in CODE | DROPPED | CONTAINERS | PROSE | TABS
