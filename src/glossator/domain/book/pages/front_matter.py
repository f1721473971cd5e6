"""Front matter: the YAML between two `---` lines at the top of a page.

Only the node tree is built, and every scalar is used as it is written. No YAML type is constructed, so `title: Yes`
stays `Yes`, a tag cannot run code, and an alias bomb does not expand.
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
    """This file cannot be read as a page; the message tells its author why."""


@dataclass(frozen=True)
class FrontMatter:
    """The fields that are used; an absent or empty field is None."""

    title: str | None = None
    slug: str | None = None
    id: str | None = None


def split_front_matter(source: str) -> tuple[FrontMatter, int]:
    """Return the front matter and the offset of the body. Raises BadPage."""
    found = FENCES.match(source)
    if found is None:
        return FrontMatter(), 0
    return read_front_matter(found["yaml"]), found.end()


def body_start(source: str) -> int:
    found = FENCES.match(source)
    return found.end() if found else 0


def read_front_matter(text: str) -> FrontMatter:
    if len(text) > MAX_LENGTH:
        raise BadPage(f"front matter: longer than {MAX_LENGTH} characters")
    fields = top_level_fields(text)
    return FrontMatter(title=text_field(fields, "title"), slug=text_field(fields, "slug"), id=text_field(fields, "id"))


def top_level_fields(text: str) -> dict[str, yaml.Node]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = f" (line {error.problem_mark.line + 2})" if error.problem_mark else ""
        raise BadPage(f"front matter: {error.problem or 'invalid YAML'}{line}") from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise BadPage("front matter: invalid YAML") from None
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode):
        raise BadPage("front matter: must consist of `key: value` lines")
    return {check_tag(key).value: check_tag(value) for key, value in root.value if isinstance(key, yaml.ScalarNode)}


def check_tag(node: yaml.Node) -> yaml.Node:
    if node.tag not in STANDARD_TAGS:
        raise BadPage("front matter: YAML tags are not allowed")
    return node


def text_field(fields: dict[str, yaml.Node], name: str) -> str | None:
    node = fields.get(name)
    if node is None or node.tag == NULL:
        return None
    if not isinstance(node, yaml.ScalarNode):
        raise BadPage(f"front matter: `{name}` must be text")
    return " ".join(str(node.value).split()) or None
