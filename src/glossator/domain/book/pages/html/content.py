"""Decides what readers see of a published page, and which elements have a name.

Navigation, asides, scripts and graphics are no content; nor are line numbers, marks of footnotes, and text for screen
readers alone.
"""

import re
from collections.abc import Mapping
from itertools import islice

from selectolax.lexbor import LexborNode

from glossator.domain.book.pages.html.anchors import ancestors
from glossator.domain.book.pages.html.tabs import LABEL, PANEL

DROPPED = frozenset({
    "head", "title", "nav", "footer", "aside", "script", "style", "template", "noscript", "iframe", "object", "svg",
    "canvas", "audio", "video", "button", "select", "textarea",
})  # fmt: skip
DROPPED_CLASSES = frozenset({
    "linenos", "lineno", "katex-html", "viewcode-link", "sr-only", "visually-hidden", "visuallyhidden",
    "sl-anchor-link", "fn-bracket",
})  # fmt: skip
"""Rendered formulas (`katex-html`) also have their source in the page."""
LANGUAGE_NAME = ("span", "lang")
"""VitePress writes it above code."""
NOTE_MARKS = frozenset({"footnote-ref", "footnote-reference", "footnote-backref", "fn-backref", "footnote"})
HEADINGS = "h1, h2, h3, h4, h5, h6"
BOX = re.compile(
    r"admonition|callout|custom-block|aside--|\b(?:note|tip|warning|caution|danger|topic|footnote)\b", re.I
)
"""The classes of notes and other boxes."""
BOX_TITLE = re.compile(r"title|heading", re.I)
TAB = re.compile(r"\btab\b")

Attributes = Mapping[str, str | None]


def is_content(node: LexborNode, tag: str) -> bool:
    attributes = node.attributes
    if not attributes:
        return tag not in DROPPED
    if tag == "script":
        return (attributes.get("type") or "").startswith("math/tex")
    name = attributes.get("class") or ""
    if LABEL in attributes or (tag in {"a", "sup"} and is_note_mark(attributes)):
        return False
    if tag in DROPPED and not (tag == "aside" and BOX.search(name)):
        return False
    return not name or (DROPPED_CLASSES.isdisjoint(name.split()) and (tag, name) != LANGUAGE_NAME)


def is_note_mark(attributes: Attributes) -> bool:
    """Whether a link leads to a footnote or back from it."""
    role, classes = attributes.get("role"), (attributes.get("class") or "").split()
    if role == "doc-backlink":
        return "toc-backref" not in classes
    return role == "doc-noteref" or "data-footnote-ref" in attributes or not NOTE_MARKS.isdisjoint(classes)


def group_name(node: LexborNode, tag: str) -> tuple[str, str]:
    """The kind of the group and its name: a tab, or a box that contains headings; "" without a name."""
    attributes = node.attributes
    if label := attributes.get(PANEL):
        return "label", label
    if "-" in tag:
        is_tab = TAB.search(tag.replace("-", " "))
        return "label", ((attributes.get("label") or attributes.get("title")) if is_tab else "") or ""
    if tag in {"div", "aside", "section"} and BOX.search(attributes.get("class") or "") and node.css_first(HEADINGS):
        return "term", box_title(node)
    return "", ""


def box_title(box: LexborNode) -> str:
    """The text of the title, which then is no other text."""
    for child in box.iter():
        if BOX_TITLE.search(child.attributes.get("class") or "") and child.css_first(HEADINGS) is None:
            child.attrs[LABEL] = ""
            return " ".join(child.text().split())
    return ""


def visible_attributes(node: LexborNode, tag: str) -> list[str]:
    """The texts in the attributes of a custom element, except for the name of its group."""
    attributes = node.attributes
    texts = (attributes.get(name) for name in ("title", "label", "caption", "description"))
    shown = (" ".join(text.split()) for text in texts if text)
    return [text for text in shown if text != group_name(node, tag)[1]]


def icon_label(node: LexborNode) -> str:
    """The label of a graphic without text, outside links. An image has a converter of its own."""
    attributes = node.attributes
    label = attributes.get("aria-label")
    is_icon = node.tag in {"svg", "i"} or (attributes.get("role") == "img" and node.tag != "img")
    if not label or not is_icon or node.text().strip():
        return ""
    return (
        "" if any(parent.tag in {"a", "button"} for parent in islice(ancestors(node), 3)) else " ".join(label.split())
    )
