"""Replaces the directives of a page that include other files by the text of those files.

- A file is read only if it is in the book's folder, no link leads out of it, and its name does not begin with a dot.
- Included files may include others: up to `MAX_DEPTH` levels, `MAX_INCLUDES` files and `MAX_CHARACTERS` for a page.
- Any other directive is removed and counted.
- Paths are relative to the file that contains the directive, or as the directive's tool resolves them.
"""

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final, Protocol

from glossator.domain.book.pages.formats import decode_text, suffix_of
from glossator.domain.book.pages.front_matter import BadPage, body_start
from glossator.domain.book.sources.includes.directives import Bases, Directive, replace_directives
from glossator.domain.book.sources.includes.lines import select_lines
from glossator.domain.book.sources.includes.partials import find_partials, without_imports
from glossator.domain.book.sources.includes.rst import replace_rst_includes

MAX_DEPTH: Final = 10
MAX_INCLUDES: Final = 1000
MAX_CHARACTERS: Final = 5 * 2**20
SITE: Final = "@site/"
MARKDOWN: Final = (".md", ".mdx", ".markdown")


class BookFiles(Protocol):
    """The files of the book's folder, pages or not."""

    @property
    def folder(self) -> PurePosixPath:
        """The path of the folder in its project, as far as it is known."""
        ...

    def read(self, path: str, limit: int) -> bytes | None:
        """Read at most `limit` bytes of the file with this POSIX path; None if there is no such file to read."""
        ...


@dataclass(frozen=True)
class FolderFiles:
    """The files under `root`, which is resolved."""

    root: Path

    @property
    def folder(self) -> PurePosixPath:
        return PurePosixPath(self.root.as_posix())

    def read(self, path: str, limit: int) -> bytes | None:
        try:
            found = (self.root / path).resolve(strict=True)
            if not found.is_relative_to(self.root) or not found.is_file():
                return None
            with found.open("rb") as file:
                return file.read(limit)
        except (OSError, ValueError, RuntimeError):
            return None


@dataclass(frozen=True)
class Expanded:
    """`missing` directives could not be replaced; `included` are the files that were read."""

    text: str
    missing: int
    included: frozenset[str]


def expand_includes(path: str, text: str, files: BookFiles) -> Expanded:
    """`path` is that of the page, and `text` its content with `\\n` as line end."""
    expander = Expander(files, rst=suffix_of(path) == ".rst")
    text = expander.expand(path, text, (path,))
    return Expanded(text, expander.missing, frozenset(expander.included))


@dataclass
class Expander:
    """Expands one page and counts what it reads. All that a page of `rst` includes is reStructuredText, too."""

    files: BookFiles
    rst: bool = False
    missing: int = 0
    included: set[str] = field(default_factory=set)
    reads: int = 0
    characters: int = 0

    def expand(self, path: str, text: str, stack: tuple[str, ...]) -> str:
        """`stack` contains the files that are being expanded, from the page to `path`."""

        def include(directive: Directive) -> str | None:
            found = self._include(path, directive, stack)
            self.missing += found is None
            return found

        if self.rst:
            return replace_rst_includes(text, include)
        markdown = is_markdown(path)
        text = replace_directives(text, include, markdown=markdown)
        return find_partials(text).replace(text, include) if markdown else text

    def _include(self, path: str, directive: Directive, stack: tuple[str, ...]) -> str | None:
        found = self._read(candidates(path, directive, self.files.folder), stack)
        if found is None:
            return None
        included, text = found
        lines = select_lines(text, directive.lines, single_line=directive.single_line)
        if lines is None:
            return None
        if is_markdown(included) and not directive.lines:
            lines = lines[body_start(lines) :]
        if directive.literal:
            return lines.strip("\n")
        expanded = self.expand(included, lines, (*stack, included)).strip("\n")
        return without_imports(expanded) if directive.partial else expanded

    def _read(self, paths: Iterable[str], stack: tuple[str, ...]) -> tuple[str, str] | None:
        """The path and the text of the first of these files that exists."""
        if len(stack) > MAX_DEPTH or self.reads >= MAX_INCLUDES or self.characters > MAX_CHARACTERS:
            return None
        self.reads += 1
        for path in paths:
            if path in stack or is_private(path):
                continue
            content = self.files.read(path, MAX_CHARACTERS + 1)
            if content is not None:
                return self._accept(path, content)
        return None

    def _accept(self, path: str, content: bytes) -> tuple[str, str] | None:
        self.characters += len(content)
        try:
            text = decode_text(content).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        except BadPage:
            return None
        if self.characters > MAX_CHARACTERS or "\0" in text:
            return None
        self.included.add(path)
        return path, text


def is_markdown(path: str) -> bool:
    return path.lower().endswith(MARKDOWN)


def candidates(path: str, directive: Directive, folder: PurePosixPath) -> Iterator[str]:
    """The paths in the book's folder that the directive may mean, the likeliest first."""
    name = directive.file.replace("\\", "")
    if name.startswith(SITE):
        yield from site_candidates(name.removeprefix(SITE), folder)
        return
    if name.startswith("/"):
        yield from filter(None, [inside("", name.lstrip("/"))])
        return
    here = posixpath.dirname(path)
    above = [parent.as_posix().removeprefix(".") for parent in PurePosixPath(here or ".").parents]
    bases = {Bases.PAGE: [here], Bases.PROJECT: [*reversed(above), here]}[directive.bases]
    yield from dict.fromkeys(found for base in bases if (found := inside(base, name)) is not None)
    if directive.bases is Bases.PROJECT and not name.startswith("."):
        yield from site_candidates(name, folder)


def site_candidates(name: str, folder: PurePosixPath) -> Iterator[str]:
    """`name` is relative to the project, which contains the book's folder or is the book's folder."""
    parts = PurePosixPath(name).parts
    for number in range(len(parts)):
        before = parts[:number]
        if (before in {(), ("docs",)} or before == folder.parts[-number:]) and (
            found := inside("", "/".join(parts[number:]))
        ) is not None:
            yield found


def inside(base: str, name: str) -> str | None:
    """The joined path; None if it leads out of the folder."""
    path = posixpath.normpath(posixpath.join(base, name))
    return None if path in {".", ".."} or path.startswith(("../", "/")) else path


def is_private(path: str) -> bool:
    parts = path.split("/")
    return parts[-1].startswith(".") or not {".git", "node_modules"}.isdisjoint(parts)
