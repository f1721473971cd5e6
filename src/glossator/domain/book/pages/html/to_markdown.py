"""Converts HTML elements to Markdown, in the part of the dialect that applies to pages of HTML.

- Only the headings of a `header` are used. What else is no content is decided in `content`.
- A heading keeps its anchor on the published page as `{#id}`, and so does a term (`dt`) that is a link target.
- A term and its definition, a summary and its details, and the label of a tab and its panel become a group of the
  dialect, so that they stay together.
- Passages are quoted literally, so text is escaped only where it would be parsed as markup, emphasis is dropped, an
  image becomes its alternative text, and a link without a usable address becomes its text.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import dropwhile
from types import MappingProxyType
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from glossator.domain.book.pages.html.anchors import LAYOUT, LISTS, ancestors, id_of, prepare, root_of
from glossator.domain.book.pages.html.blocks import (
    BREAK,
    Content,
    MarkdownBlock,
    build_blocks,
    escape_inline,
    join_lines,
    one_line,
    text_line,
)
from glossator.domain.book.pages.html.code import code, formula, listing, script
from glossator.domain.book.pages.html.content import (
    DROPPED,
    HEADINGS,
    group_name,
    icon_label,
    is_content,
    visible_attributes,
)
from glossator.domain.book.pages.html.tables import table_rows
from glossator.domain.book.pages.html.tabs import mark_tabs

INLINE = frozenset({
    "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "data", "del", "dfn", "em", "font", "i", "input", "ins",
    "label", "mark", "mjx-assistive-mml", "mjx-container", "mrow", "nobr", "output", "rb", "rp", "rt", "ruby", "s",
    "semantics", "small", "strike", "strong", "sub", "sup", "time", "u", "var", "wbr",
})  # fmt: skip
CONTAINERS = frozenset({"blockquote", "td", "th", *LISTS})
UNESCAPED_BAR = re.compile(r"(?<!\\)\|")
WHITE_SPACE = re.compile(r"\s+")
UNSAFE_IN_LINK = re.compile(r"[\s()<>\\]+")
LETTER = re.compile(r"[^\W_]")


def to_markdown(content: LexborNode) -> str:
    """Raises RecursionError if elements are nested too deeply."""
    mark_tabs(root_of(content))
    prepare(content, is_content)
    return "\n".join(join_lines(build_blocks(pieces(content))))


def pieces(parent: LexborNode) -> Iterator[Content]:
    for node in parent.iter(include_text=True):
        yield from node_pieces(node)


def node_pieces(node: LexborNode) -> Iterator[Content]:
    if node.is_text_node:
        yield escape_inline(WHITE_SPACE.sub(" ", node.text_content or ""))
    else:
        yield from element(node)


def element(node: LexborNode) -> Iterator[Content]:
    tag = node.tag or ""
    attributes = node.attributes
    if not attributes:  # most elements
        if tag not in DROPPED:
            yield from converted(node, tag)
        return
    if "aria-label" in attributes:
        yield escape_inline(icon_label(node))
    if is_content(node, tag):
        kind, name = group_name(node, tag)
        yield from named(node, kind, name) if name else converted(node, tag)


def named(node: LexborNode, kind: str, name: str) -> Iterator[Content]:
    grouped = is_grouped(node)
    if grouped:
        yield MarkdownBlock("group", (f":::{kind}{{#}}",))
    yield from (BREAK, escape_inline(name), BREAK, *converted(node, node.tag or ""), BREAK)
    if grouped:
        yield MarkdownBlock("group", (":::end",))


def converted(node: LexborNode, tag: str) -> Iterator[Content]:
    if tag in CONVERTERS:
        yield from CONVERTERS[tag](node)
    elif tag in INLINE:
        yield from pieces(node)
    elif "-" in tag:
        texts = visible_attributes(node, tag)
        yield from (BREAK, *(piece for text in texts for piece in (escape_inline(text), BREAK)), *pieces(node), BREAK)
    else:
        yield from (BREAK, *pieces(node), BREAK)


def header(node: LexborNode) -> Iterator[Content]:
    """Generators put the page's title into the header, next to other things that are not content."""
    for title in node.css(HEADINGS):
        yield from heading(title)


