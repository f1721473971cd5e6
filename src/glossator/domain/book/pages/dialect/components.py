"""Turns what readers see in the markup of site generators into text, before a Markdown page is parsed.

- A tab becomes a group with its label: `<TabItem label="...">`, `{{< tab "..." >}}`, `{% tab ... %}`, `=== "..."`,
  `/// tab | ...` and `== ...` in `:::tabs`.
- Titles, captions and descriptions in the attributes of components and shortcodes become paragraphs.
- Shortcodes of Hugo and Liquid are removed, except the address in `{{< ref "page.md" >}}` and code in `highlight`.

Fenced code and code spans are not changed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from glossator.domain.book.pages.dialect.generators import DEFAULT_DIALECT, Dialect
from glossator.domain.book.pages.dialect.line_marks import read_line_marks
from glossator.domain.book.pages.dialect.liquid import read_liquid, uncover
from glossator.domain.book.pages.dialect.tab_blocks import MAX_LIST_LINES, TabBlockReader, in_list, label, split_code
from glossator.domain.book.pages.front_matter import body_start

TAG: Final = re.compile(
    r"(?<!`)(?P<span>`++)[^`\n]*(?P=span)(?!`)"
    r"|<(?P<close>/)?(?P<name>[A-Z][\w.]*)"
    r"(?P<attributes>(?:\s(?:[^<>{}\"']|\"[^\"<>]*\"|'[^'<>]*'|\{[^{}<>]*\}){0,2000})?)(?P<end>/)?>"
    r"|\{\{[<%][ \t]*(?P<close_code>/)?[ \t]*(?P<code>[\w./-]+)"
    r"(?P<options>(?:[^%>{}]|[%>](?!\}\})){0,2000})[%>]\}\}"
    r"|\{%-?[ \t]*(?P<close_liquid>end)?(?P<liquid>[\w-]+)(?P<words>(?:[^%{}\n]|%(?!\})){0,500})%\}"
)
MAY_HAVE_LABEL: Final = re.compile(
    r"<[A-Z]|\{(?:[{%a-z]|(?<=[)*_`~\]>]\{))|```[ \t]*\{|~~~[ \t]*\{|:::[ \t]*\{"
    r"|:(?:fontawesome|material|octicons|simple)-"
)
"""Each alternative begins with a character, which makes the search several times faster."""
MAY_BE_LABEL: Final = re.compile(
    r"^(?:[ \t]*(?:===|///|:::[ \t]*(?:tabs|code-group)|\{[ \t]*[:.#]|>[> \t]*\[!)|%)", re.MULTILINE
)
"""Lines."""
ATTRIBUTE: Final = re.compile(r"([\w-]+)[ \t]*=[ \t]*\{?[ \t]*(?:\"([^\"]*)\"|'([^']*)'|`([^`]*)`)")
POSITIONAL: Final = re.compile(r"(?<![=\w])(?:\"([^\"]+)\"|'([^']+)'|([\w.#/-]+)(?![\w=]))")
TAB_OBJECT: Final = re.compile(r"\{[^{}]{0,500}\}")
TAB_PROPERTY: Final = re.compile(r"\b(label|value)[\"']?\s*:\s*(\"[^\"]*\"|'[^']*'|`[^`]*`)")
TABS: Final = frozenset({"tab", "tabitem", "tabs.tab", "tabpanel", "codetab", "tabs/tab"})
LABELS: Final = ("label", "header", "title", "name", "value")
TEXTS: Final = ("title", "label", "heading", "summary", "caption", "description")
REFERENCES: Final = frozenset({"ref", "relref", "link", "post_url"})
LISTINGS: Final = frozenset({"highlight", "code"})


def read_components(source: str, dialect: Dialect = DEFAULT_DIALECT) -> str:
    if not (MAY_HAVE_LABEL.search(source) or MAY_BE_LABEL.search(source)):
        return source
    start = body_start(source)
    body = read_liquid(source[start:]) if dialect.generator == "jekyll" else source[start:]
    lines = read_line_marks(body.split("\n"), dialect)
    body = "\n".join(TabBlockReader(lines).read())
    return source[:start] + uncover(TagReader(body).read())


@dataclass(frozen=True)
class Tag:
    """The opening or closing tag of a component, or a shortcode, which is removed from the text."""

    start: int
    end: int
    name: str
    attributes: str
    closes: bool
    empty: bool
    shortcode: bool

    @property
    def values(self) -> dict[str, str]:
        found = ((name, next(filter(None, values), "")) for name, *values in ATTRIBUTE.findall(self.attributes))
        return {name.lower(): " ".join(value.split()) for name, value in found}

    @property
    def is_tab(self) -> bool:
        return self.name.lower() in TABS

    @property
    def label(self) -> str:
        values = self.values
        named = next((values[name] for name in LABELS if values.get(name)), "")
        return named or (arguments(self)[-1:] or [""])[0]


def arguments(tag: Tag) -> list[str]:
    """The arguments of a shortcode that have no name."""
    found = POSITIONAL.findall(tag.attributes) if tag.shortcode else []
    return [next(filter(None, values)) for values in found]


def first_argument(tag: Tag) -> str:
    return next(iter(arguments(tag)), "")


class TagReader:
    """Reads components and shortcodes. `_edits` are the ranges to replace, each with its text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._labels = tab_labels(text)
        self._edits: list[tuple[int, int, str]] = []

    def read(self) -> str:
        open_tags: list[Tag] = []
        for tag in self._tags():
            if tag.closes:
                self._close(open_tags, tag)
            elif tag.empty:
                self._single(tag)
            else:
                open_tags.append(tag)
        for tag in open_tags:
            self._single(tag)
        return self._edited()

    def _tags(self) -> Iterator[Tag]:
        position = 0
        for in_code, part in split_code(self._text):
            for found in () if in_code else TAG.finditer(part):
                if not found["span"] and not (found["liquid"] and is_indented_code(part, found.start())):
                    yield tag_of(found, position)
            position += len(part)

    def _close(self, open_tags: list[Tag], closing: Tag) -> None:
        """Find the opening tag among the last ones; tags between them are never closed."""
        depth = next((d for d, tag in enumerate(reversed(open_tags[-50:]), 1) if tag.name == closing.name), 0)
        if not depth:
            self._remove(closing)
            return
        opening = self._pop(open_tags, depth)
        indent = self._indent(opening) if opening.is_tab else None
        if opening.shortcode and opening.name in LISTINGS:
            language = first_argument(opening)
            self._edits += [
                (opening.start, opening.end, f"```{language}"),
                (closing.start, closing.end, "```"),
            ]
        elif opening.is_tab and self._label(opening) and indent is not None and self._ends_line(closing):
            self._group(opening, closing, indent)
        else:
            self._single(opening)
            self._remove(closing)

    def _label(self, tag: Tag) -> str:
        """A tab without a label of its own may have one in the `values` of its tabs."""
        values = tag.values
        return tag.label if values.get("label") else self._labels.get(values.get("value", ""), tag.label)

    def _group(self, opening: Tag, closing: Tag, indent: str) -> None:
        lines = self._text[max(0, opening.start - 50 * MAX_LIST_LINES) : opening.start].split("\n")[:-1]
        listed = bool(indent) and in_list(lines[-MAX_LIST_LINES:], indent)
        margin = indent if listed or len(indent) < 4 else ""  # four spaces would make the marks code
        title = self._label(opening)
        name = ("", f"{indent}{title}", "") if listed else label(margin, title)
        inline = self._text[opening.end : opening.end + 1] not in {"\n", ""}
        new_line = f"\n\n{indent}" if inline else ""
        end = "" if listed else f"\n\n{margin}:::end\n\n"
        if self._is_code_alone(opening):  # only below its tag is the content no code
            self._replace(opening, before="\n".join((*name, indent)), after=new_line)
            self._replace(closing, before=new_line, after=end)
        else:
            self._replace(opening, after="\n".join(("", *name, indent if inline else "")))
            self._replace(closing, before=f"{end}\n\n{indent}")

    def _is_code_alone(self, tag: Tag) -> bool:
        """Whether the content of the tag is indented like code."""
        content = self._text[tag.end : tag.end + 1000].lstrip("\n")
        return content.startswith(("    ", "\t"))

    def _pop(self, open_tags: list[Tag], depth: int) -> Tag:
        for _ in range(depth - 1):
            self._single(open_tags.pop())
        return open_tags.pop()

    def _single(self, tag: Tag) -> None:
        """A tag without a group: the texts in its attributes become paragraphs."""
        if tag.shortcode and tag.name in REFERENCES:
            self._edits.append((tag.start, tag.end, first_argument(tag)))
            return
        values = tag.values
        names = (*TEXTS, "content") if tag.shortcode else TEXTS
        texts = [values[name] for name in names if values.get(name)]
        indent = self._indent(tag) if texts else None
        if indent is None or tag.empty:
            self._replace(tag, before="".join(f"{text}\n\n{indent}" for text in texts if indent is not None))
        elif self._is_code_alone(tag):  # with the indentation of the content, the text is below the tag like it
            content = self._text[tag.end : tag.end + 1000].lstrip("\n")
            margin = content[: len(content) - len(content.lstrip())]
            self._replace(tag, after="".join(f"\n{margin}{text}\n" for text in texts))
        else:
            self._replace(tag, after="".join(f"\n\n{indent}{text}" for text in texts) + f"\n\n{indent}")

    def _remove(self, tag: Tag) -> None:
        self._replace(tag)

    def _replace(self, tag: Tag, before: str = "", after: str = "") -> None:
        middle = "" if tag.shortcode else self._text[tag.start : tag.end]
        if before or after or tag.shortcode:
            self._edits.append((tag.start, tag.end, f"{before}{middle}{after}"))

    def _indent(self, tag: Tag) -> str | None:
        """The white space before the tag, if only white space and tags are before it on its line."""
        before = self._text[max(0, tag.start - 1000) : tag.start].rpartition("\n")[2]
        plain = TAG.sub("", before)
        return before[: len(before) - len(before.lstrip())] if not plain.strip() else None

    def _ends_line(self, tag: Tag) -> bool:
        after = self._text[tag.end : tag.end + 1000].partition("\n")[0]
        return not TAG.sub("", after).strip()

    def _edited(self) -> str:
        parts, position = [], 0
        for start, end, text in sorted(self._edits):
            parts += [self._text[position:start], text]
            position = end
        return "".join(parts) + self._text[position:]


def tab_labels(text: str) -> dict[str, str]:
    """The labels of tabs by their values, as `<Tabs values={[{label: '...', value: '...'}]}>` names them."""
    if "values=" not in text:
        return {}
    objects = (dict(TAB_PROPERTY.findall(found)) for found in TAB_OBJECT.findall(text))
    return {one["value"][1:-1]: one["label"][1:-1] for one in objects if one.keys() >= {"value", "label"}}


def is_indented_code(text: str, position: int) -> bool:
    start = text.rfind("\n", max(0, position - 1000), position) + 1
    return text[start:position].startswith(("    ", "\t"))


def tag_of(found: re.Match[str], offset: int) -> Tag:
    start, end = offset + found.start(), offset + found.end()
    if found["name"]:
        attributes = found["attributes"] or ""
        empty = bool(found["end"]) or attributes.rstrip().endswith("/")
        return Tag(start, end, found["name"], attributes, bool(found["close"]), empty, shortcode=False)
    closes = bool(found["close_code"] or found["close_liquid"])
    name = found["code"] or found["liquid"]
    return Tag(start, end, name, found["options"] or found["words"] or "", closes, empty=False, shortcode=True)
