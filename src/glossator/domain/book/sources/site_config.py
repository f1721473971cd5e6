"""Finds the configuration of the site generator and the title of the site in it.

The configuration is in the book's folder or in a folder above it, as each generator arranges its projects. JavaScript
and Python files are not run: the first title in them is used.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 256 * 1024
SCRIPT_TITLE: Final = re.compile(r"(?<![\w.])title\s*[:=]\s*(?P<quote>[\"'`])(?P<title>(?:\\.|(?!(?P=quote))[^\\\n])+)")
YAML_TITLE: Final = re.compile(r"^(?:site_name|title)[ \t]*:[ \t]*(?P<title>\S.*?)[ \t]*(?:[ \t]#.*)?$", re.MULTILINE)
COMMENT: Final = re.compile(r"/\*.*?\*/|(?<![:\"'\w/])//[^\n]*", re.DOTALL)


def script_title(text: str) -> str:
    found = SCRIPT_TITLE.search(COMMENT.sub("", text))
    return re.sub(r"\\(.)", r"\1", found["title"]) if found else ""


def python_title(text: str) -> str:
    found = re.search(r"^project\s*=\s*[uU]?(?P<quote>[\"'])(?P<title>[^\"'\n]+)(?P=quote)", text, re.MULTILINE)
    return found["title"] if found else ""


def yaml_title(text: str) -> str:
    found = YAML_TITLE.search(text)
    return found["title"].strip("\"'") if found else ""


def toml_title(text: str) -> str:
    values = tomllib.loads(text)
    book = values.get("book", {})
    return str(values.get("title") or (book.get("title") if isinstance(book, dict) else "") or "")


def json_title(text: str) -> str:
    values = json.loads(text)
    return str(values.get("title") or "") if isinstance(values, dict) else ""


READERS: Final[dict[str, Callable[[str], str]]] = {
    ".js": script_title, ".ts": script_title, ".mjs": script_title, ".cjs": script_title, ".mts": script_title,
    ".py": python_title, ".yml": yaml_title, ".yaml": yaml_title, ".toml": toml_title, ".json": json_title,
}  # fmt: skip
CONFIGS: Final = (
    ("docusaurus.config.*", 1), ("mkdocs.y*ml", 1), ("book.toml", 1), (".vitepress/config.*", 1),
    ("astro.config.*", 3), ("hugo.*", 1), ("config.toml", 1), ("_config.yml", 1), ("conf.py", 0),
)  # fmt: skip
"""The names of the files, and how many folders above the book's folder each can be."""


def site_title(root: Path) -> str:
    """The title in the configuration of the site, on one line; "" without one."""
    for path in config_files(root):
        try:
            with path.open("rb") as file:
                text = file.read(MAX_BYTES).decode("utf-8", "replace")
            title = " ".join(READERS[path.suffix](text).split())
        except (OSError, ValueError, RecursionError):
            continue
        if title:
            return title
    return ""


def config_files(root: Path) -> Iterator[Path]:
    for pattern, levels in CONFIGS:
        for folder in (root, *root.parents[:levels]):
            yield from (path for path in sorted(folder.glob(pattern)) if path.suffix in READERS and path.is_file())
