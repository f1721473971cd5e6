import pytest

from glossator.domain.book.pages.dialect.generators import Dialect, Generator
from glossator.domain.book.pages.front_matter import BadPage, FrontMatter
from glossator.domain.book.pages.urls import page_url


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("intro.md", "intro"),
        ("index.md", ""),
        ("README.md", ""),
        ("guides/index.mdx", "guides"),
        ("guides/readme.md", "guides"),
        ("guides/Guides.md", "guides"),
        ("01-start/02-install.md", "start/install"),
        ("01-start/01-start.md", "start"),
        ("3. Basics/1_first.md", "Basics/first"),
        ("2024-01-news.md", "2024-01-news"),
        ("7.0-changes.md", "7.0-changes"),
        ("100.md", "100"),
        ("notes.txt", "notes"),
        ("a b/ü.md", "a%20b/%C3%BC"),
        ("50%.md", "50%25"),
        ("what?#x.md", "what%3F%23x"),
    ],
)
def test_docusaurus_derives_the_address_from_the_path(path: str, url: str) -> None:
    assert page_url(path, FrontMatter(), Dialect("docusaurus")) == url


@pytest.mark.parametrize(
    ("path", "front_matter", "url"),
    [
        ("a/b.md", FrontMatter(slug="/"), ""),
        ("a/b.md", FrontMatter(slug="/x/y"), "x/y"),
        ("a/b.md", FrontMatter(slug="/x/"), "x"),
        ("a/b.md", FrontMatter(slug="c"), "a/c"),
        ("01-a/b.md", FrontMatter(slug="c/d"), "a/c/d"),
        ("a/b.md", FrontMatter(slug="caf%c3%a9"), "a/caf%C3%A9"),
        ("a/b.md", FrontMatter(id="c"), "a/c"),
        ("a/b.md", FrontMatter(id="c", slug="d"), "a/d"),
        ("a/index.md", FrontMatter(slug="d"), "a/d"),
        ("a/02-b.md", FrontMatter(id="02-c"), "a/02-c"),
    ],
)
def test_slug_and_id_override_the_address_as_in_docusaurus(path: str, front_matter: FrontMatter, url: str) -> None:
    assert page_url(path, front_matter, Dialect("docusaurus")) == url


@pytest.mark.parametrize(
    "value",
    [
        "https://evil.example",
        "//evil.example",
        "a//b",
        "../up",
        "a/../../b",
        "%2e%2e/up",
        "/%2F/evil.example",
        "./here",
        "a b",
        "ü",
        "a?b",
        "a#b",
        "a\\b",
        "a%5Cb",
        "a%",
        "a%zz",
        "a%00",
        "a%0D%0Ab",
        "a%ff",
        "javascript:alert(1)",
        '"><script>',
    ],
)
def test_slug_or_id_that_is_not_a_plain_path_is_rejected(value: str) -> None:
    for front_matter, name in [(FrontMatter(slug=value), "slug"), (FrontMatter(id=value), "id")]:
        with pytest.raises(BadPage, match=f"`{name}`"):
            page_url("a/b.md", front_matter, Dialect("docusaurus"))


@pytest.mark.parametrize("generator", ["mkdocs", "mdbook", "vitepress", "starlight", "hugo", "jekyll", "sphinx"])
def test_published_file_keeps_its_path(generator: Generator) -> None:
    paths = ["a/LICENSE.txt", "a/old.htm", "a/old.html", "a/index.html"]

    found = [page_url(path, FrontMatter(), Dialect(generator)) for path in paths]

    assert found == [*paths[:3], "a/"]


@pytest.mark.parametrize("path", ["README.md", "01-a/index.md", "a b.txt"])
def test_github_uses_the_path(path: str) -> None:
    assert page_url(path, FrontMatter(slug="/x", id="y"), Dialect("github")) == path.replace(" ", "%20")


@pytest.mark.parametrize(
    ("path", "dialect", "url"),
    [
        ("a/notes.txt", Dialect("sphinx", built=True), "a/notes.txt"),
        ("a/b.html", Dialect("docusaurus", "file", built=True), "a/b.html"),
        ("a/index.html", Dialect("docusaurus", "file", built=True), "a/"),
        ("a/b.html", Dialect("docusaurus", built=True), "a/b"),
        ("a/b.html", Dialect("vitepress", "plain"), "a/b"),
        ("a/b.md", Dialect("docusaurus", "file", built=True), "a/b"),
    ],
)
def test_file_of_a_built_site_keeps_its_path(path: str, dialect: Dialect, url: str) -> None:
    assert page_url(path, FrontMatter(), dialect) == url
