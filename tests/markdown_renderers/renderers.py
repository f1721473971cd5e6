"""Three Markdown renderers that pages use: markdown-it, commonmark, and marked in a Node process."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

import commonmark
import pytest
from markdown_it import MarkdownIt

HERE: Final = Path(__file__).parent
PAGE: Final = "https://reader.example/chat"
BOOK_HOSTS: Final = ("reader.example", "book.example")
QUIET: Final = ("--no-audit", "--no-fund", "--ignore-scripts")

Renderer = Callable[[str], str]


@contextmanager
def marked() -> Iterator[Renderer]:
    """With GitHub's dialect, which also makes links of bare addresses. Skips the test on a machine without Node."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("MARKED SKIPPED: this machine has no node with npm")
    if not (HERE / "node_modules" / "marked").exists():
        done = subprocess.run([npm, "ci", *QUIET], cwd=HERE, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            pytest.skip(f"MARKED SKIPPED: npm could not install it: {done.stderr[-300:]}")
    command = [node, "render.mjs"]
    with subprocess.Popen(command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield lambda markdown: _ask(process, markdown)
        finally:
            process.kill()


def _ask(process: subprocess.Popen[str], markdown: str) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{json.dumps(markdown)}\n")
    process.stdin.flush()
    return str(json.loads(process.stdout.readline()))


def with_markdown_it(markdown: str) -> str:
    return str(MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(markdown))


def with_commonmark(markdown: str) -> str:
    return str(commonmark.commonmark(markdown))


def foreign_links(html: str) -> list[str]:
    """The addresses of elements of a page at `PAGE` that do not belong to the reader or the book."""
    finder = _AddressFinder()
    finder.feed(html)
    finder.close()
    return [address for address in finder.addresses if not _is_of_book(address)]


class _AddressFinder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action", "srcset", "data")]


def _is_of_book(address: str) -> bool:
    """As a browser reads the address: it drops control characters and takes a backslash for a slash."""
    cleaned = "".join(character for character in address if character > " ").replace("\\", "/")
    target = urlsplit(urljoin(PAGE, cleaned))
    return target.scheme == "https" and target.hostname in BOOK_HOSTS
