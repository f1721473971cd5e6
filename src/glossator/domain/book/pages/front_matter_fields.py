"""Front matter: the YAML between two `---` lines at the top of a page, or for Hugo TOML between `+++` lines or JSON.

Only the node tree of YAML is built, and every scalar is used as it is written. No YAML type is constructed, so
`title: Yes` stays `Yes`, a tag cannot run code, and an alias bomb does not expand. If the YAML is invalid, a value that
is invalid alone, such as `title: Part two: the end`, is read as plain text.
"""

import re
import tomllib
from collections.abc import Mapping

import yaml

from glossator.domain.book.pages.front_matter import FENCES, MAX_LENGTH, BadPage, FrontMatter, read_json

PLAIN_FIELD = re.compile(r"(?P<key>[A-Za-z_][\w-]*):[ \t]+(?P<value>[^\s\[{|>!].*)")
STANDARD_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("binary", "bool", "float", "int", "map", "merge", "null", "seq", "str", "timestamp")
)
NULL = "tag:yaml.org,2002:null"
FIELDS = ("title", "slug", "id", "url", "permalink")


def split_front_matter(source: str) -> tuple[FrontMatter, int]:
    """Return the front matter and the offset of the body. Raises BadPage."""
    found = FENCES.match(source)
    if found is None:
        values, end = read_json(source)
        return front_matter_of(values), end
    if len(found[0]) > MAX_LENGTH:
        raise BadPage(f"front matter: longer than {MAX_LENGTH} characters")
    if found["toml"] is not None:
        return front_matter_of(read_toml(found["toml"])), found.end()
    return read_front_matter(found["yaml"]), found.end()


def read_toml(text: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadPage(f"front matter: invalid TOML ({error})") from None


def front_matter_of(values: Mapping[str, object]) -> FrontMatter:
    return FrontMatter(**{name: " ".join(str(values.get(name) or "").split()) or None for name in FIELDS})


def read_front_matter(text: str) -> FrontMatter:
    try:
        fields = top_level_fields(text)
    except yaml.YAMLError as error:
        fields = fields_read_leniently(text, error)
    return FrontMatter(**{name: text_field(fields, name) for name in FIELDS})


def top_level_fields(text: str) -> dict[str, yaml.Node]:
    """Raises YAMLError, or BadPage for valid YAML that is not allowed."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (RecursionError, ValueError):
        raise BadPage("front matter: invalid YAML") from None
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode):
        raise BadPage("front matter: must consist of `key: value` lines")
    return {check_tag(key).value: check_tag(value) for key, value in root.value if isinstance(key, yaml.ScalarNode)}


def fields_read_leniently(text: str, error: yaml.YAMLError) -> dict[str, yaml.Node]:
    """The fields, with quotes around values that are invalid alone. Raises BadPage if the rest is invalid too."""
    quoted = "\n".join(quote_invalid_value(line) for line in text.split("\n"))
    try:
        if quoted != text:
            return top_level_fields(quoted)
    except yaml.YAMLError:
        pass
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    problem = error.problem if isinstance(error, yaml.MarkedYAMLError) else None
    raise BadPage(f"front matter: {problem or 'invalid YAML'}" + (f" (line {mark.line + 2})" if mark else ""))


def quote_invalid_value(line: str) -> str:
    found = PLAIN_FIELD.fullmatch(line.rstrip())
    if found is None:
        return line
    try:
        yaml.compose(line, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        value = found["value"].replace("'", "''")
        return f"{found['key']}: '{value}'"
    return line


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
