"""Elements of HTML as Markdown, in the part of the dialect that pages made from HTML are read with.

- Navigation, asides, scripts and what is drawn are left out; of a header its headings are kept.
- A heading keeps the id that it has on the published page, as `{#id}`.
- Passages are quoted as they stand: text is escaped only where it would be taken for markup, emphasis is left out,
  images are their alternative texts, and a link that leads to no page is its text.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from glossator.domain.book.pages.html_blocks import (
    BREAK,
    Block,
    Piece,
    blocks,
    code_block,
    code_span,
    escaped,
    joined,
    line_of,
)

DROPPED = frozenset({
    "head", "title", "nav", "footer", "aside", "script", "style", "template", "noscript", "iframe", "object", "svg",
    "canvas", "audio", "video", "button", "select", "textarea",
})  # fmt: skip
DRAWN = frozenset({"linenos", "lineno", "katex-html"})
"""Classes of line numbers, and of formulas whose source stands beside them."""
INLINE = frozenset({
    "abbr", "b", "bdi", "bdo", "big", "cite", "data", "del", "dfn", "em", "font", "i", "input", "ins", "label", "mark",
    "mrow", "s", "semantics", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr",
})  # fmt: skip
HEADINGS = "h1, h2, h3, h4, h5, h6"
BARE_BAR = re.compile(r"(?<!\\)\|")
WHITE_SPACE = re.compile(r"\s+")
UNSAFE_IN_LINK = re.compile(r"[\s()<>\\]+")
USABLE_ID = re.compile(r"[^{}#\s]{1,150}")
LETTER = re.compile(r"[^\W_]")
LANGUAGE = re.compile(r"(?:language|lang|highlight)-([\w+#.-]+)")
NO_LANGUAGE = frozenset({"default", "none", "text", "plain", "plaintext", "source"})


def markdown_of(content: LexborNode) -> str:
    """Raises RecursionError for what is nested too deeply."""
    return "\n".join(joined(blocks(pieces(content))))


def pieces(parent: LexborNode) -> Iterator[Piece]:
    for node in parent.iter(include_text=True):
        if node.is_text_node:
            yield escaped(WHITE_SPACE.sub(" ", node.text_content or ""))
        else:
            yield from element(node)


def element(node: LexborNode) -> Iterator[Piece]:
    tag = node.tag or ""
    if is_seen(node, tag):
        if tag in WRITERS:
            yield from WRITERS[tag](node)
        elif tag in INLINE:
            yield from pieces(node)
        else:
            yield from (BREAK, *pieces(node), BREAK)


def is_seen(node: LexborNode, tag: str) -> bool:
    return tag not in DROPPED and DRAWN.isdisjoint((node.attributes.get("class") or "").split())


def header(node: LexborNode) -> Iterator[Piece]:
    """Generators put a page's title into it, beside what is no content."""
    for title in node.css(HEADINGS):
        yield from heading(title)


def heading(node: LexborNode) -> Iterator[Piece]:
    text, anchor = line_of(pieces(node)), anchor_of(node)
    if text:
        marks = "#" * int((node.tag or "h6")[1])
        yield Block("heading", (f"{marks} {text} {{#{anchor}}}" if anchor else f"{marks} {text}",))


def anchor_of(node: LexborNode) -> str:
    """The id that a link to the heading must bear: its own, one within it, or that of the section it opens."""
    around = node.parent
    inside = (id_of(found) for found in node.css("[id], a[name]"))
    anchor = next(filter(None, inside), "")
    if anchor or around is None or around.tag not in {"section", "div"}:
        return anchor
    return id_of(around) if next(around.iter()).mem_id == node.mem_id else ""


def id_of(node: LexborNode) -> str:
    found = node.attributes.get("id") or (node.attributes.get("name") if node.tag == "a" else "") or ""
    return found if USABLE_ID.fullmatch(found) else ""


def link(node: LexborNode) -> Iterator[Piece]:
    content = list(pieces(node))
    text = "".join(piece if isinstance(piece, str) else "\n" for piece in content)
    href = (node.attributes.get("href") or "").strip()
    if href.startswith("#") and not LETTER.search(text):
        return
    if not text.strip() or "\n" in text or not leads_somewhere(href):
        yield from content
    else:
        before, after = " " * text.startswith(" "), " " * text.endswith(" ")
        yield f"{before}[{' '.join(text.split())}]({UNSAFE_IN_LINK.sub(percent, href)}){after}"


