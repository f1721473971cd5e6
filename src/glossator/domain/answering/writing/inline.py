"""Parses inline Markdown and removes what an answer must not contain.

Links and images whose target is not a page of the book become their text, and citations that were not retrieved are
removed. The result is a list of parts in which only text still needs escaping.
"""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Final, Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

PartKind = Literal["text", "code", "mark", "break", "open", "close", "bar"]

# A strict subset of the characters of a URL; no brackets, quotation marks, backslashes or control characters.
_SAFE: Final = re.compile(r"(?:[A-Za-z0-9\-._~/?#=&+,;:@!$'*]|%[0-9A-Fa-f]{2})+")
# Encoded control characters, dots, slashes and backslashes, which a server or browser may decode.
_UNSAFE_CODES: Final = re.compile(r"%(?:[01][0-9a-f]|7f|2e|2f|5c)", re.IGNORECASE)
_SCHEME: Final = re.compile(r"[^/?#]*:")
_SPECIAL: Final = re.compile(r"[\\`*_\[\]<>!&~\n]")
_BAR: Final = re.compile(r"(?<!\\)\|")
_NUMBER: Final = r"\d{1,3}(?!\d)"
# A part that is not text is a NUL here.
_GAP: Final = r"[\s\0]*"
_LIST: Final = rf"{_GAP}{_NUMBER}(?:{_GAP}[,;\u2013-]{_GAP}{_NUMBER})*{_GAP}"
_NUMBERS: Final = re.compile(_LIST)
_CITATION: Final = re.compile(rf"\[{_LIST}\]")
_RANGE: Final = re.compile(rf"(\d+)(?:{_GAP}[\u2013-]{_GAP}(\d+))?")


@dataclass(frozen=True)
class Part:
    """`content` is the text or code, the mark of an emphasis, or the target of a link that ends here (`close`)."""

    kind: PartKind
    content: str = ""


class InlineReader:
    """Links are kept if their target is a page of the book at `base_url`."""

    def __init__(self, numbers: Set[int], base_url: str) -> None:
        self._numbers = numbers
        self._base_url = base_url
        self._markdown = (
            MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("reference")
        )

    def blocks(self, text: str) -> list[Token]:
        """The block tokens, whose inline content is not parsed."""
        tokens: list[Token] = []
        self._markdown.block.parse(text, self._markdown, {}, tokens)
        return tokens

    def parts(self, text: str) -> list[Part]:
        if not _SPECIAL.search(text):
            return [Part("text", text)] if text else []
        tokens: list[Token] = []
        self._markdown.inline.parse(text, self._markdown, {}, tokens)
        return self._check_citations(_unwrap_numbers(list(self._flatten(tokens))))

    def row_parts(self, text: str) -> list[Part]:
        """A table row is split at every bar without a backslash, even in code."""
        first, *rest = (self.parts(cell.replace("\\|", "|")) for cell in _BAR.split(text))
        return [*first, *(part for cell in rest for part in (Part("bar"), *cell))]

    def _flatten(self, tokens: Sequence[Token]) -> Iterator[Part]:
        targets: list[str] = []
        for at, token in enumerate(tokens):
            match token.type:
                case "link_open":
                    targets.append(self._kept_target(tokens, at))
                    yield _link_start(targets[-1])
                case "link_close":
                    yield _link_end(targets.pop())
                case "image":
                    shown = (part for part in self._flatten(token.children or []) if part.kind in ("text", "code"))
                    yield from (Part("text", part.content) for part in shown)
                case _:
                    yield _part(token)

    def _kept_target(self, tokens: Sequence[Token], at: int) -> str:
        """An empty string for a link that becomes its text, "[" for one whose text is a citation."""
        target = str(tokens[at].attrGet("href") or "")
        end = next(n for n in range(at, len(tokens)) if tokens[n].type == "link_close")
        label = "".join(token.content for token in tokens[at:end])
        if _NUMBERS.fullmatch(label):
            return "["
        return target if label.strip() and is_book_page(target, self._base_url) else ""

    def _check_citations(self, parts: Sequence[Part]) -> list[Part]:
        """Repeats until nothing changes: removing `[77]` from `[[77]1]` makes another citation."""
        text = "".join(part.content if part.kind == "text" else "\0" for part in parts)
        others = [part for part in parts if part.kind != "text"]
        while True:
            checked = _CITATION.sub(self._citation, text)
            if checked == text:
                break
            text = checked
        first, *rest = text.split("\0")
        result = [Part("text", first)]
        for other, following in zip(others, rest, strict=True):
            if other.kind == "mark" and not result[-1].content and result[-2:-1] == [other]:
                del result[-2:]
                result[-1] = Part("text", result[-1].content + following)
            else:
                result += [other, Part("text", following)]
        return [part for part in result if part.kind != "text" or part.content]

    def _citation(self, found: re.Match[str]) -> str:
        """Other parts between the brackets follow the numbers."""
        valid: dict[int, None] = {}
        for span in _RANGE.finditer(found[0]):
            first, last = int(span[1]), int(span[2] or span[1])
            valid.update(dict.fromkeys(n for n in range(first, last + 1) if n in self._numbers))
        return "".join(f"[{number}]" for number in valid) + "\0" * found[0].count("\0")


def _part(token: Token) -> Part:
    match token.type:
        case "text" | "text_special":
            return Part("text", token.content)
        case "code_inline":
            return Part("code", token.content)
        case "softbreak":
            return Part("text", "\n")
        case "hardbreak":
            return Part("break")
        case _:
            return Part("mark", token.markup)


def _link_start(target: str) -> Part:
    return Part("text", target) if target in ("", "[") else Part("open")


def _link_end(target: str) -> Part:
    return Part("text", "]" if target else "") if target in ("", "[") else Part("close", target)


def _unwrap_numbers(parts: list[Part]) -> list[Part]:
    """Removes an emphasis or a code span that encloses just the numbers of a citation: `[**77**]`."""
    text = "".join(part.content if part.kind == "text" else "\0" for part in parts)
    if "[\0" not in text and "\0]" not in text:
        return parts
    before, after = "", "".join(part.content for part in parts)
    result: list[Part] = []
    for part in parts:
        after = after[len(part.content) :]
        numbers = part.kind == "code" and _NUMBERS.fullmatch(part.content)
        if numbers and before.rstrip().endswith("[") and after.lstrip().startswith("]"):
            result.append(Part("text", part.content))
        else:
            result.append(part)
        before += part.content
    return result


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
