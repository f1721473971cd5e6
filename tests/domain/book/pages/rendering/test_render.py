import pytest

from glossator.domain.book.pages.dialect.generators import DEFAULT_DIALECT
from glossator.domain.book.pages.parsing import parse_page
from glossator.domain.book.pages.rendering.render import render
from glossator.domain.book.pages.sections import Heading
from glossator.domain.book.passages import Page
from glossator.domain.book.sources.folder import page_from_bytes
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter


def html(text: str, path: str = "guides/page.md", **urls: str) -> str:
    by_path = {name.replace("_dot_", ".").replace("__", "/"): url for name, url in urls.items()}
    return render(parse_page(path, text), base="/read/", urls=by_path).html.strip()


def test_headings_have_the_ids_that_passages_link_to() -> None:
    page = parse_page("a.md", "# T\nx\n## A `b`\nx\n## A b\nx\n## C {#my-c}\nx\n")

    rendered = render(page)
    fragments = [passage.url.partition("#")[2] for passage in Splitter(Limits(1000))(page)]

    assert fragments == ["", "a-b", "a-b-1", "my-c"]
    assert all(f'id="{fragment}"' in rendered.html for fragment in fragments[1:])
    assert rendered.headings[-1] == Heading(2, "C", "my-c")
    assert "{#my-c}" not in rendered.html


def test_page_without_a_first_heading_begins_with_its_title() -> None:
    assert html("---\ntitle: A & B\n---\ntext") == "<h1>A &amp; B</h1>\n<p>text</p>"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[a](./other.md#x)", '<a href="/read/guides/other#x">a</a>'),
        ("[a](../01-top.mdx)", '<a href="/read/top">a</a>'),
        ("[a](/known.md)", '<a href="/read/elsewhere">a</a>'),
        ("[a](a%20b.md)", '<a href="/read/guides/a%20b">a</a>'),
        ("[a](../../../up.md)", '<a href="/read/up">a</a>'),
        ("[a](#here)", '<a href="#here">a</a>'),
        ("[a](/abs)", '<a href="/read/abs">a</a>'),
        ("[a](near)", '<a href="near">a</a>'),
        ("[a](https://x.org/y.md)", '<a href="https://x.org/y.md" rel="noopener noreferrer nofollow">a</a>'),
        ("[a](//x.org)", '<a href="//x.org" rel="noopener noreferrer nofollow">a</a>'),
        ("<https://x.org>", '<a href="https://x.org" rel="noopener noreferrer nofollow">https://x.org</a>'),
        ("[a](mailto:a@x.org)", '<a href="mailto:a@x.org">a</a>'),
        ("[a](javascript:alert(1))", "[a](javascript:alert(1))"),
        ("[a](ftp://x.org)", "<a>a</a>"),
        ("![a *b*](x.png)", "a b"),
        ("![a](https://x.org/y.png)", "a"),
        ("![](x.png)", ""),
    ],
)
def test_link_is_resolved_or_removed(link: str, expected: str) -> None:
    assert html(f"# T\n{link}", known_dot_md="elsewhere") == f"<h1>T</h1>\n<p>{expected}</p>"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<script>\nalert(1)\n\n</script>",
        "text <img src=x onerror=alert(1)> text",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        "## <b onclick=x>Heading</b>",
        '## T {#"><script>}',
        ":::tip[<script>]\nx\n:::",
        ':::tip{onclick="<script>"}\nx\n:::',
        '!!! note "<script>"\n    x',
        "```<script>\nx\n```",
        '```a"onclick="x\nx\n```',
        "$<script>$",
        "$$\n<script>\n$$",
        "[a](https://x.org/\"onclick='x')",
        "| <script> |\n|---|\n| <img> |",
    ],
)
def test_no_html_of_the_author_is_passed_through(text: str) -> None:
    rendered = html(text).lower()

    assert "<script" not in rendered
    assert "<img" not in rendered
    assert '"onclick' not in rendered
    assert " onclick=x" not in rendered
    assert 'href="javascript' not in rendered


def test_front_matter_imports_tags_and_comments_are_not_rendered() -> None:
    body = "import a from 'b'\n\n# T\n\n<Tabs>\n\n<!-- gone -->\n\ntext <b>bold</b><!-- gone -->\n\n</Tabs>\n"

    assert html(f"---\nid: x\n---\n{body}").split() == ["<h1>T</h1>", "<p>text", "bold</p>"]


def test_admonition_becomes_an_aside() -> None:
    rendered = html("# T\n:::tip[A & B]\n\n**x**\n\n:::\n\n:::note\ny\n:::")

    assert rendered.count("<aside") == rendered.count("</aside>") == 2
    assert '<aside class="admonition tip">' in rendered
    assert "A &amp; B</p>" in rendered
    assert "Note</p>" in rendered


@pytest.mark.parametrize("text", [":::tip\nx", "- :::tip\n  x\n\n:::", ":::", ">:::tip\n\n:::", "::::tip\nx\n:::"])
def test_unmatched_admonition_line_is_not_an_aside(text: str) -> None:
    assert "aside" not in html(text)


def test_formula_is_rendered_as_mathml() -> None:
    rendered = html("# T\n$a_1 * b$\n\n$5 or $6\n\n$$\nx < \\frac{1}{2}\n$$")

    assert '<p><math display="inline"><mrow><msub><mi>a</mi><mn>1</mn></msub><mo>*</mo><mi>b</mi></mrow>' in rendered
    assert "<p>$5 or $6</p>" in rendered
    assert '<math display="block" tabindex="0"><mrow><mi>x</mi><mo>&lt;</mo><mfrac>' in rendered


def test_plain_text_is_rendered_as_paragraphs() -> None:
    assert html("a *b*\n<i>\n\nc", "notes.txt") == "<h1>Notes</h1>\n<p>a *b*\n&lt;i&gt;</p>\n<p>c</p>"


def test_very_long_page_is_rendered_as_plain_text() -> None:
    assert html("# T\n\n" + "word " * 120_000).startswith("<h1>T</h1>\n<p># T</p>\n<p>word")


def test_no_id_is_rendered_twice() -> None:
    body = b"<h1>T</h1><dl><dt id=a>A</dt><dd>One.</dd></dl><h2>B</h2>Two.<h2 id=c>C</h2>Three.<h3>D</h3>Four."
    page = page_from_bytes("a.html", body, DEFAULT_DIALECT)
    assert isinstance(page, Page)

    rendered = render(page).html

    assert [rendered.count(f'id="{anchor}"') for anchor in "ac"] == [1, 1]
