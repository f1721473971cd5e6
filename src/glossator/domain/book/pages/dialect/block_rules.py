"""Block rules that extend CommonMark: MDX, `:::` admonitions and `$$` math.

markup       tags alone on their lines, comments (`<!-- -->`, `{/* */}`), scripts and styles, imports and exports
admonition   the opening (`:::tip[Title]`) or closing (`:::`) line of an admonition; ordinary blocks are between them
math_block   `$$` to `$$`, blank lines included
group        `:::term{#id}` or `:::label{#id}` to `:::end`: the first paragraph in it names the rest. Our readers write
             these lines for definition lists and for other blocks that have a name; the id may be empty

Parsing takes linear time for every input: each rule either looks ahead a limited number of lines or remembers that the
closing mark is absent.
"""

import re
from collections.abc import Callable

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock, paragraph
from mdit_py_plugins.admon.index import admonition

from glossator.domain.book.pages.dialect.block_quotes import quote

INTERRUPTS: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
MAX_TAG_LINES = 20
MAX_EXPORT_LINES = 200

BRACES = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
ATTRIBUTE = rf"\s+(?:[\w:@.-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|{BRACES}|[\w./#%-]+))?|{BRACES})"
TAG = rf"(?:<[A-Za-z][\w.:-]*(?:{ATTRIBUTE})*\s*/?>|</[A-Za-z][\w.:-]*\s*>|</?>)"
TAG_START = re.compile(r"</?[A-Za-z>]")
TAGS = re.compile(rf"{TAG}(?:\s*{TAG})*")
COMMENTS = {"<!--": "-->", "{/*": "*/}", "<script": "</script>", "<style": "</style>"}
IMPORT = re.compile(r"import\s+(?:[\w*{}\s,$]+\sfrom\s*)?(?:\"[^\"\n]+\"|'[^'\n]+')\s*;?(?:\s*//.*)?")
EXPORT = re.compile(r"export\s+(?:default\b|const\b|let\b|var\b|function\b|async\b|class\b|\{|\*)")
UNFINISHED = ("=", ",", "(", "[", "{", "+", "=>", ":", "?", "&&", "||")
ADMONITION = re.compile(r"(?P<colons>:{3,})[ \t]*(?:(?P<kind>[A-Za-z][\w-]*)(?P<title>.*))?")

FENCE = re.compile(r"`{3,}|~{3,}")
OPENS = re.compile(r"<[A-Za-z](?:[^<>]*[^<>/])?>\s*$")
GROUP = re.compile(r":::(?:(?P<kind>term|label)\{#(?P<id>[^{}#\s]*)\}|end)")


def admonition_title(text: str) -> str:
    """The title in the text after the kind: `[Title]` or `Title`, optionally with `{attributes}`."""
    text = text.strip()
    return text[1:].partition("]")[0] if text.startswith("[") else text.partition("{")[0].strip()


FindEnd = Callable[[StateBlock, int, int], int]
"""Takes the first line and the end of the container; returns the line after the block, or 0 without a block here."""


