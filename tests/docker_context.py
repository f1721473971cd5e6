"""Which files Docker sends to a builder: `.dockerignore` as moby's patternmatcher reads it.

Unlike in a .gitignore, a pattern without a slash is about the root alone, and a later `!` line brings back what lies in
a folder that an earlier line left out.
"""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

ALWAYS_SENT: Final = frozenset({"Dockerfile", ".dockerignore"})
SPECIAL: Final = re.compile(r"\*\*/?|\*|\?|\[[^]]+]|\\.|.", re.DOTALL)


@dataclass(frozen=True)
class Line:
    pattern: re.Pattern[str]
    brings_back: bool


def read_ignore(text: str) -> list[Line]:
    stripped = [line.strip() for line in text.splitlines() if not line.startswith("#")]
    return [
        Line(_compiled(line.removeprefix("!").strip().strip("/")), line.startswith("!")) for line in stripped if line
    ]


def is_sent(path: str, lines: list[Line]) -> bool:
    """The last line that matches the file, or a folder above it, decides."""
    if path in ALWAYS_SENT:
        return True
    names = [path, *(str(parent) for parent in PurePosixPath(path).parents if parent.name)]
    sent = True
    for line in lines:
        if any(line.pattern.fullmatch(name) for name in names):
            sent = line.brings_back
    return sent


def context(folder: Path, lines: list[Line]) -> set[str]:
    """Paths of all files that are sent, with slashes."""
    files = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {path for path in files if is_sent(path, lines)}


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(_translated(part) for part in SPECIAL.findall(pattern)), re.DOTALL)


def _translated(part: str) -> str:
    if part == "**/":
        return "(?:.*/)?"
    if part == "**":
        return ".*"
    if part in {"*", "?"}:
        return f"[^/]{part.replace('?', '')}"
    if part.startswith("[") and len(part) > 1:
        return part
    return re.escape(part[-1])
