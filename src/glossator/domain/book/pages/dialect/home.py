"""The text of a home page in its front matter: `hero` of VitePress and Starlight, `features` of VitePress.

Its headings have no ids on the published page, so they become bold text.
"""

from collections.abc import Iterator
from typing import Final

import yaml

GENERATORS: Final = frozenset({"vitepress", "starlight"})
MAX_FEATURES: Final = 50
MAX_TEXT: Final = 2000


def home_text(front_matter: str) -> tuple[str, str]:
    """The name of the site, and the page's text as Markdown; both empty for another page or invalid YAML."""
    try:
        root = yaml.compose(front_matter, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return "", ""
    fields = fields_of(root)
    hero = fields_of(fields.get("hero"))
    name = text_of(hero.get("name")) or text_of(hero.get("title"))
    sentences = [text_of(hero.get("text")), text_of(hero.get("tagline"))]
    lines = [f"**{name}**" if name else "", *sentences, *features_of(fields.get("features"))]
    return name, "\n\n".join(line for line in lines if line)


def features_of(node: yaml.Node | None) -> Iterator[str]:
    for item in node.value[:MAX_FEATURES] if isinstance(node, yaml.SequenceNode) else ():
        feature = fields_of(item)
        title, details = text_of(feature.get("title")), text_of(feature.get("details"))
        yield f"**{title}**: {details}" if title and details else title or details


def fields_of(node: yaml.Node | None) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}


def text_of(node: yaml.Node | None) -> str:
    return " ".join(str(node.value)[:MAX_TEXT].split()) if isinstance(node, yaml.ScalarNode) else ""
