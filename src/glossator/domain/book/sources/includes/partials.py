"""Docusaurus partials: pages that other pages import and use as a component.

    import Part from './_part.mdx';

    <Part name="x" />

A partial replaces its tag. `{props.name}` in it is the text of the attribute, and what the tag encloses follows it.
"""

import re
from dataclasses import dataclass
from typing import Final

from glossator.domain.book.pages.dialect.tab_blocks import split_code
from glossator.domain.book.sources.includes.directives import Directive, Include

IMPORT: Final = re.compile(
    r"import[ \t]+(?P<name>[A-Za-z_$][\w$]*)[ \t]+from[ \t]*(?P<quote>[\"'])(?P<file>[^\"'\n]+)(?P=quote)[ \t]*;?[ \t]*"
)
ANY_IMPORT: Final = re.compile(
    r"^import\s(?:[\w*{}\s,$]{1,500}\sfrom\s{0,9})?(?:\"[^\"\n]+\"|'[^'\n]+')[ \t]*;?[ \t]*(?:\n|\Z)", re.MULTILINE
)
PARTIAL: Final = re.compile(r".+\.(?:mdx?|markdown)", re.IGNORECASE)
PROP: Final = re.compile(r"([\w-]+)=(?:\{\s*)?(?:\"([^\"\n]*)\"|'([^'\n]*)'|`([^`\n]*)`)")
PROPS_USE: Final = re.compile(r"\{\s*props\.(\w+)\s*\}")
MAX_TAG_LENGTH: Final = 2000
MAX_SPAN_LENGTH: Final = 1000


@dataclass(frozen=True)
class Partials:
    """The files of the partials by the names of their components."""

    files: dict[str, str]

    def replace(self, text: str, include: Include) -> str:
        """Replace every tag outside code. The tags of files that cannot be included are removed."""
        if not self.files:
            return text
        names = "|".join(map(re.escape, self.files))
        tag = re.compile(
            rf"(?P<before>^[ \t>]*)?<(?P<close>/)?(?P<name>{names})(?P<props>(?:\s[^<>]{{0,{MAX_TAG_LENGTH}}})?)/?>"
            rf"(?P<after>[ \t]*$)?",
            re.MULTILINE,
        )
        return "".join(
            part if in_code else tag.sub(lambda found: self._text_of(found, include), part)
            for in_code, part in split_code(text)
        )

    def _text_of(self, found: re.Match[str], include: Include) -> str:
        if in_code_span(found):
            return found[0]
        before, after = found["before"] or "", found["after"] or ""
        text = None if found["close"] else include(Directive(self.files[found["name"]], partial=True))
        if text is None:
            return before + after
        text = with_props(text, found["props"])
        if "\n" not in text and (found["before"] is None or found["after"] is None):
            return f"{before}{text}{after}"
        return "\n".join([before, *(f"{before}{line}".rstrip() for line in text.split("\n")), before, after])


def find_partials(text: str) -> Partials:
    if "import" not in text:
        return Partials({})
    imports = (IMPORT.fullmatch(line) for in_code, part in split_code(text) if not in_code for line in part.split("\n"))
    return Partials({found["name"]: found["file"] for found in imports if found and PARTIAL.fullmatch(found["file"])})


def without_imports(text: str) -> str:
    if "import" not in text:
        return text
    return "".join(part if in_code else ANY_IMPORT.sub("", part) for in_code, part in split_code(text))


def in_code_span(found: re.Match[str]) -> bool:
    before = found.string[max(0, found.start() - MAX_SPAN_LENGTH) : found.start()]
    return before.rpartition("\n")[2].count("`") % 2 == 1


def with_props(text: str, props: str) -> str:
    values = {name: next(filter(None, value), "") for name, *value in PROP.findall(props)}
    return PROPS_USE.sub(lambda found: values.get(found[1], ""), text)
