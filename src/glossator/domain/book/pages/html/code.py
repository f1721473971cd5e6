"""Converts code and formulas of a published page, whose text is kept as it is."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from glossator.domain.book.pages.html.blocks import Content, code_block, code_span, escape_inline
from glossator.domain.book.pages.html.content import is_content

DISPLAY = ("\\[", "\\]")
LANGUAGE = re.compile(r"(?:language|lang|highlight)-([\w+#.-]+)")
NO_LANGUAGE = frozenset({"default", "none", "text", "plain", "plaintext", "source"})


def code(node: LexborNode) -> Iterator[Content]:
    yield code_span(" ".join("".join(verbatim(node)).split()))


def formula(node: LexborNode) -> Iterator[Content]:
    """The TeX source if there is one, because the rendered formula is useless as plain text."""
    source = node.css_first('annotation[encoding="application/x-tex"]')
    yield code_span(" ".join(source.text().split())) if source else escape_inline(" ".join(node.text().split()))


def script(node: LexborNode) -> Iterator[Content]:
    """A formula of MathJax 2."""
    opening, closing = DISPLAY if "mode=display" in (node.attributes.get("type") or "") else ("\\(", "\\)")
    yield escape_inline(f"{opening}{' '.join(node.text().split())}{closing}")


def listing(node: LexborNode) -> Iterator[Content]:
    text = "".join(verbatim(node)).strip("\n")
    if text.strip():
        yield code_block(text, language_of(node))


def verbatim(parent: LexborNode) -> Iterator[str]:
    for node in parent.iter(include_text=True):
        if node.is_text_node:
            yield node.text_content or ""
        elif node.tag == "br":
            yield "\n"
        elif is_content(node, node.tag or ""):
            yield from verbatim(node)


def language_of(pre: LexborNode) -> str:
    """Generators name the language on the block, on the `code` in it, or on an element around it."""
    nodes: list[LexborNode | None] = [pre, pre.css_first("code"), pre.parent]
    nodes.append(pre.parent.parent if pre.parent else None)
    classes = (node.attributes.get("class") or "" for node in nodes if node)
    names = " ".join(classes).split()
    found = [match[1] for match in map(LANGUAGE.fullmatch, names) if match]
    if names[:1] == ["code"] and names[-1:] == ["literal-block"]:  # docutils
        found += names[1:-1]
    return next((name for name in found if name not in NO_LANGUAGE), "")
