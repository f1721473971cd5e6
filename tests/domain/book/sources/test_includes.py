"""Directives that include other files of the book."""

from pathlib import Path

import pytest

from glossator.domain.book.pages.dialect.generators import DEFAULT_DIALECT
from glossator.domain.book.passages import Page
from glossator.domain.book.sources.folder import read_page
from tests.steps import cpu_seconds_below

LISTING = "use io;\n// ANCHOR: main\nfn main() {\n    run();\n}\n// ANCHOR_END: main\n// end"
SECTIONS = "top\n<!-- --8<-- [start:b] -->\nmiddle\n<!-- --8<-- [end:b] -->\nbottom"
REGIONS = "const a = 1\n// #region r\nconst b = 2\n// #endregion r"


def write(root: Path, **files: str | bytes) -> None:
    """In names, `__` means a slash and `_dot_` a dot."""
    for name, content in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def read(docs: Path, path: str) -> Page:
    page = read_page(docs.resolve(), path, DEFAULT_DIALECT)
    assert isinstance(page, Page)
    return page


@pytest.mark.parametrize(
    ("directive", "source"),
    [
        ("{{#include ../l.rs}}", "use io;\nfn main() {\n    run();\n}\n// end"),
        ("{{#include ../l.rs:main}}", "fn main() {\n    run();\n}"),
        ("{{#rustdoc_include ../l.rs:main}}", "fn main() {\n    run();\n}"),
        ("{{#include ../l.rs:1}}", "use io;"),
        ("{{#include ../l.rs:3:4}}", "fn main() {\n    run();"),
        ("{{#include ../l.rs::3}}", "use io;\nfn main() {"),
        ("{{#include ../l.rs:5:}}", "}\n// end"),
        ("{{ #include ../l.rs:1 }}", "use io;"),
        ("{{#playground ../l.rs:1}}", "```rust\nuse io;\n```"),
        ("\\{{#include ../l.rs:1}}", "{{#include ../l.rs:1}}"),
        ('--8<-- "s.md"', "top\nmiddle\nbottom"),
        ("  -8<- 's.md:b'", "  middle"),
        ('--8<-- "s.md:5"', "bottom"),
        ('--8<-- "s.md:1:1,5:5"', "top\nbottom"),
        ('--8<-- "docs/s.md:b"', "middle"),
        (';--8<-- "s.md"', '--8<-- "s.md"'),
        ("--8<--\ns.md\n; other.md\n--8<--", "top\nmiddle\nbottom"),
        ("{* ../l.rs ln[1] hl[1] *}", "```rust\nuse io;\n```"),
        ("{!s.md!}", "top\nmiddle\nbottom"),
        ("<!--@include: ../s.md{3,3}-->", "middle"),
        ("<<< ../r.js#r{1 js}", "```js\nconst b = 2\n```"),
    ],
)
def test_directive_is_replaced_by_the_lines_that_it_names(tmp_path: Path, directive: str, source: str) -> None:
    write(tmp_path, docs__l_dot_rs=LISTING, docs__s_dot_md=SECTIONS, docs__r_dot_js=REGIONS)
    write(tmp_path, docs__a__p_dot_md=f"before\n{directive}\nafter")

    page = read(tmp_path / "docs", "a/p.md")

    assert page.source == f"before\n{source}\nafter"
    assert page.not_included == 0


