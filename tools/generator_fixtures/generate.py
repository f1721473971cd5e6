"""Builds a small site with each generator and stores the anchors and addresses that it makes, for the tests.

    python generate.py NAME...      without a name: every generator

The programs are found on PATH, in `build/py/bin` and in `build/npm/node_modules`. `make` installs them and runs this.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

HERE: Final = Path(__file__).resolve().parent
BUILD: Final = Path(os.environ.get("GENERATORS", HERE / "build")).resolve()
MODULES: Final = BUILD / "npm" / "node_modules"
OUTPUT: Final = HERE.parent.parent / "tests" / "data" / "generators"
HEADINGS_PAGE: Final = "headings.md"
TITLE: Final = {"title": "A page"}


@dataclass(frozen=True)
class Generator:
    """How a site is built: `configs` are files, `content` is the folder of the pages, and `output` that of the site.

    `plain` addresses have neither suffix nor slash. `pages` are added to the common ones, each with front matter, and
    those in `without` are left out. Programs of Node are built inside `build/npm`, where they find their modules.
    """

    command: tuple[str, ...]
    versions: Mapping[str, tuple[str, ...]]
    configs: Mapping[str, str]
    content: str
    output: str
    generator: str
    plain: bool = False
    pages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    other_files: Mapping[str, str] = field(default_factory=dict)


HUGO_LAYOUTS: Final = {
    f"layouts/_default/{name}.html": "<html><body><main>{{ .Content }}</main></body></html>"
    for name in ("single", "list")
}
HUGO_PAGES: Final[Mapping[str, Mapping[str, str]]] = {
    "section/_index.md": {},
    "bundle/index.md": {},
    "bundle two/index.md": {"slug": "Second One"},
    "section/slugged.md": {"slug": "other-name"},
    "section/moved.md": {"url": "/Elsewhere/page/"},
    "section/file.md": {"url": "old/file.html"},
}
JEKYLL_PAGES: Final[Mapping[str, Mapping[str, str]]] = {
    "_docs/intro.md": {},
    "_docs/deep/more.md": {},
    "_docs/index.md": {},
    "_docs/set.md": {"permalink": "/chosen/"},
    "_posts/2024-01-02-first-post.md": {},
    "moved.md": {"permalink": "/new/place.html"},
    "pretty.md": {"permalink": "/new/pretty/"},
}
DOCUSAURUS_PAGES: Final[Mapping[str, Mapping[str, str]]] = {
    "guides/slug.md": {"slug": "other"},
    "guides/absolute.md": {"slug": "/root/place"},
    "guides/id.md": {"id": "named"},
}
NODE: Final = ("node", "--version")


def hugo(config: str) -> Generator:
    return Generator(
        ("hugo", "--quiet"), {"hugo": ("hugo", "version")}, {"hugo.toml": config}, "content", "public", "hugo",
        pages=HUGO_PAGES, without=("index.md", "guides/index.md"), other_files=HUGO_LAYOUTS,
    )  # fmt: skip


def ruby_version(name: str) -> tuple[str, ...]:
    return ("ruby", "-e", f"require '{name}'; puts {name.capitalize()}::VERSION")


def jekyll(config: str) -> Generator:
    return Generator(
        ("jekyll", "build", "--quiet", "--disable-disk-cache"),
        {"jekyll": ("jekyll", "--version"), "kramdown": ruby_version("kramdown")},
        {"_config.yml": config}, ".", "_site", "jekyll", pages=JEKYLL_PAGES,
    )  # fmt: skip


def mkdocs(config: str) -> Generator:
    versions = {
        "mkdocs": ("mkdocs", "--version"),
        "Markdown": ("python", "-c", "import markdown; print(markdown.__version__)"),
        "pymdown-extensions": ("python", "-c", "import pymdownx.__meta__ as m; print(m.__version__)"),
    }
    return Generator(("mkdocs", "build", "-q"), versions, {"mkdocs.yml": config}, "docs", "site", "mkdocs")


def module_version(name: str) -> tuple[str, ...]:
    return ("node", "-p", f"require('{MODULES}/{name}/package.json').version")


def vitepress(config: str, *, plain: bool) -> Generator:
    return Generator(
        ("vitepress", "build"), {"vitepress": module_version("vitepress"), "node": NODE},
        {".vitepress/config.mjs": config}, ".", ".vitepress/dist", "vitepress", plain=plain,
    )  # fmt: skip


GENERATORS: Final[Mapping[str, Generator]] = {
    "docusaurus": Generator(
        ("docusaurus", "build"),
        {"docusaurus": module_version("@docusaurus/core"), "node": NODE},
        {
            "docusaurus.config.js": "export default {title: 'T', url: 'https://x.example', baseUrl: '/',"
            " onBrokenLinks: 'ignore', markdown: {format: 'md'}, presets: [['classic',"
            " {blog: false, docs: {routeBasePath: '/', sidebarPath: false}}]]};\n"
        },
        "docs", "build", "docusaurus", plain=True, pages=DOCUSAURUS_PAGES, without=("guides/it's (ok).md",),
        other_files={"package.json": "{}\n"},
    ),
    "vitepress": vitepress("export default {title: 'T'}\n", plain=False),
    "vitepress_clean": vitepress("export default {title: 'T', cleanUrls: true}\n", plain=True),
    "starlight": Generator(
        ("astro", "build"),
        {"astro": module_version("astro"), "starlight": module_version("@astrojs/starlight"), "node": NODE},
        {
            "astro.config.mjs": "import starlight from '@astrojs/starlight';\n"
            "export default {site: 'https://x.example', integrations: [starlight({title: 'T', pagefind: false})]};\n"
        },
        "src/content/docs", "dist", "starlight", pages={"guides/slug.md": {"slug": "other/place"}},
        other_files={
            "package.json": '{"type": "module", "dependencies": {"astro": "*", "@astrojs/starlight": "*"}}\n',
            "src/content.config.ts": "import {defineCollection} from 'astro:content';\n"
            "import {docsLoader} from '@astrojs/starlight/loaders';\n"
            "import {docsSchema} from '@astrojs/starlight/schema';\n"
            "export const collections = {docs: defineCollection({loader: docsLoader(), schema: docsSchema()})};\n",
        },
    ),
    "mkdocs": mkdocs("site_name: T\nmarkdown_extensions: [attr_list, toc, pymdownx.tilde]\n"),
    "mkdocs_pymdownx": mkdocs(
        "site_name: T\nuse_directory_urls: false\nmarkdown_extensions:\n  - attr_list\n  - pymdownx.tilde\n  - toc:\n"
        "      slugify: !!python/object/apply:pymdownx.slugs.slugify {kwds: {case: lower}}\n"
    ),
    "mkdocs_unicode": mkdocs(
        "site_name: T\nmarkdown_extensions:\n  - attr_list\n  - pymdownx.tilde\n  - toc:\n"
        "      slugify: !!python/name:markdown.extensions.toc.slugify_unicode\n"
    ),
    "sphinx": Generator(
        ("sphinx-build", "-q", "-b", "html", ".", "_build"),
        {
            "sphinx": ("sphinx-build", "--version"),
            "myst-parser": ("python", "-c", "import myst_parser; print(myst_parser.__version__)"),
            "docutils": ("python", "-c", "import docutils; print(docutils.__version__)"),
        },
        {"conf.py": "project = 'T'\nextensions = ['myst_parser']\n"},
        ".", "_build", "sphinx",
    ),
    "hugo": hugo("baseURL = 'https://x.example/'\ntitle = 'T'\n"),
    "hugo_ascii": hugo(
        "baseURL = 'https://x.example/'\nuglyURLs = true\n"
        "[markup.goldmark.parser]\nautoHeadingIDType = 'github-ascii'\n"
    ),
    "hugo_blackfriday": hugo(
        "baseURL = 'https://x.example/'\n[markup.goldmark.parser]\nautoHeadingIDType = 'blackfriday'\n"
    ),
    "jekyll": jekyll("title: T\ncollections:\n  docs:\n    output: true\n"),
    "jekyll_pretty": jekyll(
        "title: T\npermalink: pretty\ncollections:\n  docs:\n    output: true\n    permalink: /:collection/:path/\n"
    ),
}  # fmt: skip


class Page(HTMLParser):
    """The ids of the headings in a built page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if re.fullmatch("h[1-6]", tag):
            self.ids.append(dict(attrs).get("id") or "")


