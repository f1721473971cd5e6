"""Groups of blocks: a name, such as a term or the label of a tab, and the blocks that it names.

A short term shares passages with its neighbours. A term with an id of its own, a long one, and every label begin a
section: their name joins the heading path, and so does the id. The name of a group that contains headings is in their
paths.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from glossator.domain.book.pages.blocks import GROUP_MARK, NAME, Block
from glossator.domain.book.pages.dialect.block_rules import GROUP

MAX_DEPTH = 20
"""Groups inside groups; what is deeper belongs to the group around it."""
MAX_SHARED_LENGTH = 500
"""Characters of a term and its definition that may share a passage with others."""
MAX_NAME_LENGTH = 80


@dataclass
class Group:
    """`name` is the text of its first paragraph, and `anchor` its id or ""."""

    kind: str = ""
    anchor: str = ""
    name: str = ""
    items: list["Block | Group"] = field(default_factory=list)

    @property
    def block(self) -> Block:
        parts = tuple(item if isinstance(item, Block) else item.block for item in self.items)
        return Block("definition", parts[0].start, parts[-1].end, parts)

    @property
    def is_section(self) -> bool:
        if self.kind == "label" or self.anchor:
            return True
        nested = any(isinstance(item, Group) and item.is_section for item in self.items)
        return nested or self.block.end - self.block.start > MAX_SHARED_LENGTH

    def add(self, item: "Block | Group", read_name: Callable[[Block], str]) -> None:
        if self.kind and not self.items and isinstance(item, Block) and item.kind == "paragraph":
            self.name = shorten(read_name(item))
            item = replace(item, kind=NAME)
        self.items.append(item)


def find_groups(source: str, blocks: Sequence[Block], read_name: Callable[[Block], str]) -> list[Block | Group]:
    """The blocks, with each complete group as one item. The marks of groups that are not closed are dropped."""
    open_groups = [Group()]
    too_deep = 0
    for block in blocks:
        if block.kind != GROUP_MARK:
            open_groups[-1].add(block, read_name)
            continue
        found = GROUP.fullmatch(source, block.start, block.end)
        if found and found["kind"]:
            if len(open_groups) > MAX_DEPTH:
                too_deep += 1
            else:
                open_groups.append(Group(found["kind"], found["id"]))
        elif too_deep:
            too_deep -= 1
        elif len(open_groups) > 1:
            close(open_groups, read_name)
    while len(open_groups) > 1:
        unclosed = open_groups.pop()
        open_groups[-1].items += unclosed.items
    return open_groups[0].items


def find_scopes(source: str, blocks: Sequence[tuple[Block, bool]]) -> dict[int, Group | None]:
    """The groups that contain headings, by the positions of their marks: the end is None.

    Each block comes with whether it is a heading.
    """
    scopes: dict[int, Group | None] = {}
    open_marks: list[tuple[int, re.Match[str], int]] = []
    headings = 0
    for position, (block, is_heading) in enumerate(blocks):
        headings += is_heading
        if block.kind != GROUP_MARK:
            continue
        found = GROUP.fullmatch(source, block.start, block.end)
        if found and found["kind"]:
            open_marks.append((position, found, headings))
        elif open_marks:
            start, opening, before = open_marks.pop()
            if headings > before and len(open_marks) < MAX_DEPTH:
                scopes |= {start: Group(opening["kind"], opening["id"]), position: None}
    return scopes


def close(open_groups: list[Group], read_name: Callable[[Block], str]) -> None:
    group = open_groups.pop()
    if group.items:
        open_groups[-1].add(group, read_name)


def shorten(name: str) -> str:
    """One line; of a long signature only what is before the parameters."""
    text = ", ".join(filter(None, (" ".join(line.split()) for line in name.split("\n"))))
    if len(text) > MAX_NAME_LENGTH:
        text = text.partition("(")[0].strip() or text
    return text if len(text) <= MAX_NAME_LENGTH else f"{text[: MAX_NAME_LENGTH - 1]}…"
