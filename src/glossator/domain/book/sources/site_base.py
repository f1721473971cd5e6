"""The path under which a site is published, read from its configuration.

A page's address counts from the book's folder. So the base is the site's own base, then the route of the generator's
content folder, then the path from that folder to the book's folder.
"""

import json
import posixpath
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import quote, urlsplit

from glossator.domain.book.sources.script_values import Property, read_properties
from glossator.domain.book.sources.site_config import Site, SiteConfig, SiteGenerator, python_value, yaml_value

CLASSIC: Final = re.compile(r"preset-classic|[\"']classic[\"']|plugin-content-docs")
DOCS: Final = "docs"
PATH: Final = re.compile(r"[A-Za-z0-9._~/%@:+,-]*")


@dataclass(frozen=True)
class SiteBase:
    """`path` has no slash at its ends; "" is the root. `said` is what the configuration says, for a message."""

    path: str
    said: str


@dataclass(frozen=True)
class ConfiguredBase:
    """What a configuration says: the site's base with its key, and where its content is and is published.

    `content` and `route` are paths below the configuration's folder and below the base.
    """

    key: str
    value: str
    content: str = ""
    route: str = ""


def site_base(site: Site) -> SiteBase | None:
    """The base in the first configuration that names one; None without."""
    for config in site.configs:
        try:
            found = READERS[config.kind.generator](config, site) if config.kind else None
        except (ValueError, RecursionError):
            found = None
        base = None if found is None else base_of(found, config, site)
        if base is not None:
            return base
    return None


def base_of(found: ConfiguredBase, config: SiteConfig, site: Site) -> SiteBase | None:
    path = urlsplit(found.value).path.strip("/")
    inside = inside_of(found.content, folder_of(config, site))
    below = posixpath.join(found.route, quote(inside)).strip("/") if inside is not None else ""
    joined = posixpath.join(path, below).strip("/")
    if not PATH.fullmatch(joined):
        return None
    said = f"{config.name} says {found.key} {f'/{path}/' if path else '/'}"
    return SiteBase(joined, f"{said} and publishes these pages below it in {below}/" if below else said)


def folder_of(config: SiteConfig, site: Site) -> str:
    """The book's folder, seen from the folder where the configuration's name starts; "" is that folder itself."""
    return "/".join(site.folders[-config.level :]) if config.level else ""


def inside_of(content: str, folder: str) -> str | None:
    """The path from the content folder to the book's folder; None if the book's folder is not in it."""
    if content in {"", folder}:
        return "" if content else folder
    return folder.removeprefix(f"{content}/") if folder.startswith(f"{content}/") else None


def docusaurus(config: SiteConfig, site: Site) -> ConfiguredBase | None:
    properties = read_properties(config.text)
    base = outermost(properties, "baseUrl")
    if not base:
        return None
    folder, routes = folder_of(config, site), docs_routes(properties, config)
    if routes is None:
        return None
    content = next((path for path in routes if inside_of(path, folder) is not None), DOCS)
    return ConfiguredBase("baseUrl", base, content, routes.get(content, ""))


def docs_routes(properties: Sequence[Property], config: SiteConfig) -> dict[str, str] | None:
    """The route of each folder with documents: of the preset and of other instances of the plugin; None if computed."""
    instances: dict[int, dict[str, str]] = {}
    for found in filter(is_of_docs, properties):
        if found.key in {"path", "routeBasePath"} and not found.is_text:
            return None
        instances.setdefault(found.owner, {})[found.key] = found.value
    disabled = any((found.key, found.value) == (DOCS, "false") for found in properties)
    if not instances and not disabled and CLASSIC.search(config.text):
        instances[0] = {}
    folder = posixpath.dirname(config.name)
    return {
        posixpath.normpath(posixpath.join(folder, one.get("path", DOCS))): one.get("routeBasePath", DOCS).strip("/")
        for one in instances.values()
    }


def is_of_docs(found: Property) -> bool:
    name = found.names[-1] if found.names else ""
    return "themeConfig" not in found.names and (name == DOCS or "content-docs" in name)


def outermost(properties: Sequence[Property], key: str) -> str:
    """The text of the outermost property with this name, the first of several; "" if it is computed or missing."""
    found = min((one for one in properties if one.key == key), key=lambda one: len(one.names), default=None)
    return found.value if found and found.is_text else ""


def vitepress(config: SiteConfig, _: Site) -> ConfiguredBase | None:
    properties = read_properties(config.text)
    base, source = outermost(properties, "base"), posixpath.normpath(outermost(properties, "srcDir"))
    return ConfiguredBase("base", base, "" if source == "." else source) if base else None


def astro(config: SiteConfig, _: Site) -> ConfiguredBase | None:
    properties = read_properties(config.text)
    key = next((key for key in ("base", "site") if outermost(properties, key)), "")
    return ConfiguredBase(key, outermost(properties, key), "src/content/docs") if key else None


def mkdocs(config: SiteConfig, _: Site) -> ConfiguredBase | None:
    address = yaml_value(config.text, "site_url")
    docs = yaml_value(config.text, "docs_dir") or DOCS
    return ConfiguredBase("site_url", address, posixpath.normpath(docs)) if is_address(address) else None


def mdbook(config: SiteConfig, _: Site) -> ConfiguredBase | None:
    values = tomllib.loads(config.text)
    base = table(table(values, "output"), "html").get("site-url")
    content = str(table(values, "book").get("src") or "src")
    return ConfiguredBase("site-url", base, posixpath.normpath(content)) if isinstance(base, str) else None


def hugo(config: SiteConfig, _: Site) -> ConfiguredBase | None:
    match PurePosixPath(config.name).suffix:
        case ".toml":
            values: Mapping[str, Any] = tomllib.loads(config.text)
        case ".json":
            values = json.loads(config.text)
        case _:
            values = {
                "baseurl": yaml_value(config.text, "baseURL"),
                "contentdir": yaml_value(config.text, "contentDir"),
            }
    lower = {key.lower(): str(value) for key, value in values.items() if isinstance(value, str)}
    address, content = lower.get("baseurl", ""), lower.get("contentdir") or "content"
    return ConfiguredBase("baseURL", address, posixpath.normpath(content)) if is_address(address) else None


def jekyll(config: SiteConfig, site: Site) -> ConfiguredBase | None:
    """A collection (`_docs`) is published under its name."""
    base = yaml_value(config.text, "baseurl")
    if not base and not re.search(r"^baseurl[ \t]*:", config.text, re.MULTILINE):
        return None
    folder = folder_of(config, site)
    collection = folder.removeprefix("_") if folder.startswith("_") else ""
    return ConfiguredBase("baseurl", base or "/", folder if collection else "", collection)


def sphinx(config: SiteConfig, _: Site) -> ConfiguredBase | None:
    address = python_value(config.text, "html_baseurl")
    return ConfiguredBase("html_baseurl", address) if is_address(address) else None


def is_address(text: str) -> bool:
    return text.startswith(("/", "http://", "https://"))


def table(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = values.get(name)
    return found if isinstance(found, dict) else {}


READERS: Final[dict[SiteGenerator, Callable[[SiteConfig, Site], ConfiguredBase | None]]] = {
    "docusaurus": docusaurus, "mkdocs": mkdocs, "mdbook": mdbook, "vitepress": vitepress, "starlight": astro,
    "hugo": hugo, "jekyll": jekyll, "sphinx": sphinx,
}  # fmt: skip
