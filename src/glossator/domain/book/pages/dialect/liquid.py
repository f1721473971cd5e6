"""Reads Liquid, which Jekyll runs before Markdown, so that its tags count in code and in indented HTML too.

- What `{% raw %}` holds is text: its braces are covered until the other tags are read.
- Comments are dropped, and so are the tags that only decide what is shown: loops, conditions, assignments.
- An expression with a literal (`{{ '/docs/' | relative_url }}`) becomes the literal; of others the value is not known.

Code keeps its expressions: a book shows them there more often than it uses them.
"""

import re
from collections.abc import Callable
from typing import Final

from glossator.domain.book.pages.dialect.tab_blocks import split_code

RAW: Final = re.compile(r"\{%-?\s*raw\s*-?%\}"), re.compile(r"\{%-?\s*endraw\s*-?%\}")
COMMENT: Final = re.compile(r"\{%-?\s*comment\s*-?%\}"), re.compile(r"\{%-?\s*endcomment\s*-?%\}")
SPAN: Final = r"(?<!`)(?P<span>`++)[^`\n]*(?P=span)(?!`)"
CONTROL: Final = re.compile(
    SPAN + r"|(?P<line>(?<![^\n])[ \t]*)?"
    r"\{%-?\s*(?:(?:end)?(?:for|if|unless|case|capture|tablerow)|else|elsif|when|assign|cycle|break|continue"
    r"|increment|decrement|render|layout|seo|feed_meta)\b(?:[^%{}]|%(?!\})){0,500}%\}(?(line)(?:[ \t]*\n)?)"
)
EXPRESSION: Final = re.compile(
    SPAN + r"|\{\{-?\s*(?:(?P<quote>[\"'])(?P<literal>[^\"'{}\n]*)(?P=quote))?(?![<%{#*])[^{}\n]{0,300}\}\}"
)
COVER: Final = "\ufdd0"
"""In place of a covered brace: a noncharacter, which no text contains."""


def read_liquid(text: str) -> str:
    """The braces of raw text are covered."""
    if "{%" not in text and "{{" not in text:
        return text
    text = replace_between(text, *RAW, lambda raw: raw.replace("{", COVER))
    text = replace_between(text, *COMMENT, lambda _: "")
    return "".join(part if in_code else read_prose(part) for in_code, part in split_code(text))


def replace_between(text: str, opening: re.Pattern[str], closing: re.Pattern[str], change: Callable[[str], str]) -> str:
    """A tag that nothing closes ends the search: one pattern for both would search to the end from each such tag."""
    parts, position = [], 0
    while (begin := opening.search(text, position)) and (end := closing.search(text, begin.end())):
        parts += [text[position : begin.start()], change(text[begin.end() : end.start()])]
        position = end.end()
    return "".join(parts) + text[position:]


def read_prose(text: str) -> str:
    text = CONTROL.sub(without_line, text)
    return EXPRESSION.sub(lambda found: found[0] if found["span"] else found["literal"] or "", text)


def without_line(found: re.Match[str]) -> str:
    """A line with only a tag goes with it."""
    return found[0] if found["span"] else "" if found[0].endswith("\n") else found["line"] or ""


def uncover(text: str) -> str:
    return text.replace(COVER, "{")
