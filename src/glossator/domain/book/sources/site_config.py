"""Finds the configuration of the site generator, and the title of the site in it.

- The configuration is in the book's folder or in a folder above it, as each generator arranges its projects.
- Nothing is run: of JavaScript and Python files the first title is used.
- Only files with these names are read, at most `MAX_BYTES` of each, and no links. Two names are used by other programs
  too, so the content of these files must be that of a generator.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Final, Literal

SiteGenerator = Literal["docusaurus", "mkdocs", "mdbook", "vitepress", "starlight", "hugo", "jekyll", "sphinx"]

MAX_BYTES: Final = 256 * 1024
MAX_LEVELS: Final = 3
MAX_CONFIGS: Final = 8
SCRIPT_TITLE: Final = re.compile(r"(?<![\w.])title\s*[:=]\s*(?P<quote>[\"'`])(?P<title>(?:\\.|(?!(?P=quote))[^\\\n])+)")
COMMENT: Final = re.compile(r"/\*.*?\*/|(?<![:\"'\w/])//[^\n]*", re.DOTALL)


@dataclass(frozen=True)
class ConfigKind:
    """`name` is the file's path in its folder, which may be `levels` above the book's folder.

    `content` must be in a file whose name other programs use too.
    """

    name: str
    levels: int
    generator: SiteGenerator
    content: str = ""

    def fits(self, name: str) -> bool:
        same_depth = name.count("/") == self.name.count("/")
        return same_depth and fnmatchcase(name, self.name) and PurePosixPath(name).suffix in TITLES


CONFIGS: Final = (
    ConfigKind("docusaurus.config.*", 1, "docusaurus"),
    ConfigKind("website/docusaurus.config.*", 1, "docusaurus"),
    ConfigKind("mkdocs.y*ml", 1, "mkdocs"),
    ConfigKind("book.toml", 1, "mdbook"),
    ConfigKind(".vitepress/config.*", 1, "vitepress"),
    ConfigKind(".vitepress/config/index.*", 1, "vitepress"),
    ConfigKind("astro.config.*", 3, "starlight"),
    ConfigKind("hugo.*", 1, "hugo"),
    ConfigKind("config.toml", 1, "hugo", r"(?im)^\s*(?:baseURL|languageCode|theme|title)\s*="),
    ConfigKind("_config.yml", 1, "jekyll"),
    ConfigKind("conf.py", 0, "sphinx", r"(?m)^(?:project|extensions|html_\w+)\s*="),
)


@dataclass(frozen=True)
class SiteConfig:
    """A configuration file: `level` counts the folders from the book's folder up to the one that `name` starts in."""

    name: str
    level: int
    text: str

    @property
    def kind(self) -> ConfigKind | None:
        """None for a file that is no generator's configuration."""
        kinds = (kind for kind in CONFIGS if kind.fits(self.name) and self.level <= kind.levels)
        return next((kind for kind in kinds if re.search(kind.content, self.text)), None)


@dataclass(frozen=True)
class Site:
    """What surrounds the pages: the names of the book's folder and of those above it, and the configuration files.

    `folders` ends with the book's folder; it is empty if the name is not known.
    """

    folders: tuple[str, ...] = ()
    configs: tuple[SiteConfig, ...] = ()

    @property
    def title(self) -> str:
        """The title in the configuration, else the name of the folder, on one line; "" without both."""
        titles = (site_title(config) for config in self.configs)
        return next(filter(None, titles), self.folders[-1] if self.folders else "")


NO_SITE: Final = Site()


def find_site(root: Path) -> Site:
    """The site of the book in this folder."""
    folders = tuple(part for part in root.parts[-MAX_LEVELS:] if part != root.anchor)
    return Site(folders, tuple(sort_configs(config_files(root))[:MAX_CONFIGS]))


def sort_configs(configs: Iterable[SiteConfig]) -> list[SiteConfig]:
    """The recognised ones, in the order of the table and then from the book's folder up."""
    known = [config for config in configs if config.kind]
    return sorted(known, key=lambda config: (CONFIGS.index(config.kind or CONFIGS[0]), config.level, config.name))


def config_files(root: Path) -> Iterator[SiteConfig]:
    for kind in CONFIGS:
        for level, folder in enumerate((root, *root.parents[: kind.levels])):
            for path in folder.glob(kind.name):
                name = path.relative_to(folder).as_posix()
                content = read_config(path) if kind.fits(name) else None
                if content is not None:
                    yield SiteConfig(name, level, decode_config(content))


def read_config(path: Path) -> bytes | None:
    try:
        if path.is_symlink() or not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(MAX_BYTES)
    except OSError:
        return None


def decode_config(content: bytes) -> str:
    return content[:MAX_BYTES].decode("utf-8-sig", "replace")


def site_title(config: SiteConfig) -> str:
    try:
        return " ".join(TITLES[PurePosixPath(config.name).suffix](config.text).split())
    except (ValueError, RecursionError):
        return ""


def script_title(text: str) -> str:
    found = SCRIPT_TITLE.search(COMMENT.sub("", text))
    return re.sub(r"\\(.)", r"\1", found["title"]) if found else ""


def python_title(text: str) -> str:
    return python_value(text, "project")


def python_value(text: str, name: str) -> str:
    found = re.search(rf"^{name}\s*=\s*[uU]?(?P<quote>[\"'])(?P<value>[^\"'\n]+)(?P=quote)", text, re.MULTILINE)
    return found["value"] if found else ""


def yaml_title(text: str) -> str:
    return yaml_value(text, "site_name|title")


def yaml_value(text: str, names: str) -> str:
    """The first value of these keys at the top of a YAML file, which may have tags that only its program knows."""
    pattern = rf"^(?:{names})[ \t]*:[ \t]*(?P<value>[^\s#].*?)[ \t]*(?:[ \t]#.*)?$"
    found = re.search(pattern, text, re.MULTILINE | re.IGNORECASE)
    return found["value"].strip("\"'") if found else ""


def toml_title(text: str) -> str:
    values = tomllib.loads(text)
    book = values.get("book", {})
    return str(values.get("title") or (book.get("title") if isinstance(book, dict) else "") or "")


def json_title(text: str) -> str:
    values = json.loads(text)
    return str(values.get("title") or "") if isinstance(values, dict) else ""


TITLES: Final[dict[str, Callable[[str], str]]] = {
    ".js": script_title, ".ts": script_title, ".mjs": script_title, ".cjs": script_title, ".mts": script_title,
    ".py": python_title, ".yml": yaml_title, ".yaml": yaml_title, ".toml": toml_title, ".json": json_title,
}  # fmt: skip
