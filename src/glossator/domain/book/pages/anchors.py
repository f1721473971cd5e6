"""The anchor of a heading on the published site.

GitHub and Docusaurus both use the rules of github-slugger: convert to lower case, keep only letters, marks, digits,
`_`, `-` and spaces, replace each space with `-`, and number repeated headings. Docusaurus adds explicit ids
(`## Title {#id}`), which are left out of the numbering.
"""

import re
import unicodedata
from typing import Literal

Generator = Literal["docusaurus", "github"]
AnchorRules = Literal["docusaurus", "github", "published"]
"""`published`: the page's reader wrote the id of every heading into the source (`{#}` if it has none)."""

EXPLICIT_ID = re.compile(r"\s*\{#(?P<id>[^{}#\s]+)\}\s*$")
ATTRIBUTE = r"""(?:[#.][^\s"'{}]+|[\w-]+=(?:"[^"]*"|'[^']*'|[^\s"']+))(?=\s|$)"""
ATTRIBUTES = re.compile(rf"(?:\s*{ATTRIBUTE})+")
PUBLISHED_ID = re.compile(r"\s*\{#(?P<id>[^{}#\s]*)\}\s*$")
MAX_ID_LENGTH = 200
ALLOWED_CATEGORIES = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "Pc"})
CIRCLED_LETTERS = range(0x24B6, 0x24EA)
"""Symbols that Unicode counts as alphabetic."""


def slug(text: str) -> str:
    return "".join("-" if char == " " else char for char in text.lower() if is_allowed(char))


def is_allowed(char: str) -> bool:
    return char in " -" or unicodedata.category(char) in ALLOWED_CATEGORIES or ord(char) in CIRCLED_LETTERS


class Slugger:
    """The anchors of one page: call `anchor` once for each heading, in the order of the page."""

    def __init__(self) -> None:
        self.used: dict[str, int] = {}

    def anchor(self, text: str) -> str:
        plain = unique = slug(text)
        while unique in self.used:
            self.used[plain] += 1
            unique = f"{plain}-{self.used[plain]}"
        self.used[unique] = 0
        return unique


def with_usual_id(heading: str) -> str:
    """A heading's source with its id as `{#id}`, and without other attributes or a comment at its end.

    Python-Markdown writes `{ #id .class }`, `{: #id }` and `{ id="id" }`, MDX `{/* #id */}`; any other comment is none.
    """
    text = heading.rstrip()
    opening = "{/*" if text.endswith("*/}") else "{"
    before, found, inside = text.rpartition(opening)
    if not found or not text.endswith("}") or (before and not before[-1].isspace()):
        return heading
    if opening == "{/*":
        comment = inside.removesuffix("*/}").strip()
        return f"{before}{{{comment}}}" if re.fullmatch(r"#[^{}#\s*]+", comment) else before.rstrip()
    attributes = inside[:-1].removeprefix(":").strip()
    if not ATTRIBUTES.fullmatch(attributes):
        return heading
    ids = [
        one.removeprefix("#").removeprefix("id=")
        for one in re.findall(ATTRIBUTE, attributes)
        if one[:3] == "id=" or one[0] == "#"
    ]
    named = ids[-1].strip("\"'") if ids else ""
    return f"{before}{{#{named}}}" if named and not re.search(r"[{}#\s]", named) else before.rstrip()


def explicit_id(text: str, rules: AnchorRules = "docusaurus") -> tuple[str, str | None]:
    """Return the heading's text without its id, and the id, which is "" for a published heading without one."""
    if rules == "github":
        return text, None
    pattern = PUBLISHED_ID if rules == "published" else EXPLICIT_ID
    # The pattern begins with unlimited white space: searching only the end of the text keeps it fast.
    found = pattern.search(text, max(0, len(text) - MAX_ID_LENGTH)) if text.rstrip().endswith("}") else None
    if found is None:
        return text, None
    return text[: found.start()], found["id"]
