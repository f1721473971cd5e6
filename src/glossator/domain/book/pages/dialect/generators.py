"""The dialect of a book: its site generator with the options that count, and the rules of each generator, in rows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

from glossator.domain.book.pages.dialect.slugs import SLUG_RULES, SlugRule

Generator = Literal["docusaurus", "mkdocs", "mdbook", "vitepress", "starlight", "hugo", "jekyll", "sphinx", "github"]
GeneratorChoice = Literal[Generator, "auto"]
"""`auto`: the generator whose configuration is found; docusaurus if there is none."""
AddressStyle = Literal["", "folder", "file", "plain"]
"""The address of `guides/install.md`: `guides/install/`, `guides/install.html`, or `guides/install`."""

GENERATORS: Final[tuple[Generator, ...]] = get_args(Generator)
GENERATOR_CHOICES: Final[tuple[GeneratorChoice, ...]] = (*GENERATORS, "auto")


@dataclass(frozen=True)
class Dialect:
    """The generator, and options in its configuration; empty options mean the generator's defaults.

    `content` is the folder of the pages in the book's folder. `permalinks` has the addresses of collections, as
    templates. `slugs` names another rule for anchors. `built`: the folder is a built site; its files keep their path.
    """

    generator: Generator = "docusaurus"
    addresses: AddressStyle = ""
    slugs: str = ""
    content: str = ""
    permalinks: tuple[tuple[str, str], ...] = ()
    built: bool = False

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Dialect":
        permalinks = tuple((str(name), str(template)) for name, template in values.get("permalinks", ()))
        return cls(**{**values, "permalinks": permalinks})


DEFAULT_DIALECT: Final = Dialect()


def dialect_by_name(generator: GeneratorChoice) -> Dialect:
    """The dialect without options; `auto` is the default."""
    return DEFAULT_DIALECT if generator == "auto" else Dialect(generator)


@dataclass(frozen=True)
class GeneratorRules:
    """How a generator publishes pages.

    slugs           the rule for anchors, by its name in `SLUG_RULES`
    addresses       the usual address of a page; "" if it keeps its path
    index           the names, without suffix, of files that have their folder's address
    explicit_ids    whether `{#id}` in a heading is its anchor; otherwise it is text
    private         matches the paths of files that are no pages, by names that begin with `_`
    """

    slugs: str
    addresses: AddressStyle = "folder"
    index: tuple[str, ...] = ("index",)
    explicit_ids: bool = True
    private: re.Pattern[str] | None = None


RULES: Final[Mapping[Generator, GeneratorRules]] = MappingProxyType({
    "docusaurus": GeneratorRules("github", "plain", private=re.compile(r"(?:^|/)_")),
    "mkdocs": GeneratorRules("python_markdown", index=("index", "README")),
    "mdbook": GeneratorRules("mdbook", "file", ("index", "README", "Readme", "readme")),
    "vitepress": GeneratorRules("vitepress", "file"),
    "starlight": GeneratorRules("starlight", explicit_ids=False, private=re.compile(r"(?:^|/)_[^/]*$")),
    "hugo": GeneratorRules("hugo", index=("index", "_index")),
    "jekyll": GeneratorRules(
        "kramdown", "file", private=re.compile(r"(?:^|/)_(?:data|drafts|includes|layouts|plugins|sass|site)/")
    ),
    "sphinx": GeneratorRules(
        "docutils", "file", explicit_ids=False, private=re.compile(r"(?:^|/)_(?:build|modules|static|templates)/")
    ),
    "github": GeneratorRules("github", "", explicit_ids=False),
})  # fmt: skip


def rules_of(dialect: Dialect) -> GeneratorRules:
    return RULES[dialect.generator]


def slug_rule(dialect: Dialect) -> SlugRule:
    return SLUG_RULES.get(dialect.slugs) or SLUG_RULES[rules_of(dialect).slugs]
