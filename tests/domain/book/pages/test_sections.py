from collections.abc import Iterator

import pytest

from glossator.domain.book.pages.blocks import GAP, Block
from glossator.domain.book.pages.dialect.generators import Dialect, Generator
from glossator.domain.book.pages.front_matter import BadPage
from glossator.domain.book.pages.parsing import parse_page
from glossator.domain.book.pages.sections import Section, read_sections


def sections(text: str, path: str = "page.md", generator: Generator = "docusaurus") -> list[Section]:
    return read_sections(parse_page(path, text, Dialect(generator)))


def outline(text: str, path: str = "page.md", generator: Generator = "docusaurus") -> list[tuple[int, str, str]]:
    """The nearest heading of each section."""
    return [
        (section.headings[-1].level, section.headings[-1].title, section.headings[-1].anchor)
        for section in sections(text, path, generator)
        if section.headings
    ]


def block_texts(text: str, path: str = "page.md") -> list[str]:
    """The text of every block outside gaps."""
    source = parse_page(path, text).source

    def leaves(block: Block) -> Iterator[str]:
        if block.whole:
            yield source[block.start : block.end]
        elif block.kind != GAP:
            for part in block.parts:
                yield from leaves(part)

    return [leaf for section in sections(text, path) for block in section.blocks for leaf in leaves(block)]


def test_section_lists_its_headings_from_the_outermost() -> None:
    found = sections("# Book\nx\n## One\ny\n### Deep\nz\n## Two\nw\n")

    assert [[heading.title for heading in section.headings] for section in found] == [
        ["Book"],
        ["Book", "One"],
        ["Book", "One", "Deep"],
        ["Book", "Two"],
    ]


@pytest.mark.parametrize("fence", ["```\n# no\n```", "~~~sh\n# no\n~~~", "    # no", "$$\n# no\n$$", "<!--\n# no\n-->"])
def test_hash_in_code_math_or_a_comment_is_not_a_heading(fence: str) -> None:
    assert outline(f"## Yes\n\ntext\n\n{fence}\n\nmore\n") == [(2, "Yes", "yes")]


def test_underlined_headings_are_read() -> None:
    assert outline("Top\n===\nx\n\nSecond one\n---\ny\n") == [(1, "Top", ""), (2, "Second one", "second-one")]


@pytest.mark.parametrize(
    ("heading", "title", "anchor"),
    [
        ("The `run()` *method*", "The run() method", "the-run-method"),
        ("See [the **docs**](https://x.org)", "See the docs", "see-the-docs"),
        ("A [link][ref]", "A link", "a-link"),
        ("Logo ![of us](x.png)", "Logo of us", "logo-of-us"),
        ("R&amp;D", "R&D", "rd"),
        ("New <Badge>beta</Badge>", "New beta", "new-beta"),
        ("New <Badge/>", "New", "new-"),
        ("Custom {#My-Id}", "Custom", "My-Id"),
        ("Closed ##", "Closed", "closed"),
        ("Mass $m_0$", "Mass m_0", "mass-m_0"),
        ("~~Old~~ way", "Old way", "old-way"),
    ],
)
def test_markup_in_a_heading_is_removed(heading: str, title: str, anchor: str) -> None:
    assert outline(f"## {heading}\n\ntext\n\n[ref]: https://x.org\n") == [(2, title, anchor)]


def test_explicit_id_is_text_for_github() -> None:
    assert outline("## Custom {#my-id}\n\nx", generator="github") == [(2, "Custom {#my-id}", "custom-my-id")]


def test_all_headings_are_numbered_together() -> None:
    found = outline("# Intro\nx\n## Intro\nx\n> ## Intro\n\nx\n\n## Intro\nx\n## Intro {#intro}\nx\n")

    assert [anchor for _, _, anchor in found] == ["", "intro-1", "intro-3", "intro"]


def test_only_a_first_heading_links_to_the_top_of_the_page() -> None:
    assert outline("# One\nx\n# Two\ny\n") == [(1, "One", ""), (1, "Two", "two")]
    assert outline("## Zero\nx\n# One\ny\n") == [(2, "Zero", "zero"), (1, "One", "one")]


