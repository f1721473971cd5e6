"""The address of a page under the published site.

`docusaurus`: number prefixes (`01-`, `2.`) are taken off each part, `index`, `README` and a file named like its folder
stand for the folder, `slug` replaces the path (`/absolute`) or its last part (`relative`), `id` the last part. No
address ends in a slash: `guides` is found by every host however the site was built, `guides/` is not.
`github`: the path as it is, suffix included; front matter has no say.
A page of HTML is published already, so only `index` and the suffix are taken off its path, and nothing for `github`.
"""

import re
from pathlib import PurePosixPath
from urllib.parse import quote, unquote

from glossator.domain.book.pages.anchors import Generator
from glossator.domain.book.pages.formats import is_html
from glossator.domain.book.pages.front_matter import BadPage, FrontMatter

ALLOWED = re.compile(r"[A-Za-z0-9._~/%-]+")
BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")
NOT_A_PREFIX = re.compile(r"\d+[-_.]\d+")
"""Dates and versions: `2024-01-news`, `7.0-changes`."""
NUMBER_PREFIX = re.compile(r"\d+\s*[-_.]+\s*(?P<name>[^-_.\s].*)")


def page_url(path: str, front_matter: FrontMatter, generator: Generator) -> str:
    """`path` is a POSIX path under the docs folder. Raises BadPage for a `slug` or `id` that cannot be a path."""
    if generator == "github":
        return encoded(path)
    if is_html(path):
        return encoded(html_address(PurePosixPath(path)))
    folder = [without_number(part) for part in PurePosixPath(path).parts[:-1]]
    if front_matter.slug is not None:
        slug = checked("slug", front_matter.slug)
        return encoded(slug if slug.startswith("/") else "/".join([*folder, slug]))
    if stands_for_folder(PurePosixPath(path)):
        return encoded("/".join(folder))
    return encoded("/".join([*folder, last_part(path, front_matter)]))


def html_address(path: PurePosixPath) -> str:
    folder = path.parent.as_posix().removeprefix(".")
    return folder if path.stem.lower() == "index" else f"{folder}/{path.stem}"


def last_part(path: str, front_matter: FrontMatter) -> str:
    if front_matter.id is None:
        return without_number(PurePosixPath(path).stem)
    if "/" in front_matter.id:
        raise BadPage("front matter: `id` must not hold a slash")
    return checked("id", front_matter.id)


def stands_for_folder(path: PurePosixPath) -> bool:
    return path.stem.lower() in {"index", "readme", path.parent.name.lower()}


def without_number(name: str) -> str:
    if NOT_A_PREFIX.match(name):
        return name
    found = NUMBER_PREFIX.fullmatch(name)
    return found["name"] if found else name


def checked(name: str, value: str) -> str:
    """The decoded value."""
    if not ALLOWED.fullmatch(value):
        raise BadPage(f"front matter: `{name}` may hold only letters, digits and . _ ~ / % -")
    if BAD_ESCAPE.search(value):
        raise BadPage(f"front matter: `{name}` holds a % that is no escape")
    try:
        plain = unquote(value, errors="strict")
    except UnicodeDecodeError:
        raise BadPage(f"front matter: `{name}` holds escapes that are not UTF-8") from None
    if "//" in plain or CONTROL.search(plain) or {".", ".."} & set(plain.split("/")):
        raise BadPage(f"front matter: `{name}` must be a plain path, without //, . or .. in it")
    return plain


def encoded(path: str) -> str:
    """The one form in which urls of pages are written and compared; takes a decoded path."""
    try:
        return quote(path.strip("/"), safe="/~")
    except UnicodeEncodeError:
        raise BadPage("its name is not UTF-8") from None
