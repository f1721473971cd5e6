"""Converts reStructuredText to HTML, as docutils does, without running or reading anything that the page names.

The directives and roles of Sphinx are read as text; `sphinx_directive` has the directives.
"""

import re
import sys
from typing import Any, Final

from docutils import nodes
from docutils.core import publish_parts
from docutils.parsers import rst
from docutils.parsers.rst import roles, states
from docutils.transforms import Transform
from docutils.utils import unescape

from glossator.domain.book.pages.front_matter import BadPage
from glossator.domain.book.pages.reader_process import serve
from glossator.domain.book.pages.rst.reader import MAX_LINE
from glossator.domain.book.pages.rst.sphinx_directive import STATES

TITLE_AND_TARGET: Final = re.compile(r"(?P<title>.+?)\s*<[^<>]*>", re.DOTALL)
PROSE: Final = frozenset({
    "ref", "doc", "term", "numref", "abbr", "guilabel", "menuselection", "dfn", "download", "pep", "rfc",
})  # fmt: skip
HIDDEN: Final = frozenset({"index", "cite", "footcite", "cite:p", "cite:t"})
NEVER: Final = 6
SETTINGS: Final[dict[str, Any]] = {
    "_disable_config": True,
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": NEVER,
    "halt_level": NEVER,
    "warning_stream": "",
    "syntax_highlight": "none",
    "math_output": "LaTeX",
    "doctitle_xform": False,
    "docinfo_xform": False,
    "toc_backlinks": False,
    "initial_header_level": 1,
    "line_length_limit": MAX_LINE,
    "auto_id_prefix": "id",
}
NUMBERED: Final = re.compile(r"id\d+")
METADATA: Final = frozenset({"orphan", "tocdepth", "nocomments", "nosearch", "no-search"})


def to_html(text: str) -> str:
    """The body of the page. Raises BadPage."""
    try:
        parts = publish_parts(text, parser=SphinxParser(), writer="html5", settings_overrides=SETTINGS)
    except RecursionError:
        raise BadPage("nested too deeply") from None
    return str(parts["body"])


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
    title = found["title"] if found else text.lstrip("!.")
    if found is None and title.startswith("~"):
        title = title[1:].rpartition(".")[2]
    return [nodes.Text(title) if role in PROSE else nodes.literal(title, title)]


INLINER: Final = type(
    "Inliner", (SphinxRoles,), {name: text for name, text in vars(states.Inliner).items() if isinstance(text, str)}
)
"""Docutils reads the parts of its patterns from the class itself, not from the one that it extends."""


class SphinxParser(rst.Parser):
    """Parses without errors: what is not known stays text."""

    def __init__(self) -> None:
        super().__init__(inliner=INLINER())
        self.state_classes = STATES

    def get_transforms(self) -> list[type[Transform]]:
        return [*super().get_transforms(), SectionIds]

    def parse(self, inputstring: str, document: nodes.document) -> None:
        super().parse(inputstring, document)
        for clean in (remove_metadata, name_substitutions, remove_addresses, keep_sidebars):
            clean(document)


class SectionIds(Transform):
    """A label with the text of its heading is the heading's id, as in Sphinx; the number that replaces it is dropped.

    Numbers count what other documents contain, too, so none of them is known.
    """

    default_priority = 990

    def apply(self) -> None:
        for section in self.document.findall(nodes.section):
            section["ids"] = [id_ for id_ in section["ids"] if not NUMBERED.fullmatch(id_)]


def remove_metadata(document: nodes.document) -> None:
    """Sphinx shows no list of fields at the top of a page."""
    first = next((child for child in document.children if not isinstance(child, nodes.Invisible)), None)
    if isinstance(first, nodes.field_list):
        for field in [*first.findall(nodes.field)]:
            if field[0].astext() in METADATA:
                first.remove(field)
        if not first.children:
            document.remove(first)


def name_substitutions(document: nodes.document) -> None:
    """`|release|` is defined outside the page."""
    for reference in [*document.findall(nodes.substitution_reference)]:
        name = reference.astext()
        if name not in document.substitution_defs and reference.parent is not None:
            reference.parent.replace(reference, nodes.Text(name))


def keep_sidebars(document: nodes.document) -> None:
    """The reader of HTML takes a sidebar for navigation."""
    for sidebar in [*document.findall(nodes.sidebar)]:
        sidebar.replace_self(nodes.topic("", *sidebar.children))


def remove_addresses(document: nodes.document) -> None:
    """The address of an image without a text is no text."""
    for image in document.findall(nodes.image):
        image.setdefault("alt", "")


if __name__ == "__main__":
    sys.exit(serve(lambda content: to_html(content.decode())))
