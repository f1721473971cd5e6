"""The address of a page on the published site.

`docusaurus`: number prefixes (`01-`, `2.`) are removed from each part of the path. `index`, `README` and a file named
like its folder have the folder's address. `slug` replaces the path (`/absolute`) or its last part (`relative`); `id`
replaces the last part. No address ends with a slash, because every host finds `guides`, but not every host finds
`guides/`.
`github`: the path itself, with the suffix. Front matter is ignored.
A file that is a published page (HTML) keeps its path; only `index` and the suffix `.html` are removed, because no host
adds `.htm`. For `github` nothing is removed.
"""

import re
from pathlib import PurePosixPath
from urllib.parse import quote, unquote

from glossator.domain.book.pages.anchors import Generator
from glossator.domain.book.pages.formats import format_of
from glossator.domain.book.pages.front_matter import BadPage, FrontMatter

ALLOWED = re.compile(r"[A-Za-z0-9._~/%-]+")
BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")
DATE_OR_VERSION = re.compile(r"\d+[-_.]\d+")
"""`2024-01-news` and `7.0-changes` have no number prefix."""
NUMBER_PREFIX = re.compile(r"\d+\s*[-_.]+\s*(?P<name>[^-_.\s].*)")


def page_url(path: str, front_matter: FrontMatter, generator: Generator) -> str:
    """`path` is a POSIX path under the docs folder. Raises BadPage for a `slug` or `id` that cannot be a path."""
    if generator == "github":
        return encode_url(path)
    if format_of(path).own_ids:
        return encode_url(published_address(PurePosixPath(path)))
    folder = [remove_number(part) for part in PurePosixPath(path).parts[:-1]]
    if front_matter.slug is not None:
        slug = decode_field("slug", front_matter.slug)
        return encode_url(slug if slug.startswith("/") else "/".join([*folder, slug]))
    if has_folder_address(PurePosixPath(path)):
        return encode_url("/".join(folder))
    return encode_url("/".join([*folder, last_part(path, front_matter)]))


def published_address(path: PurePosixPath) -> str:
    folder = path.parent.as_posix().removeprefix(".")
    name = path.stem if path.suffix.lower() == ".html" else path.name
    return folder if path.stem.lower() == "index" else f"{folder}/{name}"


def last_part(path: str, front_matter: FrontMatter) -> str:
    if front_matter.id is None:
        return remove_number(PurePosixPath(path).stem)
    if "/" in front_matter.id:
        raise BadPage("front matter: `id` must not contain a slash")
    return decode_field("id", front_matter.id)


def has_folder_address(path: PurePosixPath) -> bool:
    return path.stem.lower() in {"index", "readme", path.parent.name.lower()}


def remove_number(name: str) -> str:
    if DATE_OR_VERSION.match(name):
        return name
    found = NUMBER_PREFIX.fullmatch(name)
    return found["name"] if found else name


def decode_field(name: str, value: str) -> str:
    """Validate and decode a `slug` or `id`. Raises BadPage."""
    if not ALLOWED.fullmatch(value):
        raise BadPage(f"front matter: `{name}` may contain only letters, digits and . _ ~ / % -")
    if BAD_ESCAPE.search(value):
        raise BadPage(f"front matter: `{name}` contains a % that is not an escape sequence")
    try:
        plain = unquote(value, errors="strict")
    except UnicodeDecodeError:
        raise BadPage(f"front matter: `{name}` contains escape sequences that are not UTF-8") from None
    if "//" in plain or CONTROL.search(plain) or {".", ".."} & set(plain.split("/")):
        raise BadPage(f"front matter: `{name}` must be a plain path without //, . or ..")
    return plain


def encode_url(path: str) -> str:
    """Encode a decoded path. Page URLs are stored and compared in this form only."""
    try:
        return quote(path.strip("/"), safe="/~")
    except UnicodeEncodeError:
        raise BadPage("the file name is not UTF-8") from None
