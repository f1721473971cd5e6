"""Block quotes in linear time.

markdown-it's rule first reads to the last line that could belong to the quote, then parses what it read. A line without
`>` belongs to the quote only if it continues a paragraph: after a heading, a fence or an admonition the quote ends, and
the next quote would read all the other lines again. Here a quote first reads a few lines, and more of them only if it
needed those.
"""

from typing import Any

from markdown_it.rules_block import StateBlock, blockquote

FIRST_LINES = 16
GROWTH = 8
"""High, since quotes in quotes are parsed again by each of the outer ones."""


def quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if silent or not is_quoted(state, start):
        return blockquote(state, start, end, silent)
    lines, written, last, env = FIRST_LINES, len(state.tokens), state.lineMax, Known(state.env)
    while (limit := unquoted_line(state, start + lines, end)) < end:
        state.env["quoted to"] = {**state.env.get("quoted to", {}), limit: end}
        state.lineMax = limit
        blockquote(state, start, limit, False)
        state.lineMax = last
        env.restore(keep_references=state.line < limit)
        if state.line < limit:
            return True
        del state.tokens[written:]
        lines *= GROWTH
    return blockquote(state, start, end, False)


def unquoted_line(state: StateBlock, first: int, end: int) -> int:
    """The next line from here on that is not marked as quoted; blank lines do not count."""
    return next((at for at in range(first, end) if not (is_quoted(state, at) or state.isEmpty(at))), end)


def is_quoted(state: StateBlock, number: int) -> bool:
    return state.src.startswith(">", state.bMarks[number] + state.tShift[number])


class Known:
    """What the parser knows about a page, to be restored when lines are parsed again.

    What it knows of absent closing marks is about the lines that it read, so it is forgotten too.
    """

    def __init__(self, env: Any) -> None:
        self._env, self._before = env, dict(env)
        self._references = len(env.get("references", {}))

    def restore(self, *, keep_references: bool) -> None:
        references = self._env.get("references", {})
        self._env.clear()
        self._env.update(self._before)
        if keep_references and references:
            self._env["references"] = references
        while not keep_references and len(references) > self._references:
            references.popitem()