def heading(node: LexborNode) -> Iterator[Content]:
    text, anchor = one_line(pieces(node)), node.attributes.get("id")
    if text:
        marks = "#" * int((node.tag or "h6")[1])
        yield MarkdownBlock("heading", (f"{marks} {text} {{#{anchor or ''}}}",))


def definitions(node: LexborNode) -> Iterator[Content]:
    """Each run of terms with the definition after it. A list inside another container has no groups."""
    grouped = is_grouped(node)
    terms: list[LexborNode] = []
    definition: list[Content] = []
    for child in definition_parts(node):
        if child.tag == "dt" and definition:
            yield from definition_group(terms, definition, grouped=grouped)
            terms, definition = [], []
        if child.tag == "dt":
            terms.append(child)
        else:
            definition += (BREAK, *element(child), BREAK)
    yield from definition_group(terms, definition, grouped=grouped)


def is_blank(piece: Content) -> bool:
    return piece is BREAK or (isinstance(piece, str) and not piece.strip())


def details(node: LexborNode) -> Iterator[Content]:
    """The summary names the rest, unless it is a heading, which rustdoc puts into summaries."""
    summary = next((child for child in node.iter() if child.tag == "summary"), None)
    if summary is None or summary.css_first(HEADINGS) is not None:
        yield from (BREAK, *pieces(node), BREAK)
        return
    grouped = is_grouped(node)
    others = (child for child in node.iter(include_text=True) if child.mem_id != summary.mem_id)
    yield from definition_group([summary], [piece for child in others for piece in node_pieces(child)], grouped=grouped)


def is_grouped(node: LexborNode) -> bool:
    """Whether groups are possible here: not in lists and other containers."""
    return not any(is_container(parent) for parent in ancestors(node))


def is_container(node: LexborNode) -> bool:
    return node.tag in CONTAINERS and LAYOUT not in node.attributes


def definition_parts(node: LexborNode) -> Iterator[LexborNode]:
    """The children, which may also be wrapped in `div` elements."""
    for child in node.iter():
        if child.tag == "div":
            yield from definition_parts(child)
        elif is_content(child, child.tag or ""):
            yield child


def definition_group(terms: Sequence[LexborNode], definition: Sequence[Content], *, grouped: bool) -> Iterator[Content]:
    lines = tuple(filter(None, (one_line(pieces(term)) for term in terms)))
    grouped = grouped and bool(lines) and bool(definition)
    if grouped:
        anchor = next(filter(None, map(id_of, terms)), "")
        yield MarkdownBlock("group", (f":::term{{#{anchor}}}",))
    yield BREAK
    yield "\n".join(lines) + ("" if grouped else "\n")
    yield from (BREAK, *definition) if grouped else dropwhile(is_blank, definition)
    if grouped:
        yield MarkdownBlock("group", (":::end",))


def link(node: LexborNode) -> Iterator[Content]:
    href = (node.attributes.get("href") or "").strip()
    if href.startswith("#") and not LETTER.search(node.text()) and node.css_first("img, math, script") is None:
        return
    content = list(pieces(node))
    text = "".join(piece if isinstance(piece, str) else "\n" for piece in content)
    if not text.strip() or "\n" in text or not is_usable(href):
        yield from content
    else:
        before, after = " " * text.startswith(" "), " " * text.endswith(" ")
        yield f"{before}[{' '.join(text.split())}]({UNSAFE_IN_LINK.sub(percent_encode, href)}){after}"


def is_usable(href: str) -> bool:
    try:
        return bool(href) and urlsplit(href).scheme in {"", "http", "https", "mailto"}
    except ValueError:
        return False


