"""The address of a page on the published site, as its generator makes it.

docusaurus   Number prefixes (`01-`, `2.`) are removed from each part of the path. `index`, `README` and a file named
             like its folder have the folder's address. `slug` replaces the path (`/absolute`) or its last part
             (`relative`); `id` replaces the last part. No address ends with a slash, because every host finds
             `guides`, but not every host finds `guides/`.
github       The path itself, with the suffix.
starlight    Each part of the path becomes a slug; `slug` replaces the path.
hugo         In lower case, with `-` for spaces. `url` replaces the path, `slug` its last part.
jekyll       `permalink` replaces the path. A folder `_docs` is a collection, whose addresses the configuration names.
others       The path, as `guides/install/` or `guides/install.html`; the configuration may choose the other form.

A file that readers open as it is (HTML, PDF) keeps its path; `index.html` has its folder's address. For `docusaurus`
the suffix `.html` is removed, unless addresses are files; for `github` nothing is. In a built site text keeps its path,
too.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final
from urllib.parse import quote, unquote

from glossator.domain.book.pages.dialect.generators import AddressStyle, Dialect, Generator, rules_of
from glossator.domain.book.pages.dialect.slugs import github_slug
from glossator.domain.book.pages.formats import format_of
from glossator.domain.book.pages.front_matter import BadPage, FrontMatter

ALLOWED: Final = re.compile(r"[A-Za-z0-9._~/%-]+")
BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\\]")
DATE_OR_VERSION: Final = re.compile(r"\d+[-_.]\d+")
"""`2024-01-news` and `7.0-changes` have no number prefix."""
NUMBER_PREFIX: Final = re.compile(r"\d+\s*[-_.]+\s*(?P<name>[^-_.\s].*)")
POST: Final = re.compile(r"(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)-(?P<title>.+)")
PLACEHOLDER: Final = re.compile(r":(\w+)")
POSTS: Final = "/:year/:month/:day/:title:output_ext"
COLLECTION: Final = "/:collection/:path:output_ext"


def page_url(path: str, front_matter: FrontMatter, dialect: Dialect) -> str:
    """`path` is a POSIX path under the docs folder. Raises BadPage for front matter that cannot be an address."""
    pure = PurePosixPath(path)
    if dialect.content and pure.is_relative_to(dialect.content):
        pure = pure.relative_to(dialect.content)
    row = format_of(path)
    is_plain_text = not row.markdown and dialect.generator != "docusaurus"
    if row.published or is_plain_text or (dialect.built and not row.front_matter):
        return encode_url(published_address(pure, dialect))
    return encode_url(ADDRESSES.get(dialect.generator, plain_address)(pure, front_matter, dialect))


def published_address(path: PurePosixPath, dialect: Dialect) -> str:
    style = rules_of(dialect).addresses and (dialect.addresses or rules_of(dialect).addresses)
    if style and path.stem.lower() == "index" and path.suffix.lower().startswith(".htm"):
        return in_folder(path.parent, "", "folder" if style != "plain" else "plain")
    keeps_suffix = style != "plain" or path.suffix.lower() != ".html"
    return in_folder(path.parent, path.name if keeps_suffix else path.stem, "")


def plain_address(path: PurePosixPath, _: FrontMatter, dialect: Dialect) -> str:
    return address_in_style(path.parent, path.stem, dialect)


def address_in_style(folder: PurePosixPath, name: str, dialect: Dialect) -> str:
    """A name from `index` of the generator's rules has the address of the folder."""
    rules = rules_of(dialect)
    style = dialect.addresses or rules.addresses
    if name in rules.index:
        return in_folder(folder, "", "plain" if style == "plain" else "folder")
    return in_folder(folder, name, style)


def in_folder(folder: PurePosixPath, name: str, style: AddressStyle) -> str:
    parent = folder.as_posix().removeprefix(".")
    address = f"{parent}/{name}".strip("/")
    ending = {"folder": "/", "file": ".html"}.get(style, "")
    return f"{address}{ending}" if address else ""


def github_address(path: PurePosixPath, _: FrontMatter, __: Dialect) -> str:
    return path.as_posix()


