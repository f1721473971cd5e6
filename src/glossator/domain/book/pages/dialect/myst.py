"""Reads the markup that MyST adds to Markdown, in books of Sphinx.

- A role shows its text: `` {ref}`Title <label>` `` becomes `Title`, `` {kbd}`Enter` `` and `` {py:func}`~json.dumps` ``
  become code.
- Labels (`(name)=`) are not text. A heading below a label keeps its usual anchor beside it.

Fenced code is not changed.
"""

import re
from typing import Final

from glossator.domain.book.pages.dialect.tab_blocks import split_code

ROLE: Final = re.compile(
    r"(?<![`\w\\])\{(?P<role>[A-Za-z][\w:.+-]*)\}(?P<mark>`{1,5})"
    r"(?P<text>(?:[^`\n]|\n(?![ \t]*\n)){1,500})(?P=mark)(?!`)"
)
TARGET: Final = re.compile(r"\s*<[^<>]*>\s*$")
LABEL: Final = re.compile(r"^\([^()\n]{1,200}\)=[ \t]*(?:\n|\Z)", re.MULTILINE)
PLAIN: Final = frozenset({
    "ref", "doc", "term", "numref", "any", "abbr", "dfn", "sub", "sup", "guilabel", "menuselection", "download", "eq",
})  # fmt: skip
"""The roles whose text is prose; that of the others is code."""


def read_myst(source: str) -> str:
    if ")=" not in source and "}`" not in source:
        return source
    return "".join(part if in_code else read_text(part) for in_code, part in split_code(source))


def read_text(text: str) -> str:
    return LABEL.sub("", ROLE.sub(shown, text))


def shown(found: re.Match[str]) -> str:
    """What readers see of a role."""
    role, text = found["role"], " ".join(found["text"].split())
    title = TARGET.sub("", text)
    if role == "math":
        return f"${text}$"
    if role in PLAIN:
        return title or text
    name = title.lstrip("!.")
    return f"`{name.rpartition('.')[2].lstrip('~') if name.startswith('~') else name or text}`"
