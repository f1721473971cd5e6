"""`auto` finds the generator by its configuration, in the book's folder or above it, or by a built page."""

from pathlib import Path

import pytest

from glossator.domain.book.pages.dialect.generators import Dialect, GeneratorChoice
from glossator.domain.book.passages import Page
from glossator.domain.book.sources.folder import read_pages

SLUGS = "!!python/object/apply:pymdownx.slugs.slugify\n        kwds:\n          case: lower\n"
OTHER_SLUGS = f"markdown_extensions:\n  - pymdownx.tabbed:\n      slugify: {SLUGS}"
BLACKFRIDAY = Dialect("hugo", slugs="blackfriday")
PRETTY = Dialect("jekyll", "folder", permalinks=(("posts", "/:year/:month/:day/:title/"),))


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("files", "docs", "dialect"),
    [
        ({"docusaurus.config.js": "export default {};"}, "docs", Dialect("docusaurus")),
        ({"mkdocs.yml": "use_directory_urls: false"}, "docs", Dialect("mkdocs", "file")),
        ({"mkdocs.yml": f"{OTHER_SLUGS}  - toc:\n      slugify: {SLUGS}"}, "docs", Dialect("mkdocs", slugs="pymdownx")),
        ({"mkdocs.yml": f"{OTHER_SLUGS}  - toc:\n      permalink: true"}, "docs", Dialect("mkdocs")),
        ({"mkdocs.yml": "docs_dir: pages", "pages/b.md": "b"}, ".", Dialect("mkdocs", content="pages")),
        ({"book.toml": "[book]", "src/b.md": "b"}, ".", Dialect("mdbook", content="src")),
        ({"book.toml": "[book]"}, "src", Dialect("mdbook")),
        ({".vitepress/config.ts": "export default {cleanUrls: true}"}, ".", Dialect("vitepress", "plain")),
        ({"astro.config.mjs": "starlight({})"}, "src/content/docs", Dialect("starlight")),
        ({"astro.config.mjs": "export default {}"}, ".", Dialect()),
        ({"hugo.yaml": "uglyURLs: true"}, "content", Dialect("hugo", "file")),
        ({"config.toml": "baseURL = '/'\nautoHeadingIDType = 'blackfriday'"}, "content", BLACKFRIDAY),
        ({"config.toml": "base_url = '/'\n[markdown]"}, "content", Dialect()),
        ({"config.yaml": "baseURL: /\ncontentDir: content/en"}, "content/en/docs", Dialect("hugo")),
        ({"config/_default/config.toml": "baseURL = '/'"}, "content/docs", Dialect("hugo")),
        ({"config.yml": "port: 80"}, "content", Dialect()),
        ({"_config.yml": "title: X", "_toc.yml": "format: jb-book\nroot: a"}, ".", Dialect("sphinx")),
        ({"_config.yml": "permalink: pretty"}, ".", PRETTY),
        ({"conf.py": "project = 'X'"}, ".", Dialect("sphinx")),
        ({"conf.py": "PORT = 80"}, ".", Dialect()),
        ({}, ".", Dialect()),
    ],
)  # fmt: skip
def test_configuration_names_the_dialect(tmp_path: Path, files: dict[str, str], docs: str, dialect: Dialect) -> None:
    write(tmp_path, files | {f"{docs}/a.md": "text"})

    assert read_pages(tmp_path / docs, "auto").dialect == dialect


@pytest.mark.parametrize(
    ("html", "generator"),
    [
        ('<meta name="generator" content="Docusaurus v3.1">', "docusaurus"),
        ("<meta content='mkdocs-1.6, mkdocs-material-9' name=generator>", "mkdocs"),
        ('<meta name="generator" content="Astro v5"><meta name="generator" content="Starlight v0.3">', "starlight"),
        ('<meta name="generator" content="Docutils 0.22: https://docutils.sourceforge.io/">', "sphinx"),
        ("<!-- Book generated using mdBook -->", "mdbook"),
        ('<meta name="generator" content="AsciiDoc 10">', "docusaurus"),
        ("<p>generator</p>", "docusaurus"),
    ],
)
def test_built_page_names_the_generator(tmp_path: Path, html: str, generator: str) -> None:
    write(tmp_path, {"index.html": f"<html><head>{html}</head><body><p>Text.</p></body></html>"})

    assert read_pages(tmp_path, "auto").dialect.generator == generator


@pytest.mark.parametrize(("choice", "url"), [("auto", "guide/a/"), ("mkdocs", "guide/a/"), ("sphinx", "guide/a.html")])
def test_named_generator_overrides_what_is_found(tmp_path: Path, choice: GeneratorChoice, url: str) -> None:
    write(tmp_path, {"mkdocs.yml": "site_name: X", "docs/guide/a.md": "text"})

    (page,) = read_pages(tmp_path / "docs", choice)

    assert isinstance(page, Page)
    assert page.url == url


def test_pages_that_mdbook_does_not_list_are_excluded(tmp_path: Path) -> None:
    summary = (
        "# Summary\n\n[Preface](preface.md)\n\n- [One](./one/README.md)\n  - [Two](<one/two words.md>)\n- [Draft]()\n"
    )
    chapters = {f"src/{name}": "text" for name in ("preface.md", "one/README.md", "one/two words.md", "draft.md")}
    write(tmp_path, {"book.toml": "[book]", "src/SUMMARY.md": summary} | chapters)

    folder = read_pages(tmp_path, "auto")

    assert folder.paths == ("src/one/README.md", "src/one/two words.md", "src/preface.md")
    assert folder.excluded == {"contents": 1, "unlisted": 1}


def test_second_index_and_list_of_chapters_are_excluded(tmp_path: Path) -> None:
    write(tmp_path, {"book.toml": "[book]", "src/SUMMARY.md": "# S", "src/README.md": "# R", "src/index.md": "# I"})

    folder = read_pages(tmp_path / "src", "auto")

    assert folder.paths == ("index.md",)
    assert folder.excluded == {"contents": 1, "second_index": 1}
