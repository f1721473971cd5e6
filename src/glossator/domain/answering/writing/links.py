"""Decides whether the target of a link is a page of the book."""

import re
from typing import Final

# A strict subset of the characters of a URL; no brackets, quotation marks, backslashes or control characters.
_SAFE: Final = re.compile(r"(?:[A-Za-z0-9\-._~/?#=&+,;:@!$'*]|%[0-9A-Fa-f]{2})+")
# Encoded control characters, dots, slashes and backslashes, which a server or browser may decode.
_UNSAFE_CODES: Final = re.compile(r"%(?:[01][0-9a-f]|7f|2e|2f|5c)", re.IGNORECASE)
_SCHEME: Final = re.compile(r"[^/?#]*:")


def is_book_page(target: str, base_url: str) -> bool:
    """Whether `target` is below `base_url`, which ends with a slash, or is relative and stays in its folder."""
    if not _SAFE.fullmatch(target) or _UNSAFE_CODES.search(target):
        return False
    path = re.split(r"[?#]", target, maxsplit=1)[0]
    if ".." in path.split("/"):
        return False
    if target.startswith(base_url):
        return True
    return target[0] not in "/?" and not _SCHEME.match(target)
