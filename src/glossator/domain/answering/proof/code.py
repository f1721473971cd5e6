"""Recognises code by its look, where its fence is not in the text."""

import re
from typing import Final

MIN_SHARE: Final = 0.6
SHARE_BEFORE_FENCE: Final = 0.4
_FENCE: Final = re.compile(r"^[ \t]*(?:`{3,}|~{3,})[ \t]*(.*)$")
_LIST_OR_HEADING: Final = re.compile(r"^\s*(?:[-*+>|]|\d+[.)]|#{1,6}|:{3,}|!!!|===|<)(?:\s|\w|$)")
_PROSE: Final = re.compile(r"[a-z]{2}[.!?:,]$|^[A-Z][a-z]+ (?:[a-z]+ ){3}")
_CODE: Final = re.compile(
    r"^\s{4,}\S|^\t|[({\[;]$|^\s*[)}\]]+[,;:]?$|^\s*(?:@\w|#!|//|\$ |>>> |\"{3})|\w\(.*\):?;?$|\s=>?\s|^\s*\w+=\S"
    r"|^\s*(?:async def|def \w+\(|class \w+\W|return|import \w+$|from \S+ import|await \S+$|yield|assert|const|let|var"
    r"|function|export|elif|if .*:$|for .*:$|with .*:$|try:|else:|except\b.*:|#include|SELECT|INSERT)"
)


def looks_like_code(text: str, share: float = MIN_SHARE) -> bool:
    """Whether at least this share of the lines look like code."""
    lines = [line for line in text.split("\n") if line.strip()]
    return bool(lines) and sum(map(_is_code, lines)) >= share * len(lines)


def _is_code(line: str) -> bool:
    return (
        _CODE.search(line) is not None and _LIST_OR_HEADING.match(line) is None and _PROSE.search(line.strip()) is None
    )


def with_opening_fence(text: str) -> str:
    """A passage that begins inside a code block, with the fence that a passage before it has."""
    lines = text.split("\n")
    fences = [(at, found[1]) for at, line in enumerate(lines) if (found := _FENCE.match(line))]
    if not fences:
        return f"```\n{text}\n```" if looks_like_code(text) else text
    at, info = fences[0]
    before = "\n".join(lines[:at])
    if info.strip() or not before.strip() or not looks_like_code(before, SHARE_BEFORE_FENCE):
        return text
    opens_at_end = len(fences) % 2 == 0 and bool(fences[-1][1].strip())
    if len(fences) % 2 == 0 and not opens_at_end:
        return text
    return "\n".join(["```", *lines[:at], "```", *lines[at + 1 :]])
