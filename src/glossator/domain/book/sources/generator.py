"""Finds out which site generator publishes the book, from its configuration or from a built page.

Configuration is text to search, never code to run. Its options that change addresses or anchors are read too.
"""

import posixpath
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Protocol

import yaml

from glossator.domain.book.pages.dialect.generators import (
    DEFAULT_DIALECT,
    AddressStyle,
    Dialect,
    Generator,
    GeneratorChoice,
)
from glossator.domain.book.sources.site_config import Site, SiteConfig

META: Final = re.compile(r"<meta\b(?=[^<>]*\bname=[\"']?generator\b)[^<>]*\bcontent=[\"']?([A-Za-z]+)", re.IGNORECASE)
BUILT_BY: Final[Mapping[str, Generator]] = MappingProxyType({
    "docusaurus": "docusaurus", "mkdocs": "mkdocs", "vitepress": "vitepress", "starlight": "starlight",
    "astro": "starlight", "hugo": "hugo", "jekyll": "jekyll", "docutils": "sphinx", "sphinx": "sphinx",
})  # fmt: skip
MARKS: Final[Mapping[str, Generator]] = MappingProxyType({
    "<!-- Book generated using mdBook -->": "mdbook",
    "documentation_options.js": "sphinx",
    "Created using <a href=\"https://www.sphinx-doc.org/": "sphinx",
})  # fmt: skip
HTML_BYTES: Final = 64 * 1024


class ProjectFiles(Protocol):
    """The files of the book's folder."""

    def has_folder(self, path: str) -> bool: ...

    def home(self) -> str:
        """The beginning of the page `index.html`; "" without one."""
        ...


@dataclass(frozen=True)
class FolderProject:
    root: Path

    def has_folder(self, path: str) -> bool:
        return (self.root / path).is_dir()

    def home(self) -> str:
        try:
            with (self.root / "index.html").open("rb") as file:
                return file.read(HTML_BYTES).decode("utf-8", "replace")
        except OSError:
            return ""


def choose_dialect(
    generator: GeneratorChoice, site: Site, project: ProjectFiles, default: Dialect = DEFAULT_DIALECT
) -> Dialect:
    """The dialect of this generator with the options of its configuration; for `auto`, the dialect that is found."""
    found = (config_dialect(config, project) for config in site.configs)
    if generator != "auto":
        fitting = (dialect for dialect in found if dialect and dialect.generator == generator)
        return next(fitting, Dialect(generator))
    dialect = next(filter(None, found), None)
    return dialect or built_dialect(project.home(), default)


def built_dialect(home: str, default: Dialect) -> Dialect:
    """The dialect of a built site, from its first page. The files of an unknown generator keep their paths."""
    generator = built_by(home)
    if generator:
        return Dialect(generator, built=True)
    is_unknown = default == DEFAULT_DIALECT and "<html" in home.lower()
    return replace(default, addresses="file", built=True) if is_unknown else default


def built_by(html: str) -> Generator | None:
    """The generator that a built page names."""
    names = (BUILT_BY.get(found.lower()) for found in META.findall(html))
    return next(filter(None, names), None) or next((name for mark, name in MARKS.items() if mark in html), None)


def config_dialect(config: SiteConfig, project: ProjectFiles) -> Dialect | None:
    """None for a configuration of something else. `content` counts only in a folder with its configuration."""
    read = READERS.get(config.kind.generator) if config.kind else None
    dialect = read(config.text) if read else None
    if dialect is None:
        return None
    content = posixpath.normpath(dialect.content).strip("./")
    return replace(dialect, content=content if not config.level and project.has_folder(content) else "")


def read_docusaurus(_: str) -> Dialect:
    return Dialect("docusaurus")


