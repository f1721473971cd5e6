"""Pages of HTML: which content is used, and how it is parsed, split and rendered like any other page."""

import pytest

from glossator.domain.book.pages.dialect.generators import DEFAULT_DIALECT, Dialect, Generator
from glossator.domain.book.pages.html.reader import read_html
from glossator.domain.book.pages.rendering.render import render
from glossator.domain.book.pages.sections import read_sections
from glossator.domain.book.passages import BrokenPage, Page
from glossator.domain.book.sources.folder import page_from_bytes
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from tests.steps import assert_linear

DOCUSAURUS = """<!doctype html><html><head><title>Nodes | Robots</title><style>.x{}</style></head><body>
<nav>Menu</nav><header><h1>The site</h1></header><main><div><article>
<header><h1>Nodes &amp; topics</h1><p>5 minutes</p></header>
<p>A node is a <b>process</b>.</p><!-- hidden -->
<h2 class="anchor" id="the-topic">The topic<a href="#the-topic" class="hash-link">\u200b</a></h2>
<div class="language-python"><pre class="prism-code"><code><span>def f():<br></span><span>    return 1 &lt; 2<br></span>
</code></pre><button>Copy</button></div>
</article></div><div>On this page</div></main><aside>Ad</aside><footer>Imprint</footer><script>alert(1)</script>
</body></html>"""


def html_page(body: str, path: str = "page.html", generator: Generator = "docusaurus") -> Page:
    page = page_from_bytes(path, body.encode(), Dialect(generator))
    assert isinstance(page, Page)
    return page


def test_only_the_main_content_is_the_page() -> None:
    page = html_page(DOCUSAURUS)

    assert page.title == "Nodes & topics"
    assert page.source == (
        "# Nodes & topics {#}\n\nA node is a process.\n\n## The topic {#the-topic}\n\n"
        "```python\ndef f():\n    return 1 < 2\n```"
    )


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<main><p>a</p></main><p>b</p>", "a"),
        ("<div role=main><p>a</p></div><p>b</p>", "a"),
        ("<article><p>a</p></article><p>b</p>", "a"),
        ("<main><article>a</article><article>b</article></main>", "a\n\nb"),
        ("<p>a<p>b", "a\n\nb"),
        ("plain text", "plain text"),
        ("", ""),
        ("<p>a</p><template><p>b</p></template><noscript>c</noscript>", "a"),
        ("<ul><li>a<ul><li>b</li></ul></li><li><p>c</p><p>d</p></li></ul>", "- a\n  - b\n- c\n\n  d"),
        ("<ol start=9><li>a</li><li>b<pre>x\n  y</pre></li></ol>", "9. a\n10. b\n\n    ```\n    x\n      y\n    ```"),
        (
            "<table><tr><th>A<th>B</tr><tr><td>a | b<td><code>c|d</code></tr></table>",
            "| A | B |\n| --- | --- |\n| a \\| b | `c\\|d` |",
        ),
        (
            "<table class=highlighttable><tr><td class=linenos>1<td><div class=highlight-c><pre>x</pre></div></table>",
            "```c\nx\n```",
        ),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
        ("<p>a <a href='../b.html#c'>b  c</a> d</p>", "a [b c](../b.html#c) d"),
        ("<p><a href='javascript:alert(1)'>a</a> <a href='data:x'>b</a> <a>c</a></p>", "a b c"),
        ("<p>a <img src='data:image/png;base64,AAAA' alt='A diagram'> b</p>", "a A diagram b"),
        ("<p>a<br>b</p><hr><p>c", "a\nb\n\n***\n\nc"),
        ("<p><code>a `b` c</code> <kbd>Ctrl</kbd></p>", "``a `b` c`` `Ctrl`"),
        ("<pre>```\nx</pre>", "````\n```\nx\n````"),
        ("<dl><dt>A</dt><dt>B</dt><dd>C<p>D</dd></dl>", ":::term{#}\n\nA\nB\n\nC\n\nD\n\n:::end"),
        ("<dl><div><dt id=a>A</dt><dd>B</dd></div></dl>", ":::term{#a}\n\nA\n\nB\n\n:::end"),
        ("<dl><dt>A</dt></dl><dl><dd>B</dd></dl>", "A\n\nB"),
        ("<ul><li><dl><dt>A</dt><dd>B</dd></dl></li></ul>", "- A\n  B"),
        ("<details><summary>A <b>b</b></summary>C<p>D</p></details>", ":::term{#}\n\nA b\n\nC\n\nD\n\n:::end"),
        ("<details><summary><h4>A</h4></summary>B</details>", "#### A {#}\n\nB"),
        ("<details>A</details>", "A"),
        (
            "<table><thead><tr><th rowspan=2>P<th colspan=2>A<tr><th>B<th>C</thead><tr><td rowspan=2>1<td>x<td>y"
            "<tr><td colspan=2>z</table>",
            "| P | A B | A C |\n| --- | --- | --- |\n| 1 | x | y |\n| 1 | z | z |",
        ),
        ("<table><tr><th>A<tr><td rowspan=0>1<td colspan=x>2</table>", "| A |  |\n| --- | --- |\n| 1 | 2 |"),
        ("<p>a<sup><a class=footnote-ref href='#n'>1</a></sup> <a role=doc-noteref>[2]</a> b</p>", "a b"),
        ("<p><span role=img aria-label=Yes></span> or <svg aria-label=No></svg></p>", "Yes or No"),
        ("<main><aside class='admonition note'><p>a</p></aside><aside>b</aside></main>", "a"),
        ("<p>a <span class=sr-only>b</span> <a class=sl-anchor-link href='#c'>c</a></p>", "a"),
        ("<app-card title=A description=B><p>C</p></app-card>", "A\n\nB\n\nC"),
        ("<p>a <q>b</q> <ruby>c<rt>d</rt></ruby> <mjx-container><math>e</math></mjx-container></p>", "a “b” cd e"),
        ("<figure><img alt=A><figcaption>B</figcaption></figure>", "A\n\nB"),
        ("<p>a <script type='math/tex'>x_1</script></p>", "a \\\\(x_1\\\\)"),
        (
            "<math><mrow>E</mrow><annotation encoding='application/x-tex'>E=mc^2</annotation></math>"
            "<span class='katex-html'>E=mc2</span>",
            "`E=mc^2`",
        ),
    ],
)
def test_element_is_converted_to_markdown(html: str, markdown: str) -> None:
    assert read_html(html)[0] == markdown