def percent_encode(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode())


def image(node: LexborNode) -> Iterator[Content]:
    attributes = node.attributes
    text = attributes.get("alt") or attributes.get("aria-label") or attributes.get("title") or ""
    yield escape_inline(" ".join(text.split()))


def quoted(node: LexborNode) -> Iterator[Content]:
    yield from ("“", *pieces(node), "”")


def line_break(_: LexborNode) -> Iterator[Content]:
    yield "\n"


def horizontal_rule(_: LexborNode) -> Iterator[Content]:
    yield MarkdownBlock("rule", ("***",))


def span(node: LexborNode) -> Iterator[Content]:
    """Docutils writes code as a `span` of this class."""
    is_code = (node.attributes.get("class") or "").endswith("literal")
    yield from code(node) if is_code else pieces(node)


def quotation(node: LexborNode) -> Iterator[Content]:
    lines = tuple(f"> {line}".rstrip() for line in join_lines(build_blocks(pieces(node))))
    yield MarkdownBlock("quotation", lines)


def bullets(node: LexborNode) -> Iterator[Content]:
    if LAYOUT in node.attributes:
        yield from (BREAK, *pieces(node), BREAK)
        return
    yield MarkdownBlock("list", tuple(items(node, lambda _: "- ")))


def numbers(node: LexborNode) -> Iterator[Content]:
    if LAYOUT in node.attributes:
        yield from (BREAK, *pieces(node), BREAK)
        return
    start = node.attributes.get("start") or ""
    first = int(start) if re.fullmatch(r"[0-9]{1,8}", start) else 1
    yield MarkdownBlock("list", tuple(items(node, lambda number: f"{first + number}. ")))


def items(node: LexborNode, marker: Callable[[int], str]) -> Iterator[str]:
    number = 0
    for item in node.iter():
        if not is_content(item, item.tag or ""):
            continue
        mark = marker(number)
        lines = [*item_lines(build_blocks(pieces(item) if item.tag == "li" else element(item)))]
        yield from (f"{' ' * len(mark) if at else mark}{line}".rstrip() for at, line in enumerate(lines))
        number += bool(lines)


def item_lines(parts: Iterable[MarkdownBlock]) -> Iterator[str]:
    for number, part in enumerate(parts):
        if number and part.kind != "list":
            yield ""
        yield from part.lines


def table(node: LexborNode) -> Iterator[Content]:
    """A table that contains code, headings or tables is only layout."""
    if any(found.mem_id != node.mem_id for found in node.css(f"pre, table, {HEADINGS}")):
        yield from (BREAK, *pieces(node), BREAK)
        return
    for caption in node.css("caption"):
        yield from (BREAK, *pieces(caption), BREAK)
    rows = table_rows(node, cell)
    if rows:
        lines = [f"| {' | '.join(row)} |" for row in (rows[0], ["---"] * len(rows[0]), *rows[1:])]
        yield MarkdownBlock("table", tuple(lines))


def cell(node: LexborNode) -> str:
    text = node.first_child
    if text is None:
        return ""
    alone = text.is_text_node and text.next is None
    line = text_line(text.text_content or "") if alone else one_line(pieces(node))
    return UNESCAPED_BAR.sub(r"\\|", line) if "|" in line else line


CONVERTERS: Mapping[str, Callable[[LexborNode], Iterator[Content]]] = MappingProxyType(
    {
        "a": link, "img": image, "br": line_break, "hr": horizontal_rule, "math": formula, "pre": listing,
        "header": header, "code": code, "kbd": code, "samp": code, "tt": code, "blockquote": quotation, "ul": bullets,
        "details": details, "span": span, "q": quoted, "dl": definitions, "script": script,
        "ol": numbers, "menu": bullets, "table": table, "h1": heading, "h2": heading, "h3": heading, "h4": heading,
        "h5": heading, "h6": heading,
    }
)  # fmt: skip