def read_mkdocs(text: str) -> Dialect:
    toc = toc_options(text)
    slugs = option(toc, r"slugify:[^\n]*?(uslugify|pymdownx\.slugs|slugify_unicode)") or ""
    if slugs == "slugify_unicode":
        slugs = "python_markdown_unicode"
    elif slugs:
        cased = "uslugify_cased" in toc or not ("uslugify" in toc or re.search(r"case:\s*[\"']?(?:lower|fold)", toc))
        slugs = "pymdownx_cased" if cased else "pymdownx"
    addresses: AddressStyle = "file" if option(text, r"^use_directory_urls:\s*(false)\b") else ""
    return Dialect("mkdocs", addresses, slugs, option(text, r"^docs_dir:\s*[\"']?([^\s\"'#]+)") or "docs")


def toc_options(text: str) -> str:
    """The options of the extension `toc`, as YAML: other extensions have slugs too."""
    found = re.search(
        r"^(?P<indent>[ \t]*)(?:-[ \t]+)?toc:(?P<options>[^\n]*\n(?:(?P=indent)[ \t][^\n]*\n|\n)*)",
        f"{text}\n",
        re.MULTILINE,
    )
    return found["options"] if found else ""


def read_mdbook(text: str) -> Dialect:
    book = read_toml(text).get("book")
    source = book.get("src") if isinstance(book, dict) else None
    return Dialect("mdbook", content=str(source or "src"))


def read_vitepress(text: str) -> Dialect:
    addresses: AddressStyle = "plain" if option(text, r"\bcleanUrls:\s*(true)\b") else ""
    return Dialect("vitepress", addresses, content=option(text, r"\bsrcDir:\s*[\"']([^\"']+)") or "")


def read_astro(text: str) -> Dialect | None:
    if "starlight" not in text.lower():
        return None
    file = option(text, r"\bformat:\s*[\"'](file)[\"']")
    addresses: AddressStyle = "file" if file else "plain" if option(text, r"trailingSlash:\s*[\"'](never)") else ""
    return Dialect("starlight", addresses, content="src/content/docs")


def read_hugo(text: str) -> Dialect:
    kinds = {"github-ascii": "hugo_ascii", "blackfriday": "blackfriday"}
    slugs = kinds.get((option(text, r"autoHeadingIDType[\"']?\s*[=:]\s*[\"']?([\w-]+)") or "").lower(), "")
    addresses: AddressStyle = "file" if option(text, r"^\s*[\"']?uglyURLs[\"']?\s*[=:]\s*(true)\b") else ""
    return Dialect("hugo", addresses, slugs, option(text, r"\bcontentDir[\"']?\s*[=:]\s*[\"']?([\w./-]+)") or "content")


def read_jekyll(text: str) -> Dialect:
    values = read_yaml(text)
    collections = values.get("collections")
    found = collections.items() if isinstance(collections, dict) else ()
    permalinks = tuple(
        (str(name), template_of(str(options["permalink"])))
        for name, options in found
        if isinstance(options, dict) and options.get("permalink")
    )
    permalink = str(values.get("permalink") or "date")
    posts = {"pretty": "/:year/:month/:day/:title/", "none": "/:title:output_ext"}.get(permalink, permalink)
    permalinks += (("posts", posts),) if "/" in posts else ()
    pages: AddressStyle = "folder" if permalink == "pretty" or permalink.endswith("/") else "plain"
    is_file = permalink.endswith(":output_ext") or permalink in {"date", "ordinal", "weekdate", "none"}
    return Dialect("jekyll", "" if is_file else pages, permalinks=permalinks)


def template_of(permalink: str) -> str:
    return {"pretty": "/:collection/:path/"}.get(permalink, permalink)


def read_sphinx(_: str) -> Dialect:
    return Dialect("sphinx")


def option(text: str, pattern: str) -> str | None:
    found = re.search(pattern, text, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else None


def read_toml(text: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def read_yaml(text: str) -> Mapping[str, Any]:
    try:
        values = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


READERS: Final[Mapping[Generator, Callable[[str], Dialect | None]]] = MappingProxyType({
    "docusaurus": read_docusaurus, "mkdocs": read_mkdocs, "mdbook": read_mdbook, "vitepress": read_vitepress,
    "starlight": read_astro, "hugo": read_hugo, "jekyll": read_jekyll, "sphinx": read_sphinx,
})  # fmt: skip