def add_dialect(markdown: MarkdownIt) -> None:
    ruler = markdown.block.ruler
    ruler.before("table", "unindent", unindent, {"alt": []})
    ruler.before("fence", "comment", block_rule("<{", comment_end, "markup"), INTERRUPTS)
    ruler.before("fence", "tags", block_rule("<", tags_end, "markup"), INTERRUPTS)
    ruler.before("fence", "module", block_rule("ie", module_end, "markup"), {"alt": []})
    ruler.before("fence", "group", block_rule(":", group_end, "group"), INTERRUPTS)
    ruler.before("fence", "admonition_line", block_rule(":", admonition_end, "admonition"), INTERRUPTS)
    ruler.before("reference", "footnote", footnote, {"alt": []})
    ruler.at("admonition", admonition_block, INTERRUPTS)
    ruler.at("blockquote", quote, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    ruler.at("paragraph", paragraph_to_tags)
    ruler.at("math_block", block_rule("$", math_end, "math_block"), INTERRUPTS)


def block_rule(marks: str, find_end: FindEnd, token_type: str) -> Callable[[StateBlock, int, int, bool], bool]:
    """`marks` are the characters that can begin the block: other lines are passed over quickly."""
    first_marks = tuple(marks)

    def parse(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        first = state.bMarks[start] + state.tShift[start]
        if not state.src.startswith(first_marks, first) or state.is_code_block(start):
            return False
        after = find_end(state, start, state.env.get("quoted to", {}).get(end, end))
        if not after:
            return False
        if silent:
            return True
        token = state.push(token_type, "", 0)
        token.map = [start, after]
        token.content = "\n".join(line(state, number) for number in range(start, after))
        state.line = after
        return True

    return parse


def unindent(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Treat what is indented below a tag as text instead of code: up to a blank line that is outside a fence."""
    if not state.is_code_block(start) or not is_below_tag(state, start):
        return False
    width = state.sCount[start] - state.blkIndent
    fence, number = "", start
    while number < end and (fence or not state.isEmpty(number)):
        remove_indent(state, number, width)
        found = FENCE.match(line(state, number))
        if found and not fence:
            fence = found[0]
        elif found and found[0].startswith(fence) and found[0] == line(state, number):
            fence = ""
        number += 1
    state.env["below tag"] = number
    return False


def is_below_tag(state: StateBlock, start: int) -> bool:
    """Whether the line follows a tag, or text that was below a tag, with blank lines between at most."""
    last = state.tokens[-1] if state.tokens else None
    after = last.map[1] if last and last.type == "markup" and last.map else state.env.get("below tag", -1)
    if last and last.type == "markup" and after < start and not OPENS.search(last.content):
        return False
    return 0 <= after <= start and all(map(state.isEmpty, range(after, start)))


def remove_indent(state: StateBlock, number: int, width: int) -> None:
    first, removed = state.bMarks[number], min(width, state.tShift[number])
    if state.src[first : first + removed].isspace() and "\t" not in state.src[first : first + removed]:
        state.bMarks[number] += removed
        state.tShift[number] -= removed
        state.sCount[number] -= removed
    else:
        state.sCount[number] = min(state.sCount[number], state.blkIndent)


def admonition_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Like the rule of the plugin, but blank lines do not end an `!!!` admonition: only less indentation does."""
    if not silent and state.src.startswith(("!!!", "???"), state.bMarks[start] + state.tShift[start]):
        indent_blank_lines(state, start + 1, end, state.blkIndent + 4)
    return admonition(state, start, end, silent)


def indent_blank_lines(state: StateBlock, start: int, end: int, width: int) -> None:
    """Count blank lines as indented up to the last line that is."""
    blank: list[int] = []
    for number in range(start, end):
        if state.isEmpty(number):
            blank.append(number)
        elif state.sCount[number] < width:
            break
        else:
            for one in blank:
                state.sCount[one] = max(state.sCount[one], width)
            blank = []


def paragraph_to_tags(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A line of tags ends a paragraph at every indentation: in MDX the content of components is indented."""
    for number in range(max(start + 1, state.env.get("tags are seen to", 0)), end):
        if state.isEmpty(number):
            break
        is_deep = state.sCount[number] - state.blkIndent > 3
        if is_deep and state.src.startswith("<", state.bMarks[number] + state.tShift[number]):
            state.sCount[number] = state.blkIndent
        state.env["tags are seen to"] = number + 1
    return paragraph(state, start, end, silent)


def footnote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Treat `[^1]: Word` as text instead of a link definition."""
    return line(state, start).startswith("[^") and paragraph(state, start, end, silent)


def line(state: StateBlock, number: int) -> str:
    """The line without indentation and without the marks of its containers."""
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]].rstrip()


def inside(state: StateBlock, number: int) -> bool:
    return bool(state.sCount[number] >= state.blkIndent) or state.isEmpty(number)


def search(state: StateBlock, start: int, end: int, matches: Callable[[str], bool], *, name: str) -> int:
    """The line after the first line that matches. A failed search is not repeated over the same lines."""
    if start < state.env.get(f"without {name}", 0):
        return 0
    for number in range(start, end):
        if not inside(state, number):
            break
        if matches(line(state, number)):
            return number + 1
    else:
        number = end
    state.env[f"without {name}"] = number
    return 0


def comment_end(state: StateBlock, start: int, end: int) -> int:
    first = line(state, start)
    opening = next((mark for mark in COMMENTS if first.startswith(mark)), None)
    if opening is None:
        return 0
    closing = COMMENTS[opening]
    if closing in first:
        return start + 1 if first.find(closing) == len(first) - len(closing) else 0
    after = search(state, start + 1, end, lambda text: closing in text, name=opening)
    if after and not line(state, after - 1).endswith(closing):
        state.env[f"without {opening}"] = after
        return 0
    return after


def tags_end(state: StateBlock, start: int, end: int) -> int:
    text = line(state, start)
    if not TAG_START.match(text):
        return 0
    for number in range(start, min(end, start + MAX_TAG_LINES)):
        if number > start:
            if state.isEmpty(number) or not inside(state, number):
                return 0
            text += "\n" + line(state, number)
        if text.endswith(">"):
            return number + 1 if TAGS.fullmatch(text) else 0
    return 0


def module_end(state: StateBlock, start: int, end: int) -> int:
    first = line(state, start)
    if state.level or not first.startswith(("import", "export")):
        return 0
    return export_end(state, start, end) if EXPORT.match(first) else import_end(state, start, end)


def import_end(state: StateBlock, start: int, end: int) -> int:
    text = ""
    for number in range(start, min(end, start + MAX_TAG_LINES)):
        if state.isEmpty(number):
            return 0
        text += line(state, number) + "\n"
        if IMPORT.fullmatch(text.strip()):
            return number + 1
    return 0


def export_end(state: StateBlock, start: int, end: int) -> int:
    """The line after the first one that closes all brackets and does not end with an operator; 0 without one."""
    depth = 0
    for number in range(start, min(end, start + MAX_EXPORT_LINES)):
        text = line(state, number)
        depth += sum(map(text.count, "{[(")) - sum(map(text.count, "}])"))
        if depth <= 0 and not text.endswith(UNFINISHED):
            return number + 1
        if state.isEmpty(number) and "unbalanced" in state.env:
            return 0
    state.env["unbalanced"] = True
    return 0


def admonition_end(state: StateBlock, start: int, end: int) -> int:
    return start + 1 if ADMONITION.fullmatch(line(state, start)) else 0


def group_end(state: StateBlock, start: int, end: int) -> int:
    """`:::end` counts only after the beginning of a group."""
    found = GROUP.fullmatch(line(state, start))
    if not found or not (found["kind"] or "groups" in state.env):
        return 0
    state.env["groups"] = True
    return start + 1


def math_end(state: StateBlock, start: int, end: int) -> int:
    first = line(state, start)
    if not first.startswith("$$"):
        return 0
    if len(first) > 3 and first.endswith("$$"):
        return start + 1
    return search(state, start + 1, end, lambda text: text.endswith("$$"), name="$$")
