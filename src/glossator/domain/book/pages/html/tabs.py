"""Finds the tabs of a published page, and notes on each panel the label that names it.

    ARIA                role=tablist, role=tab and role=tabpanel, by their ids or else in order (Docusaurus, Starlight,
                        sphinx-tabs, Bootstrap)
    MkDocs Material     `.tabbed-labels` and `.tabbed-block`
    radio buttons       a label before each panel (sphinx-design, Hugo Book, older MkDocs Material)
    VitePress           the labels in `.tabs` of a code group, and what is in its `.blocks`

A label with a panel is no text of its own.
"""

from collections.abc import Iterator
from itertools import islice, pairwise
from urllib.parse import unquote

from selectolax.lexbor import LexborNode

from glossator.domain.book.pages.html.anchors import ancestors

PANEL = "data-panel"
"""The attribute of a panel with its label."""
LABEL = "data-panel-label"
"""The attribute of a label that a panel has."""
MAX_LEVELS = 4
"""Levels above a list of tabs at which its panels can be."""
Pair = tuple[LexborNode, LexborNode]


def mark_tabs(root: LexborNode) -> None:
    for label, panel in [*labelled_panels(root), *tab_sets(root), *panels_in_order(root)]:
        name = " ".join(label.text().split())
        if name and PANEL not in panel.attributes:
            panel.attrs[PANEL] = name
            label.attrs[LABEL] = ""
    for panel in root.css("[role=tabpanel][aria-label]"):
        if PANEL not in panel.attributes:
            panel.attrs[PANEL] = panel.attributes.get("aria-label") or ""


def labelled_panels(root: LexborNode) -> Iterator[Pair]:
    """Pairs whose ids refer to each other."""
    panels = root.css("[role=tabpanel], .tabpanel[aria-labelledby]")
    if not panels:
        return
    tabs = root.css("[role=tab], .tablist .tab[id]")
    by_id = {tab.attributes.get("id") or "": tab for tab in tabs}
    by_panel = {panel_id(tab): tab for tab in tabs}
    for panel in panels:
        named = by_id.get(panel.attributes.get("aria-labelledby") or "#")
        tab = named or by_panel.get(panel.attributes.get("id") or "#")
        if tab is not None:
            yield tab, panel


def panel_id(tab: LexborNode) -> str:
    href = tab.attributes.get("href") or ""
    return tab.attributes.get("aria-controls") or (unquote(href[1:]) if href.startswith("#") else "")


def panels_in_order(root: LexborNode) -> Iterator[Pair]:
    """The panels in the nearest element around a list of tabs that has as many panels as the list has tabs."""
    known: dict[int, list[LexborNode]] = {}
    for tab_list in root.css("[role=tablist]"):
        tabs = tab_list.css("[role=tab]")
        for parent in islice(ancestors(tab_list), MAX_LEVELS):
            if parent.mem_id not in known:
                known[parent.mem_id] = [*outermost_panels(parent)]
            if len(known[parent.mem_id]) == len(tabs):
                yield from zip(tabs, known[parent.mem_id], strict=True)
                break


def outermost_panels(parent: LexborNode) -> Iterator[LexborNode]:
    for node in parent.iter():
        if node.attributes.get("role") == "tabpanel":
            yield node
        else:
            yield from outermost_panels(node)


def tab_sets(root: LexborNode) -> Iterator[Pair]:
    sets = {tabs.mem_id: tabs for tabs in root.css(".tabbed-set, .sd-tab-set, .vp-code-group")}
    radios = (radio.parent for radio in root.css("input[type=radio]"))
    sets |= {parent.mem_id: parent for parent in radios if parent}
    for tabs in sets.values():
        children = [*tabs.iter()]
        labels = [
            node for child in children if has_class(child, "tabbed-labels", "tabs") for node in child.css("label")
        ]
        groups = [child for child in children if has_class(child, "tabbed-content", "blocks")]
        if labels and groups:
            yield from zip(labels, groups[0].iter(), strict=False)
        else:
            pairs = [(label, panel) for label, panel in pairwise(children) if label.tag == "label" and is_panel(panel)]
            yield from pairs if len(pairs) == sum(child.tag == "label" for child in children) else ()


def is_panel(node: LexborNode) -> bool:
    return node.tag not in {"label", "input"}


def has_class(node: LexborNode, *names: str) -> bool:
    return not set(names).isdisjoint((node.attributes.get("class") or "").split())
