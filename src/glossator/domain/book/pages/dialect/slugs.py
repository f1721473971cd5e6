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
VOWEL_CLASSES: Final = frozenset({0, *range(10, 36), 103})
"""Combining classes of Unicode."""
BASE_LETTERS: Final = str.maketrans(
    {"ß": "sz", "æ": "ae", "œ": "oe", "ȸ": "db", "ȹ": "qp"}
    | dict(zip("øđħıłŧƀƃƈƌƒƙƚƞƥƫƭƴƶǥȥȴȵȶȷȼȿɀɇɉɋɍɏ", "odhiltbbcdfklnpttyzgzlntjcszejqry", strict=True))
)
"""Letters that Unicode does not decompose, as docutils replaces them."""
EMOJI_NAME: Final = re.compile(r"(?<!\w):[a-z0-9_+-]+:(?!\w)")
CONTROL: Final = re.compile(r"[\x00-\x1f]")

UsedSlugs = dict[str, int]
"""The anchors of a page so far, each with the last number that its slug got."""


def github_slug(text: str) -> str:
    return "".join("-" if char == " " else char for char in text.lower() if is_allowed(char))


def is_allowed(char: str) -> bool:
    return char in " -" or unicodedata.category(char) in ALLOWED_CATEGORIES or ord(char) in CIRCLED_LETTERS


def vitepress_slug(text: str) -> str:
    text = unicodedata.normalize("NFKD", EMOJI_NAME.sub("", text))
    plain = "".join(char for char in text if not "\u0300" <= char <= "\u036f")
    slug = VITEPRESS_SPECIAL.sub("-", CONTROL.sub("", plain)).strip("-")
    return (f"_{slug}" if re.match(r"\d", slug, re.ASCII) else slug).lower()


def python_markdown_slug(text: str) -> str:
    return python_markdown_unicode_slug(ascii_only(text))


def python_markdown_unicode_slug(text: str) -> str:
    text = re.sub(r"[^\w\s-]", "", text).strip().lower()
    return re.sub(r"[-\s]+", "-", text)


def pymdownx_slug(text: str) -> str:
    return pymdownx_cased_slug(text.lower())


def pymdownx_cased_slug(text: str) -> str:
    plain = re.sub(r"<[^<>]*>", "", unicodedata.normalize("NFC", " ".join(text.split())))
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def hugo_slug(text: str) -> str:
    kept = ("-" if char == " " else simple_lower(char) for char in text if char in "- _" or is_letter_or_digit(char))
    return "".join(kept) or "heading"


def hugo_ascii_slug(text: str) -> str:
    return hugo_slug("".join(char for char in without_accents(text) if char.isascii()))


def blackfriday_slug(text: str) -> str:
    kept = (simple_lower(char) if unicodedata.category(char)[0] in "LN" else " " for char in text)
    return "-".join("".join(kept).split()) or "heading"


def kramdown_slug(text: str) -> str:
    return github_slug(text.replace("\t", " "))


def mdbook_slug(text: str) -> str:
    lower = text.strip().lower()
    kept = ("-" if char.isspace() else char for char in lower if char in "_-" or char.isspace() or is_alphabetic(char))
    return "".join(kept) or "section"


def is_alphabetic(char: str) -> bool:
    """Also numbers, and marks that are vowels; accents, viramas and nuktas are not."""
    is_vowel = unicodedata.category(char) in {"Mn", "Mc"} and unicodedata.combining(char) in VOWEL_CLASSES
    return char.isalnum() or is_vowel


def docutils_slug(text: str) -> str:
    return (
        re.sub(r"[^a-z0-9]+", "-", ascii_only(text.lower().translate(BASE_LETTERS))).lstrip("-0123456789").rstrip("-")
    )


def ascii_only(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def without_accents(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", text) if unicodedata.category(char) != "Mn")


def is_letter_or_digit(char: str) -> bool:
    return unicodedata.category(char) in {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd"}


def simple_lower(char: str) -> str:
    """One character for one: Go lowers `İ` to `i`."""
    return char.lower()[:1]


def number_like_github(slug: str, used: UsedSlugs) -> str:
    unique = slug
    while unique in used:
        used[slug] += 1
        unique = f"{slug}-{used[slug]}"
    used[unique] = 0
    return unique


def number_from_one(slug: str, used: UsedSlugs) -> str:
    """The first number that is free."""
    number, unique = used.get(slug, 0), slug
    while unique in used:
        number += 1
        unique = f"{slug}-{number}"
    used[slug] = number
    used.setdefault(unique, 0)
    return unique


def number_with_underscore(slug: str, used: UsedSlugs) -> str:
    """An empty slug is numbered too, and a number at the end of a slug is counted on."""
    if slug in used or not slug:
        found = re.fullmatch(r"(.*)_(\d+)", slug, re.DOTALL)
        name, number = (found[1], int(found[2])) if found else (slug, 0)
        number = max(number, used.get(f"{name}\0", 0))  # the numbers so far are used
        while slug in used or not slug:
            number += 1
            slug = f"{name}_{number}"
        if not found:
            used[f"{name}\0"] = number
    used[slug] = 0
    return slug


def number_by_count(slug: str, used: UsedSlugs) -> str:
    """The number counts equal slugs; two anchors may be the same."""
    used[slug] = used.get(slug, -1) + 1
    return f"{slug}-{used[slug]}" if used[slug] else slug


def number_like_docutils(slug: str, used: UsedSlugs) -> str:
    """A repeated or empty slug becomes `id1`, `id2` and so on."""
    while slug in used or not slug:
        used[""] = used.get("", 0) + 1
        slug = f"id{used['']}"
    used[slug] = 0
    return slug


@dataclass(frozen=True)
class SlugRule:
    """`number` makes a slug unique on its page.

    A slug is made from the visible text of the heading: with or without the texts of `images`, and with `entities` as
    characters or as they are written. Explicit ids of headings are `counted` as used: those before the heading, all of
    the page, or none.
    """

    slug: Callable[[str], str]
    number: Callable[[str, UsedSlugs], str]
    images: bool = True
    entities: bool = True
    counted: Literal["none", "before", "all"] = "none"


def python_markdown_rule(slug: Callable[[str], str]) -> SlugRule:
    return SlugRule(lambda text: slug(EMOJI_NAME.sub("", text)), number_with_underscore, images=False, counted="all")


GITHUB: Final = SlugRule(github_slug, number_like_github)
SLUG_RULES: Final[Mapping[str, SlugRule]] = MappingProxyType({
    "github": GITHUB,
    "starlight": SlugRule(github_slug, number_like_github, images=False),
    "vitepress": SlugRule(vitepress_slug, number_from_one, images=False, entities=False, counted="before"),
    "python_markdown": python_markdown_rule(python_markdown_slug),
    "python_markdown_unicode": python_markdown_rule(python_markdown_unicode_slug),
    "pymdownx": python_markdown_rule(pymdownx_slug),
    "pymdownx_cased": python_markdown_rule(pymdownx_cased_slug),
    "hugo": SlugRule(hugo_slug, number_from_one, counted="before"),
    "hugo_ascii": SlugRule(hugo_ascii_slug, number_from_one, counted="before"),
    "blackfriday": SlugRule(blackfriday_slug, number_from_one, counted="before"),
    "kramdown": SlugRule(kramdown_slug, number_by_count, images=False),
    "mdbook": SlugRule(mdbook_slug, number_from_one, images=False),
    "docutils": SlugRule(docutils_slug, number_like_docutils, images=False),
})  # fmt: skip
