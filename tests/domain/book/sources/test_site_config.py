"""The configuration of the site: which files are read, the title, and the base under which the site is published."""

from pathlib import Path

import pytest

from glossator.domain.book.sources.site_base import site_base
from glossator.domain.book.sources.site_config import MAX_BYTES, Site, SiteConfig, find_site

CLASSIC = "presets: [['classic', {docs: {sidebarPath: require.resolve('./sidebars.js')}, blog: false}]]"


def base(name: str, text: str, folders: str, level: int = 1) -> str | None:
    found = site_base(Site(tuple(folders.split("/")), (SiteConfig(name, level, text),)))
    return found.path if found else None


@pytest.mark.parametrize(
    ("text", "folders", "path"),
    [
        ("export default {baseUrl: '/docs/'}", "site/docs", "docs"),
        (f"export default {{baseUrl: '/', {CLASSIC}}}", "site/docs", "docs"),
        (f"export default {{baseUrl: '/x/', {CLASSIC}}}", "site/docs", "x/docs"),
        ("export default {baseUrl: '/', presets: ['classic']}", "site/docs", "docs"),
        (f"const base = '/x/';\nexport default {{baseUrl: base, {CLASSIC}}}", "site/docs", "x/docs"),
        (f"const baseUrl = '/x/';\nexport default {{baseUrl, {CLASSIC}}}", "site/docs", "x/docs"),
        (f"// baseUrl: '/no/'\nexport default {{/* baseUrl: '/no/' */ baseUrl: '/', {CLASSIC}}}", "site/docs", "docs"),
        ("export default {baseUrl: '/', presets: [['classic', {docs: {routeBasePath: '/'}}]]}", "site/docs", ""),
        ("x = {baseUrl: '/', presets: [['classic', {docs: {path: 'a', routeBasePath: 'b'}}]]}", "site/a", "b"),
        ("x = {baseUrl: '/', presets: [['classic', {docs: false}]]}", "site/docs", ""),
        (
            "x = {baseUrl: '/', presets: ['classic'], plugins: "
            "[['@docusaurus/plugin-content-docs', {id: 'c', path: 'c', routeBasePath: 'community'}]]}",
            "site/c",
            "community",
        ),
        (f"x = {{baseUrl: '/', {CLASSIC}, themeConfig: {{docs: {{path: 'q'}}}}}}", "site/docs", "docs"),
        (f"x = {{baseUrl: process.env.BASE || '/', {CLASSIC}}}", "site/docs", None),
        ("x = {baseUrl: '/', presets: [['classic', {docs: {routeBasePath: dev ? 'a' : '/'}}]]}", "site/docs", None),
        (f"x = {{baseUrl: '/a/' + version, {CLASSIC}}}", "site/docs", None),
        (f"x = {{baseUrl: `/${{version}}/`, {CLASSIC}}}", "site/docs", None),
        ("x = {", "site/docs", None),
        ("'", "site/docs", None),
        ("x = {baseUrl: '/<script>/'}", "site/docs", None),
    ],
)
def test_docusaurus_publishes_documents_below_its_base(text: str, folders: str, path: str | None) -> None:
    assert base("docusaurus.config.js", text, folders) == path


def test_docusaurus_may_have_a_folder_of_its_own_beside_the_documents() -> None:
    text = "x = {baseUrl: '/', presets: [['classic', {docs: {path: '../docs', routeBasePath: 'manual'}}]]}"

    assert base("website/docusaurus.config.ts", text, "site/docs") == "manual"


@pytest.mark.parametrize(
    ("name", "level", "text", "folders", "path"),
    [
        ("mkdocs.yml", 1, "site_url: https://a.example/docs/ # there", "a/docs", "docs"),
        ("mkdocs.yml", 1, "site_url: https://a.example", "a/docs", ""),
        ("mkdocs.yml", 1, "site_url: !ENV [SITE, 'https://a.example/docs/']", "a/docs", None),
        ("mkdocs.yml", 1, "site_name: A", "a/docs", None),
        ("book.toml", 1, "[output.html]\nsite-url = '/docs/'", "a/src", "docs"),
        ("book.toml", 1, "[output.html]\nsite-url = 3", "a/src", None),
        ("book.toml", 1, "[output", "a/src", None),
        (".vitepress/config.mts", 0, "export default defineConfig({base: '/docs/'})", "docs", "docs"),
        (".vitepress/config.ts", 1, "export default {base: '/docs/'}", "a/guide", "docs/guide"),
        (".vitepress/config.ts", 1, "export default {base: '/docs/', srcDir: './src'}", "a/src", "docs"),
        (
            "astro.config.mjs",
            3,
            "defineConfig({site: 'https://a.example/no', base: 'docs'})",
            "src/content/docs",
            "docs",
        ),
        ("astro.config.mjs", 3, "defineConfig({site: 'https://a.example/docs'})", "src/content/docs", "docs"),
        ("hugo.toml", 1, "baseURL = 'https://a.example/docs/'", "a/content", "docs"),
        ("hugo.yaml", 1, "baseurl: https://a.example/docs/", "a/content", "docs"),
        ("hugo.json", 1, '{"baseURL": "https://a.example/docs/"}', "a/content", "docs"),
        ("config.toml", 1, "baseURL = 'https://a.example/docs/'", "a/content", "docs"),
        ("_config.yml", 0, 'baseurl: "/docs"', "a", "docs"),
        ("_config.yml", 0, 'baseurl: ""', "a", ""),
        ("_config.yml", 1, "baseurl: /x", "a/_docs", "x/docs"),
        ("conf.py", 0, "project = 'A'\nhtml_baseurl = 'https://a.example/docs/'", "a", "docs"),
    ],
)
def test_base_is_read_as_each_generator_names_it(
    name: str, level: int, text: str, folders: str, path: str | None
) -> None:
    assert base(name, text, folders, level) == path


def test_files_of_other_programs_are_not_read(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for name in ("config.toml", ".env", "secrets.yml", "docusaurus.config.txt", "hugo.sh", "docs/conf.py"):
        (tmp_path / name).write_text("password = 'a secret'")
    (tmp_path / "real.yml").write_text("site_name: A link")
    (tmp_path / "mkdocs.yml").symlink_to(tmp_path / "real.yml")

    assert find_site(docs).configs == ()


def test_at_most_256_kib_of_a_file_are_read(tmp_path: Path) -> None:
    (tmp_path / "mkdocs.yml").write_text("site_name: A\n" + "#" * MAX_BYTES)

    (config,) = find_site(tmp_path).configs

    assert (len(config.text), find_site(tmp_path).title) == (MAX_BYTES, "A")


def test_site_has_the_folder_and_the_files_above_it(tmp_path: Path) -> None:
    docs = tmp_path / "site" / "docs"
    docs.mkdir(parents=True)
    (tmp_path / "site" / "mkdocs.yml").write_text("site_url: https://a.example/x/\n")
    (tmp_path / "mkdocs.yml").write_text("site_name: Too far above\n")

    site = find_site(docs)

    assert (site.folders[-2:], site.title) == (("site", "docs"), "docs")
    assert [(config.name, config.level) for config in site.configs] == [("mkdocs.yml", 1)]