@pytest.mark.parametrize(
    ("path", "text", "title"),
    [
        ("a.md", "---\ntitle: Front\n---\n# Head\n", "Front"),
        ("a.md", "## Small\n# Head *one*\n", "Head one"),
        ("a.md", "```\n# no\n```\n", "A"),
        ("guides/01-getting-started.md", "text", "Getting started"),
        ("guides/index.md", "text", "Guides"),
        ("notes.txt", "# Not markup", "Notes"),
    ],
)
def test_title_is_taken_from_front_matter_then_h1_then_file_name(path: str, text: str, title: str) -> None:
    assert parse_page(path, text).title == title


def test_line_ends_bom_and_nul_are_normalized() -> None:
    assert parse_page("a.md", "\ufeff# A\r\nb\rc\0").source == "# A\nb\nc\ufffd"


def test_hash_covers_everything_that_passages_are_made_from() -> None:
    pages = [
        parse_page("a.md", "text"),
        parse_page("b.md", "text"),
        parse_page("a.md", "text!"),
        parse_page("a.md", "text", Dialect("github")),
    ]

    assert len({page.hash for page in pages}) == 4
    assert parse_page("a.md", "text") == pages[0]


@pytest.mark.parametrize(
    "markup",
    [
        "import Tabs from '@theme/Tabs';",
        'import {\n  a,\n  b as c,\n} from "x"',
        "import './style.css'",
        "export const answer = {\n  a: 1,\n\n  b: [2],\n};",
        "export default function Layout() { return null }",
        "<Tabs>",
        '<Tabs groupId="os" values={[{a: {b: 1}}]}>',
        "<Card\n  title='x'\n  icon={<Icon/>}\n/>",
        "</TabItem></Tabs>",
        "<>",
        "<br/>",
        "<!-- a comment -->",
        "<!--\n\nof several\n\nlines -->",
        "{/* a comment */}",
        "<script>\nalert(1)\n</script>",
    ],
)
def test_mdx_and_comments_on_their_own_lines_are_dropped(markup: str) -> None:
    assert block_texts(f"{markup}\n\nOne.\n\n{markup}\n\nTwo.\n", "page.mdx") == ["One.", "Two."]


@pytest.mark.parametrize(
    "text",
    [
        "Use <b>bold</b> words.",
        "<Note>Text in a component.</Note>",
        "import taxes rose that year",
        "export goods were cheap",
        "export const never = {",
        "a < b and c > d",
        "<https://example.org>",
        "``<!-- code -->``",
        "<!-- never closed",
        "{/* never closed",
        ":::",
        "$$ never closed",
        "- item\n- [ ] task",
        "[^1] without a note.",
    ],
)
def test_text_stays_text(text: str) -> None:
    assert block_texts(text, "page.mdx") == [text]


def test_text_between_tags_is_markdown() -> None:
    text = "<Tabs>\n<TabItem value='a'>\n## Inside\n\nOn Linux.\n\n</TabItem>\n</Tabs>\n"

    assert outline(text) == [(2, "Inside", "inside")]
    assert block_texts(text) == ["On Linux."]


def test_indented_text_between_tags_is_not_code() -> None:
    assert block_texts("<div>\n    <p>\n    Text.\n    </p>\n</div>\n") == ["Text."]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Before <!-- secret --> after {/* too */}\nend `<!-- shown -->`.", "Before after\nend `<!-- shown -->`."),
        ("- one\n- two <!-- secret -->\n- three", "- one\n- two\n- three"),
        ('A "key"<!--\nignore --> of ours.', 'A "key" of ours.'),
        ("See [the *docs*][d], [d][] and [d].\n\n[d]: a.md 'T'", "See [the *docs*](a.md), [d](a.md) and [d](a.md)."),
        ("See `[d]`, $[d]$, [no] and [no][no].\n\n[d]: a.md", "See `[d]`, $[d]$, [no] and [no][no]."),
        ("There are two [sorts of site]: ours.\n\n[sorts of site]: a.md", "There are two [sorts of site](a.md): ours."),
        ("[![A picture]][A picture]\n\n[A picture]: a.png", "[![A picture](a.png)](a.png)"),
        ("Only[^1] here.\n\n[^1]: In winter.", "Only here.\n\nIn winter."),
        ("A ![pump](data:image/png;base64,AAAA) and <img src='data:x' alt='sail'>.", "A pump and sail."),
        ("A ![pump][p] here.\n\n[p]: <data:image/png;base64,AAAA>", "A pump here."),
        ("One\\\ntwo `a\\\nb`.", "One  \ntwo `a\\\nb`."),
        ("A drawing: <svg width='1'><text>x</text></svg>", "A drawing:"),
    ],
)
def test_comments_references_and_data_are_not_text(text: str, clean: str) -> None:
    assert "\n\n".join(block_texts(text)) == clean


