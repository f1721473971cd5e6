"""How site generators make anchors from headings: the slug of a heading, and how they number slugs that repeat.

docusaurus, github, starlight   github-slugger
vitepress                       @mdit-vue/shared and markdown-it-anchor
mkdocs                          the `toc` extension of Python-Markdown, or the slugs of PyMdown Extensions
hugo                            goldmark with one of Hugo's three types of heading ids
jekyll                          kramdown with its parser for GitHub's Markdown
mdbook                          the rules of its documentation
sphinx                          docutils, with MyST for Markdown
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

ALLOWED_CATEGORIES: Final = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "Pc"})
CIRCLED_LETTERS: Final = range(0x24B6, 0x24EA)
"""Symbols that Unicode counts as alphabetic."""
VITEPRESS_SPECIAL: Final = re.compile(r"[\s~`!@#$%^&*()\-_+=\[\]{}|\\;:\"'\u201c\u201d\u2018\u2019<>,.?/]+")
CONTROL: Final = re.compile(r"[\x00-\x1f]")

Used = dict[str, int]
"""The anchors of a page so far, each with the number of times that its slug was numbered."""


def github_slug(text: str) -> str:
    return "".join("-" if char == " " else char for char in text.lower() if is_allowed(char))


def is_allowed(char: str) -> bool:
    return char in " -" or unicodedata.category(char) in ALLOWED_CATEGORIES or ord(char) in CIRCLED_LETTERS


def vitepress_slug(text: str) -> str:
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not "\u0300" <= char <= "\u036f")
    slug = VITEPRESS_SPECIAL.sub("-", CONTROL.sub("", plain)).strip("-")
    return (f"_{slug}" if re.match(r"\d", slug, re.ASCII) else slug).lower()


def python_markdown_slug(text: str) -> str:
    return python_markdown_unicode_slug(ascii_only(text))


def python_markdown_unicode_slug(text: str) -> str:
    text = re.sub(r"[^\w\s-]", "", unicodedata.normalize("NFKC", text)).strip().lower()
    return re.sub(r"[-\s]+", "-", text)


def pymdownx_slug(text: str) -> str:
    return pymdownx_cased_slug(text.lower())


def pymdownx_cased_slug(text: str) -> str:
    return re.sub(r"[^\w\- ]", "", unicodedata.normalize("NFC", text)).strip().replace(" ", "-")


def hugo_slug(text: str) -> str:
    kept = ("-" if char in "- " else char for char in text if char in "- _" or is_letter_or_digit(char))
    return "".join(kept).lower() or "heading"


def hugo_ascii_slug(text: str) -> str:
    return hugo_slug("".join(char for char in without_accents(text) if char.isascii()))


def blackfriday_slug(text: str) -> str:
    words = re.findall(r"\w+", "".join(char if is_letter_or_digit(char) else " " for char in text))
    return "-".join(words).lower() or "heading"


def kramdown_slug(text: str) -> str:
    return re.sub(r"[^\w\- ]", "", text.lower().replace("\t", " ")).replace(" ", "-")


def mdbook_slug(text: str) -> str:
    kept = (char for char in text.strip() if char in "_-" or char.isalnum() or char.isspace())
    return "".join("-" if char.isspace() else char.lower() for char in kept)


def docutils_slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", ascii_only(text.lower())).lstrip("-0123456789").rstrip("-")


def ascii_only(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def without_accents(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", text) if unicodedata.category(char) != "Mn")


def is_letter_or_digit(char: str) -> bool:
    return unicodedata.category(char) in {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd"}


def number_like_github(slug: str, used: Used) -> str:
    unique = slug
    while unique in used:
        used[slug] += 1
        unique = f"{slug}-{used[slug]}"
    return unique


def number_from_one(slug: str, used: Used) -> str:
    """The first number that is free."""
    number, unique = used.get(slug, 0), slug
    while unique in used:
        number += 1
        unique = f"{slug}-{number}"
    if slug in used:
        used[slug] = number
    return unique


def number_with_underscore(slug: str, used: Used) -> str:
    """An empty slug is numbered too, and a number at the end of a slug is counted on."""
    while slug in used or not slug:
        found = re.fullmatch(r"(.+)_(\d+)", slug, re.DOTALL)
        slug = f"{found[1]}_{int(found[2]) + 1}" if found else f"{slug}_1"
    return slug


def number_by_count(slug: str, used: Used) -> str:
    """The number counts equal slugs; two anchors may be the same."""
    if slug not in used:
        return slug
    used[slug] += 1
    return f"{slug}-{used[slug]}"


def number_like_docutils(slug: str, used: Used) -> str:
    """A repeated or empty slug becomes `id1`, `id2` and so on."""
    while slug in used or not slug:
        used[""] = used.get("", 0) + 1
        slug = f"id{used['']}"
    return slug


@dataclass(frozen=True)
class SlugRule:
    """`number` makes a slug unique on its page.

    `source` is what the slug is made from: the visible text of the heading, that text without images, or its Markdown.
    Explicit ids of headings are `counted` as used: those before the heading, all of the page, or none.
    """

    slug: Callable[[str], str]
    number: Callable[[str, Used], str]
    source: Literal["text", "no images", "markdown"] = "text"
    counted: Literal["none", "before", "all"] = "none"


GITHUB: Final = SlugRule(github_slug, number_like_github)
SLUG_RULES: Final[Mapping[str, SlugRule]] = MappingProxyType({
    "github": GITHUB,
    "starlight": SlugRule(github_slug, number_like_github, "no images"),
    "vitepress": SlugRule(vitepress_slug, number_from_one, counted="before"),
    "python_markdown": SlugRule(python_markdown_slug, number_with_underscore, "no images", "all"),
    "python_markdown_unicode": SlugRule(python_markdown_unicode_slug, number_with_underscore, "no images", "all"),
    "pymdownx": SlugRule(pymdownx_slug, number_with_underscore, "no images", "all"),
    "pymdownx_cased": SlugRule(pymdownx_cased_slug, number_with_underscore, "no images", "all"),
    "hugo": SlugRule(hugo_slug, number_from_one, "markdown", "before"),
    "hugo_ascii": SlugRule(hugo_ascii_slug, number_from_one, "markdown", "before"),
    "blackfriday": SlugRule(blackfriday_slug, number_from_one, "markdown", "before"),
    "kramdown": SlugRule(kramdown_slug, number_by_count, "no images"),
    "mdbook": SlugRule(mdbook_slug, number_from_one, "no images"),
    "docutils": SlugRule(docutils_slug, number_like_docutils),
})  # fmt: skip
