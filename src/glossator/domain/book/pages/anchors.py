"""The anchor of a heading on the published site: its explicit id, or a slug by the rules of the site's generator."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from glossator.domain.book.pages.dialect.generators import Dialect, rules_of, slug_rule
from glossator.domain.book.pages.dialect.slugs import GITHUB, SlugRule, UsedSlugs

EXPLICIT_ID: Final = re.compile(r"\s*\{#(?P<id>[^{}#\s]+)\}\s*$")
ATTRIBUTE: Final = r"""(?:[#.][^\s"'{}]+|data-[\w-]+|[\w-]+=(?:"[^"]*"|'[^']*'|[^\s"']+))(?=\s|$)"""
ATTRIBUTES: Final = re.compile(rf"(?:\s*{ATTRIBUTE})+")
PUBLISHED_ID: Final = re.compile(r"\s*\{#(?P<id>[^{}#\s]*)\}\s*$")
MAX_ID_LENGTH: Final = 200
AUTODOC: Final = re.compile(r":::[ \t]+(?P<name>\w+(?:\.\w+)*)")
AUTOREF: Final = re.compile(r"(?<![!`])\[(?P<text>[^\[\]]+)\]\[(?:\w+(?:\.\w+)+)?\]")
"""The headings of mkdocstrings, and a link to one: `[text][package.name]`."""


@dataclass(frozen=True)
class AnchorRules:
    """What `{#id}` at the end of a heading is.

    explicit    the heading's id, if it is there
    published   the id of the published page: the page's reader wrote it into every heading (`{#}` if it has none)
    text        text
    """

    slugs: SlugRule = GITHUB
    ids: Literal["explicit", "published", "text"] = "explicit"


PUBLISHED: Final = AnchorRules(ids="published")


def anchor_rules_of(dialect: Dialect) -> AnchorRules:
    return AnchorRules(slug_rule(dialect), "explicit" if rules_of(dialect).explicit_ids else "text")


class Slugger:
    """The anchors of one page: call `anchor` once for each heading, in the order of the page."""

    def __init__(self, rule: SlugRule = GITHUB) -> None:
        self._rule = rule
        self._used: UsedSlugs = {}

    def anchor(self, text: str) -> str:
        return self._rule.number(self._rule.slug(text), self._used)

    def reserve(self, anchor: str | None) -> None:
        """Count an explicit id as used."""
        if anchor:
            self._used.setdefault(anchor, 0)


def with_usual_id(heading: str) -> str:
    """A heading's source with its id as `{#id}`, and without other attributes or a comment at its end.

    Python-Markdown writes `{ #id .class }`, `{: #id }` and `{ id="id" }`, MDX `{/* #id */}`; any other comment is none.
    The id of `::: package.name` is that name.
    """
    text = heading.rstrip()
    if named := AUTODOC.fullmatch(text):
        return f"{named['name']} {{#{named['name']}}}"
    if "][" in text:
        heading = text = AUTOREF.sub(r"\g<text>", text)
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
    own = ids[-1].strip("\"'") if ids else ""
    return f"{before}{{#{own}}}" if own and not re.search(r"[{}#\s]", own) else before.rstrip()


def explicit_id(text: str, rules: AnchorRules = AnchorRules()) -> tuple[str, str | None]:
    """Return the heading's text without its id, and the id, which is "" for a published heading without one."""
    if rules.ids == "text":
        return text, None
    pattern = PUBLISHED_ID if rules.ids == "published" else EXPLICIT_ID
    # The pattern begins with unlimited white space: searching only the end of the text keeps it fast.
    found = pattern.search(text, max(0, len(text) - MAX_ID_LENGTH)) if text.rstrip().endswith("}") else None
    if found is None:
        return text, None
    return text[: found.start()], found["id"]