@pytest.mark.parametrize("code", ["```\n{}\n```", "    {}", "`{}`"])
def test_code_is_not_cleaned(code: str) -> None:
    text = code.format("<!-- a --> [d] [^1] <details><summary>S</summary>T</details>")

    assert block_texts(f"Text.\n\n{text}\n\nEnd[^1].\n\n[d]: a.md\n[^1]: Note")[1] == text


@pytest.mark.parametrize(
    "text",
    [
        "<details>\n<summary>Why?</summary>\n\nBecause.\n\n</details>",
        "<details open><summary><b>Why?</b></summary>\nBecause.\n</details>",
        "<details>\n  <summary>\n    Why?\n  </summary>\n\n    Because.\n\n</details>",
        "<details><summary>Why?</summary>Because.</details>",
    ],
)
def test_summary_names_its_details(text: str) -> None:
    (section,) = sections(f"# T\n\n{text}\n\nEnd.")

    assert [block.kind for block in section.blocks] == ["definition", "paragraph"]
    assert block_texts(text) == ["Why?\n\nBecause."] or block_texts(text)[0].startswith("Why?")


def test_details_in_a_list_item_stay_in_it() -> None:
    text = "1. One\n\n   <details><summary>Why?</summary>\n\n   Because.\n\n   </details>\n\n2. Two"

    assert block_texts(text) == ["1. One", "Why?", "Because.", "2. Two"]


@pytest.mark.parametrize(
    "admonition", [":::tip[Title]\n\nText.\n\n:::", ":::note\nText.\n:::", '!!! tip "T"\n    Text.']
)
def test_admonition_is_one_block(admonition: str) -> None:
    assert block_texts(f"Before.\n\n{admonition}\n\nAfter.") == ["Before.", admonition, "After."]


def test_nested_admonition_is_closed_by_as_many_colons() -> None:
    text = "::::note\nOne.\n:::tip\nTwo.\n:::\nThree.\n::::"

    assert block_texts(text + "\n\nAfter.") == [text, "After."]


def test_heading_after_an_unclosed_admonition_is_a_heading() -> None:
    assert outline(":::tip\ntext\n\n## Next\nmore\n") == [(2, "Next", "next")]


@pytest.mark.parametrize(
    "block", ["| a | b |\n|---|---|\n| 1 | 2 |", "$$\nx = y\n\nz\n$$", "```py\na\n\nb\n```", "> a\n>\n> b"]
)
def test_tables_math_code_and_quotations_are_one_block(block: str) -> None:
    assert block_texts(f"Before.\n\n{block}\n\nAfter.") == ["Before.", block, "After."]


def test_plain_text_has_paragraphs_and_no_markup() -> None:
    assert block_texts("# one\ntwo\n\n  \n<b>\n\n---\ntitle: x\n---\n", "a.txt") == [
        "# one\ntwo",
        "<b>",
        "---\ntitle: x\n---",
    ]


def test_heading_of_an_empty_section_is_its_only_block() -> None:
    assert block_texts("# Top\n## Empty\n## Full\ntext\n### Deep\n") == ["## Empty", "text", "### Deep"]


def test_indented_lines_are_code_in_markdown_and_headings_in_mdx() -> None:
    assert outline("    # A\n\nx", "a.md") == []
    assert outline("    # A\n\nx", "a.mdx") == [(1, "A", "")]


def test_page_with_too_many_lines_is_broken() -> None:
    with pytest.raises(BadPage, match="50000 lines"):
        parse_page("a.md", "#\n" * 1_000_000)
