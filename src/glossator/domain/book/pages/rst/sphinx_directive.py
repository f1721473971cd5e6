"""Directives that docutils does not know, which are those of Sphinx and its extensions, are read as text.

- An object (`.. py:function:: f(x)`) is a term with its definition, and its name is the id, as Sphinx writes it.
- A tab or dropdown is a group with its name.
- Code blocks are code with all of Sphinx's options.
- Of any other directive the argument and the content stay. Lists of pages and other things that make no text do not.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from types import MappingProxyType
from typing import Any, Final

from docutils import nodes
from docutils.parsers.rst import Directive, states

OBJECTS: Final = frozenset({
    "function", "method", "class", "attribute", "data", "exception", "module", "decorator", "property", "staticmethod",
    "classmethod", "type", "option", "cmdoption", "envvar", "confval", "describe", "object", "member", "macro", "var",
    "struct", "union", "enum", "enumerator", "decoratormethod", "opcode", "setting", "rst:directive", "rst:role",
})  # fmt: skip
CODE: Final = frozenset({
    "code", "code-block", "sourcecode", "code-cell", "highlight-block", "doctest", "testcode", "testoutput", "ipython",
    "prompt", "productionlist", "console",
})  # fmt: skip
TABS: Final = frozenset({"tab", "tab-item", "group-tab", "code-tab", "dropdown", "collapse", "details"})
HIDDEN: Final = frozenset({
    "toctree", "index", "highlight", "currentmodule", "default-domain", "default-role", "sectionauthor", "codeauthor",
    "tabularcolumns", "meta", "contents", "todo", "todolist", "testsetup", "testcleanup", "graphviz", "digraph",
    "graph", "mermaid", "plantuml", "uml", "inheritance-diagram", "autosummary", "raw", "include", "literalinclude",
    "bibliography", "sectnum", "section-numbering", "program", "title", "restructuredtext-test-directive",
})  # fmt: skip
CHANGES: Final[Mapping[str, str]] = MappingProxyType({
    "versionadded": "Added in version", "versionchanged": "Changed in version", "versionremoved": "Removed in version",
    "deprecated": "Deprecated since version", "deprecated-removed": "Deprecated since version",
})  # fmt: skip
STANDARD: Final[Mapping[str, str]] = MappingProxyType({
    "option": "cmdoption", "cmdoption": "cmdoption", "envvar": "envvar", "confval": "confval",
})  # fmt: skip
NOTES: Final[Mapping[str, str]] = MappingProxyType({"seealso": "See also", "impl-detail": "Implementation detail"})
SIGNATURE: Final = re.compile(r"(?:(?:async|class|const|static|abstractmethod|\S+::)\s+)*(?P<name>[\w.$-]+)")
NOT_IN_IDS: Final = re.compile(r"[^a-zA-Z0-9._]+")
CLASS_NAME: Final = re.compile(r"[a-z_]*[A-Z]|\S*[(.]")
GRID: Final = re.compile(r"[\d\s]*")
Nodes = list[nodes.Node]
Result = tuple[Nodes, bool]


class AnyOption(dict[str, Callable[[str], Any]]):
    """The options of a directive, and any other one as its text."""

    def __bool__(self) -> bool:
        return True

    def __missing__(self, _: str) -> Callable[[str], Any]:
        return lambda value: value or ""


class LenientState(states.RSTState):
    """A state whose nested states are lenient, too."""

    def __init__(self, state_machine: Any, debug: bool = False) -> None:
        super().__init__(state_machine, debug)
        self.nested_sm_cache = []
        self.nested_sm_kwargs["state_classes"] = STATES


class LenientBody(LenientState, states.Body):
    """Knows every directive and every option."""

    def run_directive(
        self, directive: type[Directive], match: re.Match[str], type_name: str, option_presets: Any
    ) -> Result:
        name = type_name.lower()
        described = name == "class" and CLASS_NAME.match(match.string, match.end())  # docutils has another one
        reader = SphinxDirective if described or name in CODE or name in HIDDEN else directive
        run: Callable[..., Result] = super().run_directive
        return run(reader, match, name, option_presets)

    def unknown_directive(self, type_name: str) -> Result:
        found = re.search(rf"{re.escape(type_name)} ?::(?: +|$)", self.state_machine.line or "")
        return self.run_directive(SphinxDirective, found, type_name, {}) if found else ([], False)

    def parse_directive_options(self, option_presets: Any, option_spec: Any, arg_block: Any) -> Any:
        parse: Callable[..., Any] = super().parse_directive_options
        return parse(option_presets, AnyOption(option_spec or {}), arg_block)


NO_INDEX: Final = frozenset({"noindex", "no-index"})
"""Options of an object that another place describes, which has the id."""
STATES: Final[tuple[type[states.RSTState], ...]] = tuple(
    type(state.__name__, (LenientBody if issubclass(state, states.Body) else LenientState, state), {})
    for state in states.state_classes
)


@dataclass
class ObjectNames:
    """The current module, and the object whose content is read."""

    module: str = ""
    prefix: str = ""


class SphinxDirective(Directive):
    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = AnyOption()

    def run(self) -> Nodes:
        name = self.name.rpartition(":")[2]
        if name == "currentmodule":
            self.names.module = self.argument
        if name in HIDDEN or self.name in HIDDEN or name.startswith("auto"):
            return []
        for names, read in ((OBJECTS, self.described), (CODE, self.code), (TABS, self.group), (CHANGES, self.change)):
            if not {name, self.name}.isdisjoint(names):
                return read()
        return self.other()

    @property
    def argument(self) -> str:
        return self.arguments[0] if self.arguments else ""

    def content_nodes(self) -> Nodes:
        parent = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, parent)
        return parent.children

    def inline(self, text: str) -> Nodes:
        found, _ = self.state.inline_text(" ".join(text.split()), self.lineno)
        return found

    def described(self) -> Nodes:
        """Every line of the argument is a signature."""
        item = nodes.definition_list_item()
        for line in map(str.strip, self.argument.split("\n")):
            item += nodes.term("", "", nodes.literal(line, line), ids=self.ids(line))
        outer, self.names.prefix = self.names.prefix, self.full_name(self.argument)
        item += nodes.definition("", *self.content_nodes())
        self.names.prefix = outer
        return [nodes.definition_list("", item)]

    @property
    def names(self) -> "ObjectNames":
        """Those of the page, which all directives share."""
        memo = self.state.memo
        if not hasattr(memo, "object_names"):
            memo.object_names = ObjectNames()
        found: ObjectNames = memo.object_names
        return found

    def full_name(self, signature: str) -> str:
        found = SIGNATURE.match(signature)
        return ".".join(filter(None, (self.names.prefix or self.names.module, found["name"]))) if found else ""

    def ids(self, signature: str) -> list[str]:
        """As Sphinx writes them; none for objects whose ids contain more than the page says."""
        domain, _, kind = self.name.rpartition(":")
        name = self.full_name(signature)
        if kind == "module":
            self.names.module = signature
        if not NO_INDEX.isdisjoint(self.options):
            return []
        if kind == "module":
            return [f"module-{signature}"]
        if kind in STANDARD:
            return [NOT_IN_IDS.sub("-", f"{STANDARD[kind]}-{signature.partition(' ')[0]}").strip("-")]
        return [name] if domain in {"", "py"} and name else []

    def code(self) -> Nodes:
        caption = self.options.get("caption")
        before = [nodes.paragraph("", "", *self.inline(caption))] if caption else []
        return [*before, self.listing(self.argument)]

    def listing(self, language: str) -> nodes.Node:
        text = "\n".join(self.content) if self.content else self.argument
        return nodes.literal_block(text, text, classes=["code", language.lower() if self.content else ""])

    def group(self) -> Nodes:
        """The reader of HTML knows a panel by its role."""
        label = " ".join(self.argument.split())
        if self.name == "code-tab":
            language, _, label = label.partition(" ")
            content: Nodes = [self.listing(language)]
        else:
            content = self.content_nodes()
        return [raw(f'<div role="tabpanel" aria-label="{escape(label)}">'), *content, raw("</div>")]

    def change(self) -> Nodes:
        version, *rest = self.argument.split(maxsplit=1)
        text = "".join(rest)
        name = f"{CHANGES[self.name]} {version}"
        if not text and not self.content:
            return [nodes.paragraph("", f"{name}.")]
        first = [nodes.paragraph("", f"{name}: ", *self.inline(text))] if text else []
        content = self.content_nodes()
        if not first and isinstance(content[0], nodes.paragraph):
            content[0].insert(0, nodes.Text(f"{name}: "))
        return [*first, *content]

    def other(self) -> Nodes:
        title = NOTES.get(self.name)
        text = self.argument
        if title is None:
            before = [nodes.paragraph("", "", *self.inline(text))] if not GRID.fullmatch(text) else []
            return [*before, *self.content_nodes()]
        before = [nodes.paragraph("", "", *self.inline(text))] if text else []
        return [nodes.admonition("", nodes.title("", title), *before, *self.content_nodes(), classes=["admonition"])]


def raw(text: str) -> nodes.Node:
    return nodes.raw("", text, format="html")