def docusaurus_address(path: PurePosixPath, front_matter: FrontMatter, _: Dialect) -> str:
    folder = [remove_number(part) for part in path.parts[:-1]]
    if front_matter.slug is not None:
        slug = decode_field("slug", front_matter.slug)
        return (slug if slug.startswith("/") else "/".join([*folder, slug])).strip("/")
    if path.stem.lower() in {"index", "readme", path.parent.name.lower()}:
        return "/".join(folder)
    return "/".join([*folder, last_part(path, front_matter)]).strip("/")


def last_part(path: PurePosixPath, front_matter: FrontMatter) -> str:
    if front_matter.id is None:
        return remove_number(path.stem)
    if "/" in front_matter.id:
        raise BadPage("front matter: `id` must not contain a slash")
    return decode_field("id", front_matter.id)


def starlight_address(path: PurePosixPath, front_matter: FrontMatter, dialect: Dialect) -> str:
    if front_matter.slug is not None:
        return in_folder(PurePosixPath(), plain_path("slug", front_matter.slug).strip("/"), "folder")
    folder, name = PurePosixPath(*map(github_slug, path.parts[:-1])), github_slug(path.stem)
    return address_in_style(folder, name, dialect)


def hugo_address(path: PurePosixPath, front_matter: FrontMatter, dialect: Dialect) -> str:
    if front_matter.url is not None:
        return plain_path("url", front_matter.url).lstrip("/")
    folder, name = PurePosixPath(*map(hugo_part, path.parts[:-1])), hugo_part(path.stem)
    if front_matter.slug is not None:
        slug = hugo_part(plain_path("slug", front_matter.slug).strip("/"))
        folder, name = (folder.parent, slug) if name == "index" else (folder, name if name == "_index" else slug)
    if name == "index" and dialect.addresses == "file":
        return in_folder(folder.parent, folder.name, "file")
    return address_in_style(folder, name, dialect)


def hugo_part(part: str) -> str:
    return "-".join("".join(char for char in part.lower() if char.isalnum() or char in " ._#+~-@%").split())


def jekyll_address(path: PurePosixPath, front_matter: FrontMatter, dialect: Dialect) -> str:
    top = path.parts[0]
    inside = path.relative_to(top) if top.startswith("_") and len(path.parts) > 1 else path
    template = plain_path("permalink", front_matter.permalink) if front_matter.permalink is not None else ""
    if inside != path and not template:
        template = dict(dialect.permalinks).get(top[1:], POSTS if top == "_posts" else COLLECTION)
    if not template:
        return plain_address(path, front_matter, dialect)
    return expand(template, top[1:], inside).removesuffix("index.html").lstrip("/")


def expand(template: str, collection: str, path: PurePosixPath) -> str:
    """Fill in a template of Jekyll; placeholders without a value are removed."""
    stem = path.with_suffix("").as_posix()
    post = POST.fullmatch(path.stem)
    values = {"collection": collection, "path": stem, "name": path.stem, "title": path.stem, "output_ext": ".html"}
    values |= post.groupdict() if post else {}
    filled = PLACEHOLDER.sub(lambda found: values.get(found[1], ""), template)
    return re.sub(r"/{2,}", "/", filled)


def plain_path(name: str, value: str) -> str:
    """Validate a path in front matter. Raises BadPage."""
    if CONTROL.search(value) or {".", ".."} & set(value.split("/")):
        raise BadPage(f"front matter: `{name}` must be a plain path without . or ..")
    return value


def remove_number(name: str) -> str:
    if DATE_OR_VERSION.match(name):
        return name
    found = NUMBER_PREFIX.fullmatch(name)
    return found["name"] if found else name


def page_address(path: str) -> str:
    """What all ways to write the address of a page have in common."""
    return re.sub(r"(?:^|(?<=/))index\.html?$|\.html?$", "", path).strip("/").removeprefix(".")


def number_of(name: str) -> int | None:
    """The number that `remove_number` removes."""
    found = re.match(r"\d{1,9}", name) if remove_number(name) != name else None
    return int(found[0]) if found else None


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
        return quote(path.lstrip("/"), safe="/~")
    except UnicodeEncodeError:
        raise BadPage("the file name is not UTF-8") from None


AddressRule = Callable[[PurePosixPath, FrontMatter, Dialect], str]
ADDRESSES: Final[Mapping[Generator, AddressRule]] = MappingProxyType({
    "docusaurus": docusaurus_address,
    "github": github_address,
    "starlight": starlight_address,
    "hugo": hugo_address,
    "jekyll": jekyll_address,
})  # fmt: skip
"""Without an entry: `plain_address`."""
