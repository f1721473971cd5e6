"""Front matter: where it ends, and its fields, which `front_matter_fields` reads."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

MAX_LENGTH = 64 * 1024
FENCES = re.compile(
    r"---[ \t]*\n(?P<yaml>(?:.*\n)*?)---[ \t]*(?:\n|\Z)|\+\+\+[ \t]*\n(?P<toml>(?:.*\n)*?)\+\+\+[ \t]*(?:\n|\Z)"
)
JSON_END = re.compile(r"[ \t]*(?:\n|\Z)")


class BadPage(ValueError):
    """This file cannot be read as a page; the message tells its author why."""


@dataclass(frozen=True)
class FrontMatter:
    """The fields that are used; an absent or empty field is None."""

    title: str | None = None
    slug: str | None = None
    id: str | None = None
    url: str | None = None
    permalink: str | None = None


def body_start(source: str) -> int:
    found = FENCES.match(source)
    return found.end() if found else read_json(source)[1]


def read_json(source: str) -> tuple[Mapping[str, object], int]:
    """The JSON object at the top of the page and the offset after it; an MDX expression is no JSON."""
    if not re.match(r"\{\s*\"", source):
        return {}, 0
    try:
        values, end = json.JSONDecoder().raw_decode(source[:MAX_LENGTH])
    except (ValueError, RecursionError):
        return {}, 0
    after = JSON_END.match(source, end)
    return (values, after.end()) if after else ({}, 0)