@pytest.mark.parametrize(
    "text",
    [
        "# no heading",
        "1. no list",
        "- no list",
        "> no quotation",
        "--- no rule",
        "---",
        "| no | table |",
        "a *b* _c_ `d` ~~e~~ [f](g) \\* snake_case 2 * 3",
        "<div>no tag</div> &amp; <!-- no comment -->",
        "import x from 'y'",
        "export const a = 1",
        ":::tip",
        "!!! note",
        "[a]: b",
        "$a$ and $$b$$",
        "    not code",
        "{/* no comment */}",
    ],
)
def test_text_stays_text(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")

    html = render(html_page(f"<h1>T</h1><p>{escaped}</p><p>End</p>")).html

    plain = text.strip().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert html.replace("&quot;", '"') == f"<h1>T</h1>\n<p>{plain}</p>\n<p>End</p>\n"


@pytest.mark.parametrize(
    ("html", "anchor"),
    [
        ("<h2 id=own-id>Title</h2>", "own-id"),
        ("<h2><a id=within></a>Title</h2>", "within"),
        ("<h2><a name=named></a>Title</h2>", "named"),
        ("<section id=section><h2>Title<a class=headerlink href='#section'>¶</a></h2></section>", "section"),
        ("<h2 id='{bad}'>Title</h2>", ""),
        ("<h2>Title</h2>", ""),
        ("<h2>Title<a class=headerlink href='#nowhere'>¶</a></h2>", ""),
        ("<section id=s><span id=label></span><h2>Title<a class=headerlink href='#s'>¶</a></h2></section>", "s"),
        ("<section id=s><span id=label></span><h2>Title</h2></section>", "s"),
        ("<div id=s><div class=titlepage><div><div><h2>Title</h2></div></div></div></div>", "s"),
        ("<div class=titlepage><h2><a id=s></a>Title</h2></div>", "s"),
        ("<a name=s></a><h2>Title</h2>", "s"),
        ("<a name=s></a><p>Text</p><h2>Title</h2>", "s"),
        ("<div id=far><div id=s><p>Text</p><h2>Title</h2></div></div>", "s"),
        ("<nav id=menu>Menu</nav><h2>Title</h2>", ""),
    ],
)
@pytest.mark.parametrize("generator", ["docusaurus", "github"])
def test_heading_has_the_nearest_id_of_the_page_as_anchor(html: str, anchor: str, generator: Generator) -> None:
    page = html_page(f"<h1 id=top>Page</h1>{html}<p>Words.</p>", generator=generator)

    section = read_sections(page)[-1]

    assert (section.headings[-1].title, section.headings[-1].anchor) == ("Title", anchor)
    assert (f'<h2 id="{anchor}">Title</h2>' if anchor else "<h2>Title</h2>") in render(page).html


def test_heading_that_looks_like_an_explicit_id_is_text() -> None:
    (section,) = read_sections(html_page("<h2>Title {#text}</h2><p>Words."))

    assert (section.headings[-1].title, section.headings[-1].anchor) == ("Title {#text}", "")


def test_term_with_an_id_is_a_section() -> None:
    nested = "<dl><dt id=b>second</dt><dd>Two.<ul><li>Item</ul></dd></dl>"
    terms = f"<dl><dt id=a>first(x)</dt><dd>One.{nested}Three.</dd></dl><p>End."
    page = html_page(f"<h1>Page</h1>{terms}")

    passages = Splitter(Limits(1000))(page)

    assert [(passage.headings, passage.url, passage.text) for passage in passages] == [
        (("Page", "first(x)"), "page#a", "first(x)\n\nOne."),
        (("Page", "first(x)", "second"), "page#b", "second\n\nTwo.\n\n- Item"),
        (("Page", "first(x)"), "page#a", "Three."),
        (("Page",), "page", "End."),
    ]
    assert '<span id="b"></span><p>second</p>' in render(page).html.replace("\n", "")


def test_short_terms_share_a_passage_and_long_ones_are_sections() -> None:
    short = "".join(f"<dt>--{name}</dt><dd>Word.</dd>" for name in "ab")
    long = f"<dt>--long</dt><dd>{'<p>' + 'Sentence. ' * 40 + '</p>'}{'<p>' + 'Other. ' * 90 + '</p>'}</dd>"
    page = html_page(f"<h1>Page</h1><dl>{short}{long}</dl>")

    passages = Splitter(Limits(700))(page)

    assert [(passage.headings, passage.text[:20]) for passage in passages] == [
        (("Page",), "--a\n\nWord.\n\n--b\n\nWor"),
        (("Page", "--long"), "--long\n\nSentence. Se"),
        (("Page", "--long"), "Other. Other. Other."),
    ]


TABS = {
    "ARIA, in order": (
        "<div><ul role=tablist><li role=tab>Linux<li role=tab>Mac</ul>"
        "<div><div role=tabpanel>Apt</div><div role=tabpanel hidden>Brew</div></div></div>"
    ),
    "ARIA, by ids": (
        "<div role=tablist><button role=tab id=t2>Mac</button><a role=tab href='#p1'>Linux</a></div>"
        "<div role=tabpanel id=p1>Apt</div><div role=tabpanel aria-labelledby=t2>Brew</div>"
    ),
    "sphinx-design": (
        "<div class=sd-tab-set><input type=radio><label class=sd-tab-label>Linux</label><div class=sd-tab-content>Apt"
        "</div><input type=radio><label>Mac</label><div class=sd-tab-content>Brew</div></div>"
    ),
    "MkDocs Material": (
        "<div class=tabbed-set><input type=radio><input type=radio><div class=tabbed-labels><label>Linux</label><label>"
        "Mac</label></div><div class=tabbed-content><div class=tabbed-block>Apt</div><div class=tabbed-block>Brew</div>"
        "</div></div>"
    ),
    "VitePress": (
        "<div class=vp-code-group><div class=tabs><input><label>Linux</label><input><label>Mac</label></div><div class="
        "blocks><div>Apt</div><div>Brew</div></div></div>"
    ),
    "Hugo Book": (
        "<div class=book-tabs><input type=radio id=t1><label for=t1>Linux</label><div>Apt</div><input type=radio id=t2>"
        "<label for=t2>Mac</label><div>Brew</div></div>"
    ),
    "Asciidoctor": (
        "<div class='ulist tablist'><ul><li id=a class=tab>Linux</li><li id=b class=tab>Mac</li></ul></div>"
        "<div class=tabpanel aria-labelledby=a>Apt</div><div class=tabpanel aria-labelledby=b>Brew</div>"
    ),
    "custom elements": "<app-tab label=Linux>Apt</app-tab><app-tab label=Mac>Brew</app-tab>",
}


def test_tab_that_has_only_tabs_is_in_their_paths() -> None:
    inner = "<div role=tabpanel aria-label=Linux><div role=tabpanel aria-label=Arm>Apt</div></div>"

    passages = Splitter(Limits(1000))(html_page(f"<h1>Page</h1>{inner}"))

    assert [(passage.headings, passage.text) for passage in passages] == [(("Page", "Linux", "Arm"), "Arm\n\nApt")]


def test_radio_buttons_of_a_question_are_no_tabs() -> None:
    html = "<form><input type=radio><label>Yes</label><input type=radio><label>No</label><p>Choose.</p></form>"

    assert read_html(html)[0] == "YesNo\n\nChoose."


@pytest.mark.parametrize("html", TABS.values(), ids=TABS)
def test_label_of_a_tab_joins_the_heading_path(html: str) -> None:
    page = html_page(f"<h1>Page</h1><h2 id=a>Install</h2>{html}<p>End.</p>")

    passages = Splitter(Limits(1000))(page)

    assert [(passage.headings[1:], passage.text) for passage in passages] == [
        (("Install", "Linux"), "Linux\n\nApt"),
        (("Install", "Mac"), "Mac\n\nBrew"),
        (("Install",), "End."),
    ]


GROUPS = {
    "details": "<details><summary>Box</summary>{}</details>",
    "admonition": "<div class='admonition note'><p class=admonition-title>Box</p>{}</div>",
    "panel": "<div role=tabpanel aria-label=Box>{}</div>",
}


@pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)
def test_group_that_contains_headings_is_in_their_paths(group: str) -> None:
    content = "<p>First.</p><h3 id=b>Step</h3><p>Second.</p>"
    page = html_page(
        f"<h1>Page</h1><h2 id=a>Install</h2>{group.format(content)}<p>Third.</p><h3 id=c>Next</h3><p>Last."
    )

    passages = Splitter(Limits(1000))(page)

    assert [(passage.headings[1:], passage.url, passage.text) for passage in passages] == [
        (("Install", "Box"), "page#a", "Box\n\nFirst."),
        (("Install", "Box", "Step"), "page#b", "Second."),
        (("Install",), "page#a", "Third."),
        (("Install", "Next"), "page#c", "Last."),
    ]


