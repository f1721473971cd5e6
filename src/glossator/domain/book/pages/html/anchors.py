"""Prepares the tree of a published page: the anchors of headings and terms, and lists that are only layout.

An anchor is never invented: it is an `id`, or the `name` of an `a` element, that the file contains.

- A heading uses its own id or one inside it, else the target of its header link, else the nearest id before or around
  it. Ids between the last text and the heading come first, and of these the innermost that encloses the heading:
  Sphinx writes empty `span`s before headings, DocBook puts the id on the section.
- A term (`dt`) uses only its own id, one inside it, or the target of its header link.
- A list with headings in its items (Javadoc) is layout, because a heading in a list begins no section.
- After a first heading of level 1, ids before that heading no longer count: the link opens the top of the page.
"""

import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

HEADING = re.compile(r"h[1-6]")
LETTER = re.compile(r"[^\W_]")
HEADER_LINK = frozenset({"headerlink", "header-anchor", "hash-link", "anchor", "permalink", "header", "heading-link"})
USABLE_ID = re.compile(r"[^{}#\s]{1,150}")
NO_TARGET = frozenset({"indexterm"})
"""DocBook numbers the entries of its index inside terms."""


LISTS = frozenset({"ul", "ol", "menu"})
LAYOUT = "data-layout"
IsContent = Callable[[LexborNode, str], bool]
"""Takes an element and its tag."""


def prepare(content: LexborNode, is_content: IsContent) -> None:
    """Give every heading and term its anchor as `id`, or no id at all, and mark layout. Raises RecursionError.

    Only what is content counts.
    """
    known = {id_of(node) for node in root_of(content).css("[id], a[name]")} - {""}
    AnchorFinder(known, is_content).read(content)


class AnchorFinder:
    """Walks over a page in its order. `_pending` are the ids since the last text, `_last` is the last one before it."""

    def __init__(self, known: set[str], is_content: IsContent) -> None:
        self._known = known
        self._is_content = is_content
        self._pending: list[tuple[str, int]] = []
        self._last = ""
        self._first = True

    def read(self, parent: LexborNode) -> None:
        for node in parent.iter(include_text=True):
            if node.is_text_node:
                if self._pending and (node.text_content or "").strip():
                    self._settle()
            elif self._is_content(node, tag := node.tag or ""):
                self._element(node, tag)

    def _element(self, node: LexborNode, tag: str) -> None:
        if HEADING.fullmatch(tag):
            self._heading(node, tag)
            return
        if tag == "dt":
            set_id(node, self._own(node))
        if found := id_of(node):
            self._pending.append((found, node.mem_id))
        self.read(node)

    def _heading(self, node: LexborNode, tag: str) -> None:
        mark_layout(node)
        anchor = self._own(node) or self._nearest(node)
        set_id(node, anchor)
        self._pending.clear()
        self._last = "" if self._first and tag == "h1" else anchor
        self._first = False

    def _own(self, node: LexborNode) -> str:
        inside = (id_of(found) for found in (node, *node.css("[id], a[name]")) if not is_index_entry(found))
        return next(filter(None, inside), "") or self._link_target(node)

    def _link_target(self, node: LexborNode) -> str:
        for link in node.css("a[href^='#']"):
            classes = set((link.attributes.get("class") or "").split())
            target = unquote((link.attributes.get("href") or "")[1:])
            if target in self._known and (classes & HEADER_LINK or not LETTER.search(link.text())):
                return target
        return ""

    def _nearest(self, node: LexborNode) -> str:
        around = {parent.mem_id for parent in ancestors(node)}
        inner = next((found for found, owner in reversed(self._pending) if owner in around), "")
        return inner or (self._pending[-1][0] if self._pending else self._last)

    def _settle(self) -> None:
        if self._pending:
            self._last = self._pending[-1][0]
            self._pending.clear()


def root_of(node: LexborNode) -> LexborNode:
    while node.parent is not None:
        node = node.parent
    return node


def anchors_in(html: str) -> frozenset[str]:
    """What a fragment can open in a page: every `id`, and the `name` of every `a` element."""
    nodes = LexborHTMLParser(html).css("[id], a[name]")
    found = [node.attributes.get("id") for node in nodes]
    return frozenset(filter(None, [*found, *(node.attributes.get("name") for node in nodes if node.tag == "a")]))


def ancestors(node: LexborNode) -> Iterator[LexborNode]:
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def mark_layout(heading: LexborNode) -> None:
    for parent in ancestors(heading):
        if parent.tag in LISTS:
            if LAYOUT in parent.attributes:
                return
            parent.attrs[LAYOUT] = ""


def is_index_entry(node: LexborNode) -> bool:
    return not NO_TARGET.isdisjoint((node.attributes.get("class") or "").split())


def id_of(node: LexborNode) -> str:
    """The id, if it can be used in a link."""
    attributes = node.attributes
    found = (attributes.get("id") or (attributes.get("name") if node.tag == "a" else "")) if attributes else ""
    return found if found and USABLE_ID.fullmatch(found) else ""


def set_id(node: LexborNode, anchor: str) -> None:
    if anchor:
        node.attrs["id"] = anchor
    elif "id" in node.attributes:
        del node.attrs["id"]