def mark(number: int) -> str:
    return f"markofpage{number}end"


def main() -> None:
    for name in sys.argv[1:] or GENERATORS:
        generator = GENERATORS[name]
        with tempfile.TemporaryDirectory(dir=MODULES.parent if "node" in generator.versions else BUILD) as folder:
            fixture = generate(generator, Path(folder))
        path = OUTPUT / f"{name}.json"
        path.write_text(json.dumps(fixture, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        sys.stdout.write(f"{path.name}: {fixture['versions']}\n")


def generate(generator: Generator, folder: Path) -> dict[str, Any]:
    headings = json.loads((HERE / "headings.json").read_text(encoding="utf-8"))
    common = json.loads((HERE / "pages.json").read_text(encoding="utf-8"))
    paths = [page["path"] for page in common if page["path"] not in generator.without]
    pages: dict[str, Mapping[str, str]] = {path: {} for path in paths} | dict(generator.pages)
    write_site(generator, folder, headings, pages)
    run(generator.command, folder)
    return {
        "generator": generator.generator,
        "source": "made by the generator",
        "versions": {name: version(run(command, folder)) for name, command in generator.versions.items()},
        "configs": generator.configs,
        "headings": list(zip(headings, anchors(generator, folder, len(headings)), strict=True)),
        "pages": list(addresses(generator, folder, pages)),
    }


def write_site(generator: Generator, folder: Path, headings: list[str], pages: Mapping[str, Mapping[str, str]]) -> None:
    files = {**generator.configs, **generator.other_files}
    body = "\n\n".join(f"## {heading}\n\nText." for heading in headings)
    content = Path(generator.content)
    files[(content / HEADINGS_PAGE).as_posix()] = f"{front_matter({})}# Page of headings\n\n{mark(0)}\n\n{body}\n"
    for number, (path, fields) in enumerate(pages.items(), 1):
        files[(content / path).as_posix()] = f"{front_matter(fields)}# Page\n\n{mark(number)}\n"
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


def front_matter(fields: Mapping[str, str]) -> str:
    lines = (f"{name}: {json.dumps(value)}\n" for name, value in {**TITLE, **fields}.items())
    return f"---\n{''.join(lines)}---\n\n"


def run(command: tuple[str, ...], folder: Path) -> str:
    places = [BUILD / "py" / "bin", MODULES / ".bin"]
    path = os.pathsep.join([*map(str, places), os.environ["PATH"]])
    program = shutil.which(command[0], path=path) or command[0]
    environment = {**os.environ, "PATH": path, "ASTRO_TELEMETRY_DISABLED": "1", "LANG": "C.UTF-8"}
    done = subprocess.run(  # noqa: S603 - the commands of the table above
        [program, *command[1:]], cwd=folder, env=environment, text=True, capture_output=True, check=False, timeout=600
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return (done.stdout or done.stderr).strip()


def paragraph(number: int, html: str) -> int:
    """Where the paragraph with this mark begins; -1 if the page has none. Its metadata may have the mark too."""
    found = re.search(rf"<p[^>]*>\s*{mark(number)}", html)
    return found.start() if found else -1


def version(text: str) -> str:
    return next(iter(re.findall(r"\d+(?:\.\d+)+", text)), text)


def built_page(generator: Generator, folder: Path, number: int) -> Path:
    """The only page with this mark."""
    found = [
        path
        for path in (folder / generator.output).rglob("*.html")
        if paragraph(number, path.read_text(encoding="utf-8")) >= 0
    ]
    if len(found) != 1:
        raise SystemExit(f"page {number} is in {[str(path) for path in found]}")
    return found[0]


def anchors(generator: Generator, folder: Path, count: int) -> list[str]:
    html = built_page(generator, folder, 0).read_text(encoding="utf-8")
    html = html[paragraph(0, html) :]
    ids = re.findall(r'<section id="([^"]*)"', html) if generator.generator == "sphinx" else Page(html).ids
    return ids[:count]


def addresses(
    generator: Generator, folder: Path, pages: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, Mapping[str, str], str]]:
    for number, (path, fields) in enumerate(pages.items(), 1):
        address = built_page(generator, folder, number).relative_to(folder / generator.output).as_posix()
        if address.split("/")[-1] == "index.html":
            address = address.removesuffix("index.html")
        if generator.plain:
            address = address.removesuffix(".html").rstrip("/")
        yield path, fields, quote(address, safe="/~")


if __name__ == "__main__":
    main()