def test_passage_of_html_has_no_escapes() -> None:
    page = html_page("<h1>Page</h1><p>--depth of snake_case \\(x_1 * y\\) and `a` [b](c) <code>d\\_e</code>")

    (passage,) = Splitter(Limits(1000))(page)

    assert passage.text == "--depth of snake_case \\(x_1 * y\\) and `a` [b](c) `d\\_e`"


def test_passages_are_ranges_of_the_markdown() -> None:
    page = html_page(DOCUSAURUS, "guide/nodes.html")

    passages = Splitter(Limits(1000))(page)

    assert [passage.text for passage in passages] == [page.source[p.start : p.end] for p in passages]
    assert [passage.url for passage in passages] == ["guide/nodes", "guide/nodes#the-topic"]


@pytest.mark.parametrize(
    ("path", "generator", "url"),
    [
        ("a.html", "docusaurus", "a"),
        ("01-a.html", "docusaurus", "01-a"),
        ("dir/index.html", "docusaurus", "dir"),
        ("index.html", "docusaurus", ""),
        ("dir/dir.HTML", "docusaurus", "dir/dir"),
        ("dir/index.html", "github", "dir/index.html"),
    ],
)
def test_address_is_the_path_without_index_and_suffix(path: str, generator: Generator, url: str) -> None:
    assert html_page("<p>x", path, generator).url == url


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<title>Doc</title><h2>No</h2>", "Doc"),
        ("<title>Doc</title><main><h1>Main</h1></main>", "Main"),
        ("<p>x", "My page"),
    ],
)
def test_title_is_the_first_heading_or_the_documents_title(html: str, title: str) -> None:
    assert html_page(html, "my-page.html").title == title


