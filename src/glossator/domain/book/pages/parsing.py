"""Reads a file into a page.

A page's source is the text that its format's reader returns, without byte order mark, with `\\n` as line end and NUL
replaced by U+FFFD (as CommonMark requires).
"""

import hashlib
import re

from glossator.domain.book.pages.anchors import AnchorRules
from glossator.domain.book.pages.clean import clean_markdown
from glossator.domain.book.pages.dialect.components import read_components
from glossator.domain.book.pages.dialect.generators import DEFAULT_DIALECT, Dialect
from glossator.domain.book.pages.dialect.home import GENERATORS, home_text
from glossator.domain.book.pages.dialect.myst import read_myst
from glossator.domain.book.pages.formats import format_of
from glossator.domain.book.pages.front_matter import BadPage, FrontMatter, body_start
from glossator.domain.book.pages.front_matter_fields import split_front_matter
from glossator.domain.book.pages.markdown import ParsedBody, parse_blocks
from glossator.domain.book.pages.sections import anchor_rules, read_headings, title_from_name
from glossator.domain.book.pages.urls import page_url
from glossator.domain.book.passages import Page

MAX_LINES = 50_000
MAY_BE_TITLE = re.compile(r"^[ \t>*+\d.)-]{0,50}(?:#(?!#)|=+[ \t]*$)", re.MULTILINE)
TITLE_LENGTH = 50_000
"""Characters at the start of a page, which have its title in most cases."""


def normalize(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


def parse_page(path: str, text: str, dialect: Dialect = DEFAULT_DIALECT) -> Page:
    """Raises BadPage."""
    row = format_of(path)
    source, fallback_title = row.read(normalize(text))
    if row.front_matter and dialect.generator in GENERATORS:
        source, name = with_home_text(source)
        fallback_title = fallback_title or name
    if row.markdown and not row.own_ids:
        source = read_components(source, dialect)
        source = read_myst(source) if dialect.generator == "sphinx" else source
        source = clean_markdown(path, source, cross_references=dialect.generator == "mkdocs")
    if source.count("\n") > MAX_LINES:
        raise BadPage(f"longer than {MAX_LINES} lines")
    front_matter = split_front_matter(source)[0] if row.front_matter else FrontMatter()
    url = page_url(path, front_matter, dialect)
    title = front_matter.title or first_title(path, source, dialect, fallback_title) or title_from_name(path)
    return Page(path, title, url, source, page_hash(path, title, url, source, repr(dialect)), dialect=dialect)


def with_home_text(source: str) -> tuple[str, str]:
    """Also the name of the site."""
    start = body_start(source)
    name, text = home_text(source[:start].strip().strip("-")) if source.startswith("---") else ("", "")
    rest = source[start:].lstrip("\n")
    return (f"{source[:start]}\n{text}\n\n{rest}" if text else source), name


def page_hash(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def first_title(path: str, source: str, dialect: Dialect, fallback: str) -> str:
    """The first heading of level 1 that has text, or else `fallback`, or else the heading that the page opens with.

    The start of the page is tried first, because parsing takes time.
    """
    if not format_of(path).markdown:
        return fallback
    rules = anchor_rules(path, dialect)
    body = parse_blocks(path, source[:TITLE_LENGTH])
    title = title_of(body, rules)
    unfinished = any(name.startswith("without ") for name in body.env)
    if len(source) > TITLE_LENGTH and (unfinished or (not title and MAY_BE_TITLE.search(source, TITLE_LENGTH))):
        body = parse_blocks(path, source)
        title = title_of(body, rules)
    return title or fallback or (opening_title(body, rules) if format_of(path).titled else "")


def title_of(body: ParsedBody, rules: AnchorRules) -> str:
    found = (heading.title for _, heading in read_headings(body, rules) if heading.level == 1)
    return next((title for title in found if title), "")


def opening_title(body: ParsedBody, rules: AnchorRules) -> str:
    """The title of the heading that is the first block; "" if another block precedes it."""
    first = next((token for token in body.tokens if token.type != "markup"), None)
    token, heading = next(read_headings(body, rules), (None, None))
    return heading.title if heading and token is first else ""