@pytest.mark.parametrize(
    "directive",
    [
        "{{#include ../secret.md}}",
        "{{#include /etc/hostname}}",
        "{{#include out/secret.md}}",
        "{{#include secret_link.md}}",
        "{{#include missing.md}}",
        "{{#include .env}}",
        "{{#include p.md}}",
        "{{#include binary.bin}}",
        "{{#include s.md:nothing}}",
        '--8<-- "../secret.md"',
        '--8<-- "https://example.org/a.md"',
        "{* ../../secret.md *}",
        "<!--@include: ../secret.md-->",
    ],
)
def test_directive_without_a_file_of_the_book_is_removed_and_counted(tmp_path: Path, directive: str) -> None:
    docs = tmp_path / "docs"
    write(tmp_path, secret_dot_md="secret", docs__p_dot_md=f"before\n{directive}\nafter", docs__s_dot_md="x")
    write(docs, _dot_env="secret", binary_dot_bin=b"\x00\xff")
    (docs / "out").symlink_to(tmp_path)
    (docs / "secret_link.md").symlink_to(tmp_path / "secret.md")

    page = read(docs, "p.md")

    assert page.source == "before\nafter"
    assert page.not_included == 1


@pytest.mark.parametrize(
    ("file", "tag"),
    [
        ("./_part.mdx", "<Part />"),
        ("./\\_part.mdx", "<Part/>"),
        ("@site/docs/guide/_part.mdx", '<Part\n  name="Tom"\n/>'),
        ("@site/guide/_part.mdx", "<Part></Part>"),
        ("../guide/_part.mdx", "<Part />"),
    ],
)
def test_partial_replaces_its_tag(tmp_path: Path, file: str, tag: str) -> None:
    part = "---\ntitle: x\n---\nimport Deep from './_deep.md';\n\nHello {props.name}\n\n<Deep />"
    write(tmp_path, docs__guide___part_dot_mdx=part, docs__guide___deep_dot_md="Deep text")
    write(tmp_path, docs__guide__run_dot_mdx=f"import Part from '{file}';\n\n{tag}\n\n```\n<Part />\n```\n")

    page = read(tmp_path / "docs", "guide/run.mdx")

    name = "Tom" if "Tom" in tag else ""
    assert f"Hello {name}".rstrip() in page.source
    assert "Deep text" in page.source
    assert "title: x" not in page.source
    assert page.source.endswith("```\n<Part />\n```\n")
    assert page.not_included == 0


def test_cycle_ends_and_is_counted(tmp_path: Path) -> None:
    write(tmp_path, a_dot_md="A {{#include b.md}}", b_dot_md="B {{#include a.md}}")

    page = read(tmp_path, "a.md")

    assert page.source == "A B "
    assert page.not_included == 1


def test_includes_do_not_multiply_without_limit(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number}.md").write_text(f"{'x' * 100}\n{{{{#include {number + 1}.md}}}}\n" * 10)

    page = read(tmp_path, "0.md")

    assert len(page.source) < 2_000_000
    assert page.not_included > 0


def test_page_changes_with_the_file_that_it_includes(tmp_path: Path) -> None:
    write(tmp_path, p_dot_md="{{#include part.txt}}", part_dot_txt="old")
    before = read(tmp_path, "p.md")
    write(tmp_path, part_dot_txt="new")

    assert read(tmp_path, "p.md").hash != before.hash


@pytest.mark.parametrize(
    "text",
    [
        "a <<< b",
        "<<<<<<< HEAD",
        "Use `<Part />` here.",
        "-----8<-----\nSome words.\n-----8<-----",
        "{{ value }} and {{#if x}}yes{{/if}}",
        "import the file\nfrom 'here'",
    ],
)
def test_other_text_is_not_changed(tmp_path: Path, text: str) -> None:
    write(tmp_path, p_dot_md=f"import Part from './_part.md';\n\n{text}\n", _part_dot_md="x")

    assert read(tmp_path, "p.md").source == f"import Part from './_part.md';\n\n{text}\n"


@pytest.mark.parametrize(
    "piece", ["{{#include x}} ", "<Part ", "--8<--\n", "import X from './_x.md'\n<X />\n", "```\n<X "]
)
def test_long_pages_take_linear_time(tmp_path: Path, piece: str) -> None:
    write(tmp_path, p_dot_md="import Part from './_part.md'\n" + piece * 6_000)

    with cpu_seconds_below(1):
        read(tmp_path, "p.md")