@pytest.mark.parametrize("html", ["<div>" * 100_000, "<a " * 100_000, "<ul><li>" * 50_000, "<blockquote>" * 400])
def test_page_nested_too_deeply_is_broken(html: str) -> None:
    assert page_from_bytes("a.html", html.encode(), DEFAULT_DIALECT) == BrokenPage("a.html", "nested too deeply")


def test_xml_declaration_is_ignored() -> None:
    assert html_page("<?xml version='1.0'?><html><body><p>x</p></body></html>").source == "x"


UNITS = (
    "<dt>a<dd>b",
    "<dt id=a>a<dd>b",
    "<h2 id=a>a</h2>",
    "<h2>a</h2>b",
    "<a name=a></a>",
    "<li><h3>a</h3><dl><dt>a<dd>b</dl>",
    "<ul role=tablist><li role=tab>a</ul><p role=tabpanel>b</p>",
    "<details><summary>a</summary><h2>b</h2></details>",
    "<tr><td rowspan=9 colspan=9>a",
)


@pytest.mark.parametrize("unit", UNITS)
def test_html_of_twice_the_elements_takes_at_most_twice_the_steps(unit: str) -> None:
    splitter = Splitter(Limits(1000))

    assert_linear(lambda count: splitter(html_page("<h1>T</h1><dl><ul>" + unit * (count // len(unit)))), 1_000)
