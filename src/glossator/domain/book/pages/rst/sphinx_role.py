"""Roles that docutils does not know, which are those of Sphinx, are read as text."""

import re
from typing import Final

from docutils import nodes
from docutils.parsers.rst import roles, states
from docutils.utils import unescape

TITLE_AND_TARGET: Final = re.compile(r"(?P<title>.+?)\s*<[^<>]*>", re.DOTALL)
PROSE: Final = frozenset({
    "ref", "doc", "term", "numref", "abbr", "guilabel", "menuselection", "dfn", "download", "pep", "rfc",
})  # fmt: skip
HIDDEN: Final = frozenset({"index", "cite", "footcite", "cite:p", "cite:t"})


class SphinxRoles(states.Inliner):
    """`:ref:` and other roles of prose become their title, all others code. A page can define roles of its own."""

    def interpreted(
        self, rawsource: str, text: str, role: str, lineno: int
    ) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        known, _ = roles.role(role, self.language, lineno, self.reporter)
        titled = role in {"pep", "rfc"} and TITLE_AND_TARGET.fullmatch(unescape(text))
        if known is not None and not titled:
            return super().interpreted(rawsource, text, role, lineno)
        return role_nodes(role.lower(), unescape(text)), []


def role_nodes(role: str, text: str) -> list[nodes.Node]:
    if role in HIDDEN:
        return []
    found = TITLE_AND_TARGET.fullmatch(text)
    title = found["title"] if found else text.lstrip("!")
    if found is None and title.startswith("~"):
        title = title[1:].rpartition(".")[2]
    return [nodes.Text(title) if role in PROSE else nodes.literal(title, title)]


INLINER: Final = type(
    "Inliner", (SphinxRoles,), {name: text for name, text in vars(states.Inliner).items() if isinstance(text, str)}
)
"""Docutils reads the parts of its patterns from the class itself, not from the one that it extends."""
