"""Front matter: the YAML between two `---` lines at the top of a page.

Only the node tree is built and scalars are taken as they are written: no YAML type is constructed, so `title: Yes`
stays `Yes`, a tag cannot run anything and an alias bomb does not grow.
"""

import re
from dataclasses import dataclass

import yaml

MAX_LENGTH = 64 * 1024
FENCES = re.compile(r"---[ \t]*\n(?P<yaml>(?:.*\n)*?)---[ \t]*(?:\n|\Z)")
STANDARD_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("binary", "bool", "float", "int", "map", "merge", "null", "seq", "str", "timestamp")
)
NULL = "tag:yaml.org,2002:null"


class BadPage(ValueError):
    """This page cannot be taken into the book; the message says why, for its author."""


@dataclass(frozen=True)
class FrontMatter:
    """What a page says of itself; an absent or empty field is None."""

    title: str | None = None
    slug: str | None = None
    id: str | None = None


def split_front_matter(source: str) -> tuple[FrontMatter, int]:
    """The front matter and where the body begins. Raises BadPage."""
    found = FENCES.match(source)
    if found is None:
        return FrontMatter(), 0
    return read_front_matter(found["yaml"]), found.end()


def read_front_matter(text: str) -> FrontMatter:
    if len(text) > MAX_LENGTH:
        raise BadPage(f"front matter: longer than {MAX_LENGTH} characters")
    fields = top_level(text)
    return FrontMatter(title=text_field(fields, "title"), slug=text_field(fields, "slug"), id=text_field(fields, "id"))


def top_level(text: str) -> dict[str, yaml.Node]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = f" (line {error.problem_mark.line + 2})" if error.problem_mark else ""
        raise BadPage(f"front matter: {error.problem or 'not YAML'}{line}") from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise BadPage("front matter: not YAML") from None
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode):
        raise BadPage("front matter: must be lines of `key: value`")
    return {checked(key).value: checked(value) for key, value in root.value if isinstance(key, yaml.ScalarNode)}


def checked(node: yaml.Node) -> yaml.Node:
    if node.tag not in STANDARD_TAGS:
        raise BadPage("front matter: YAML tags are not allowed")
    return node


def text_field(fields: dict[str, yaml.Node], name: str) -> str | None:
    node = fields.get(name)
    if node is None or node.tag == NULL:
        return None
    if not isinstance(node, yaml.ScalarNode):
        raise BadPage(f"front matter: `{name}` must be a text")
    return " ".join(str(node.value).split()) or None