def leads_somewhere(href: str) -> bool:
    try:
        return bool(href) and urlsplit(href).scheme in {"", "http", "https", "mailto"}
    except ValueError:
        return False


def percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode())


def image(node: LexborNode) -> Iterator[Piece]:
    yield escaped(" ".join((node.attributes.get("alt") or "").split()))


def line_end(_: LexborNode) -> Iterator[Piece]:
    yield "\n"


def rule(_: LexborNode) -> Iterator[Piece]:
    yield Block("rule", ("***",))


def code(node: LexborNode) -> Iterator[Piece]:
    yield code_span(" ".join("".join(verbatim(node)).split()))


def formula(node: LexborNode) -> Iterator[Piece]:
    """Its TeX where it is given: what is drawn says nothing as plain text."""
    source = node.css_first('annotation[encoding="application/x-tex"]')
    yield code_span(" ".join(source.text().split())) if source else escaped(" ".join(node.text().split()))


def listing(node: LexborNode) -> Iterator[Piece]:
    text = "".join(verbatim(node)).strip("\n")
    if text.strip():
        yield code_block(text, language_of(node))


def verbatim(parent: LexborNode) -> Iterator[str]:
    for node in parent.iter(include_text=True):
        if node.is_text_node:
            yield node.text_content or ""
        elif node.tag == "br":
            yield "\n"
        elif is_seen(node, node.tag or ""):
            yield from verbatim(node)


def language_of(pre: LexborNode) -> str:
    """Generators name it on the block itself, on the `code` in it, or on what is drawn around."""
    around: list[LexborNode | None] = [pre, pre.css_first("code"), pre.parent]
    around.append(pre.parent.parent if pre.parent else None)
    classes = (node.attributes.get("class") or "" for node in around if node)
    found = (match for match in map(LANGUAGE.fullmatch, " ".join(classes).split()) if match)
    return next((match[1] for match in found if match[1] not in NO_LANGUAGE), "")


def quotation(node: LexborNode) -> Iterator[Piece]:
    lines = tuple(f"> {line}".rstrip() for line in joined(blocks(pieces(node))))
    yield Block("quotation", lines)


def bullets(node: LexborNode) -> Iterator[Piece]:
    yield Block("list", tuple(items(node, lambda _: "- ")))


def numbers(node: LexborNode) -> Iterator[Piece]:
    given = node.attributes.get("start") or ""
    first = int(given) if re.fullmatch(r"[0-9]{1,8}", given) else 1
    yield Block("list", tuple(items(node, lambda number: f"{first + number}. ")))


def items(node: LexborNode, marker: Callable[[int], str]) -> Iterator[str]:
    number = 0
    for item in node.iter():
        mark = marker(number)
        lines = [*item_lines(blocks(pieces(item) if item.tag == "li" else element(item)))]
        yield from (f"{' ' * len(mark) if at else mark}{line}".rstrip() for at, line in enumerate(lines))
        number += bool(lines)


def item_lines(parts: Iterable[Block]) -> Iterator[str]:
    for number, part in enumerate(parts):
        if number and part.kind != "list":
            yield ""
        yield from part.lines


def table(node: LexborNode) -> Iterator[Piece]:
    """A table that holds code, headings or tables only arranges them."""
    if any(found.mem_id != node.mem_id for found in node.css(f"pre, table, {HEADINGS}")):
        yield from (BREAK, *pieces(node), BREAK)
        return
    for caption in node.css("caption"):
        yield from (BREAK, *pieces(caption), BREAK)
    rows = [[cell(found) for found in row.css("td, th")] for row in node.css("tr")]
    rows = [row for row in rows if any(row)]
    if rows:
        width = max(map(len, rows))
        rows = [row + [""] * (width - len(row)) for row in rows]
        lines = [f"| {' | '.join(row)} |" for row in (rows[0], ["---"] * width, *rows[1:])]
        yield Block("table", tuple(lines))


def cell(node: LexborNode) -> str:
    return BARE_BAR.sub(r"\\|", line_of(pieces(node)))


Writer = Callable[[LexborNode], Iterator[Piece]]
WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        "a": link, "img": image, "br": line_end, "hr": rule, "math": formula, "pre": listing, "header": header,
        "code": code, "kbd": code, "samp": code, "tt": code, "blockquote": quotation, "ul": bullets, "ol": numbers,
        "menu": bullets, "table": table, "h1": heading, "h2": heading, "h3": heading, "h4": heading, "h5": heading,
        "h6": heading,
    }
)  # fmt: skip
