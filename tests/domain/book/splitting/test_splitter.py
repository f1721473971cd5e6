import re
import uuid
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from glossator.domain.book.pages.dialect.generators import GENERATORS, Dialect, Generator
from glossator.domain.book.pages.markdown import book_markdown, parse_body
from glossator.domain.book.pages.parsing import parse_page
from glossator.domain.book.passages import Page, Passage
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import LONGEST_TITLE, Splitter
from tests.steps import assert_linear, cpu_seconds_below, steps

WORD = re.compile(r"[^\W_]+")


def splitter(characters: int = 1000) -> Splitter:
    return Splitter(Limits(characters))


def split(text: str, path: str = "page.md", *, characters: int = 1000) -> list[Passage]:
    return splitter(characters)(parse_page(path, text))


def texts(text: str, *, characters: int = 1000) -> list[str]:
    return [passage.text for passage in split(text, characters=characters)]


def test_a_passage_says_where_it_stands() -> None:
    source = "# Book\n\nIntro.\n\n## First part\n\nText of it.\n"

    intro, part = split(source, "guides/01-book.md")

    assert (intro.headings, intro.url, intro.page) == (("Book",), "guides/book", "guides/01-book.md")
    assert (part.headings, part.url) == (("Book", "First part"), "guides/book#first-part")
    assert source[part.start : part.end] == part.text == "Text of it."
    assert part.indexed_text == "Book > First part\nText of it."


def test_the_title_of_the_front_matter_stands_before_the_headings() -> None:
    (passage,) = split("---\ntitle: The Book\n---\n# Chapter\ntext\n")

    assert passage.headings == ("The Book", "Chapter")


def test_the_title_is_not_repeated_when_it_is_the_first_heading() -> None:
    (passage,) = split("---\ntitle: Chapter\n---\n# Chapter\n## Part\ntext\n")

    assert passage.headings == ("Chapter", "Part")


def test_backticks_after_an_escaped_one_are_no_error() -> None:
    assert texts("a " * 20 + r"\`` b") == ["a " * 20 + "`` b"]


def test_a_page_without_headings_has_its_title_alone() -> None:
    (passage,) = split("just text", "some-notes.txt")

    assert (passage.headings, passage.url) == (("Some notes",), "some-notes")


def test_an_id_that_is_no_plain_word_is_escaped_in_the_address() -> None:
    (passage,) = split('## Über {#a"ü^}\ntext\n')

    assert passage.url == "page#a%22ü%5E"


def test_blocks_of_a_section_share_a_passage_and_sections_do_not() -> None:
    assert texts("One.\n\n- two\n- three\n\n## H\n\nFour.\n") == ["One.\n\n- two\n- three", "Four."]


def test_blocks_that_do_not_fit_together_are_parted_between_them() -> None:
    first, second = "a" * 60 + ".", "b" * 60 + "."

    assert texts(f"{first}\n\n{second}", characters=100) == [first, second]


def test_a_small_last_piece_takes_pieces_from_the_one_before() -> None:
    blocks = ["a" * 400, "b" * 400, "c" * 100, "d" * 150]

    assert texts("\n\n".join(blocks)) == [blocks[0], "\n\n".join(blocks[1:])]


def test_an_introduction_stays_with_what_it_introduces() -> None:
    code = "```py\n" + "x = 1\n" * 100 + "```"

    assert texts(f"{'a' * 500}\n\nFor example:\n\n{code}") == ["a" * 500, f"For example:\n\n{code}"]


def test_a_long_paragraph_is_cut_at_sentence_ends_into_equal_parts() -> None:
    sentence = "One sentence, e.g. this one, stands here."
    passages = texts(" ".join([sentence] * 12), characters=300)

    assert passages == [" ".join([sentence] * 6)] * 2


def test_a_long_sentence_is_cut_at_words_and_a_long_word_at_characters() -> None:
    assert texts("alpha beta gamma delta", characters=12) == ["alpha beta", "gamma delta"]
    assert texts("x" * 25, characters=10) == ["x" * 10, "x" * 10, "x" * 5]


def test_chinese_sentences_are_cut_at_their_own_full_stop() -> None:
    assert texts("甲乙丙丁。戊己庚辛。", characters=6) == ["甲乙丙丁。", "戊己庚辛。"]


def test_chinese_without_full_stops_is_cut_at_commas() -> None:
    assert texts("甲乙丙、丁戊己、庚辛壬、癸子丑", characters=9) == ["甲乙丙、丁戊己、", "庚辛壬、癸子丑"]


@pytest.mark.parametrize("whole", ["`a b c`", "$a b c$", "\\\\(a b c\\\\)", "[a b](c)", "see $$a b c$$"])
def test_code_formulas_and_links_are_not_cut(whole: str) -> None:
    passages = texts(f"{whole} " * 12, characters=25)

    assert sum(passage.count(whole.removeprefix("see ").replace("\\\\", "\\")) for passage in passages) == 12


def test_code_that_does_not_fit_is_cut() -> None:
    assert texts(f"`{'x' * 30}`", characters=20) == ["`" + "x" * 19, "x" * 11 + "`"]


def test_no_part_of_a_long_table_is_without_its_header() -> None:
    rows = [f"| {number} | some words |" for number in range(10)]
    header = "| n | text |\n| --- | --- |"

    first, *others = texts("\n".join([header, *rows]), characters=110)

    assert first.startswith(header)
    assert all(text.startswith(f"{header}\n| ") for text in others)
    assert [row for text in (first, *others) for row in text.split("\n")[2:]] == rows


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (r"\--depth, a\_b and 1\. x", "--depth, a_b and 1. x"),
        (r"\_\_init\_\_ of Vec\<Bee\>.", "`__init__` of `Vec<Bee>`."),
        (r"\_config.yml, \<T\>, 2 \* 3, \$5 or \$6, \[x\]", "`_config.yml`, `<T>`, 2 * 3, $5 or $6, [x]"),
        (r"**\_x** and [\_y](\_z)", "**`_x`** and [`_y`](_z)"),
        (r"`a\_b` and $x\_1$ and \\(y\_1\\)", r"`a\_b` and $x\_1$ and \(y_1\)"),
        ("```\n\\_x\n```", "```\n\\_x\n```"),
        ("[a\\_b](c)", "[a_b](c)"),
        ("| a\\_b | c \\| d |\n| --- | --- |", "| a_b | c \\| d |\n| --- | --- |"),
        ("One.\n\n[ref]: https://x.org\n\nTwo.", "One.\n\nTwo."),
    ],
)
def test_passage_has_no_escapes_outside_code_and_formulas(text: str, plain: str) -> None:
    assert texts(text) == [plain]


def test_long_code_is_cut_at_blank_lines_and_keeps_its_indentation() -> None:
    code = "```py\ndef a():\n    return 1\n\n    # more\n    pass\n```"

    assert texts(code, characters=35) == ["```py\ndef a():\n    return 1", "    # more\n    pass\n```"]


def test_a_long_table_is_cut_between_rows() -> None:
    table = "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |"

    assert texts(table, characters=30) == ["| a | b |\n|---|---|", "| 1 | 2 |\n| 3 | 4 |"]


def test_a_long_list_is_cut_between_items() -> None:
    assert texts("- alpha one\n- beta two\n- gamma three", characters=25) == [
        "- alpha one\n- beta two",
        "- gamma three",
    ]


def test_an_admonition_that_fits_is_not_cut() -> None:
    admonition = ":::tip[Title]\n\n" + "a" * 50 + "\n\n" + "b" * 50 + "\n\n:::"

    assert texts(f"{'x' * 60}\n\n{admonition}", characters=140) == ["x" * 60, admonition]


def test_no_passage_spans_a_comment_between_blocks_an_import_or_a_tag() -> None:
    assert texts("One.\n\n<!-- x -->\n\nTwo.\n\n<Tabs>\n\nThree <!-- y --> four.\n\n</Tabs>\n") == [
        "One.",
        "Two.",
        "Three four.",
    ]


@pytest.mark.parametrize(
    "text", ["", "\n\n", "---\n\n***\n", "<Component/>\n", ":::\n", "---\ntitle: T\n---\n", ">\n>"]
)
def test_a_page_of_mere_markup_has_no_passage(text: str) -> None:
    assert split(text) == []


def test_twins_on_a_page_have_ids_of_their_own() -> None:
    first, second = split("## A {#a}\nsame\n## A {#a}\nsame\n")

    assert first.hash == second.hash
    assert first.id != second.id


def test_a_passage_keeps_its_id_when_the_page_changes_elsewhere() -> None:
    before = split("# Page\n\n## A\n\nkept\n\n## B\n\nold\n")
    after = split("# Page\n\n## New\n\nnew\n\n## A\n\nkept\n\n## B\n\nchanged\n")

    assert before[0].id == after[1].id
    assert before[0].start != after[1].start
    assert before[1].id != after[2].id


def test_a_passages_hash_covers_its_headings() -> None:
    assert split("## A\nsame\n")[0].hash != split("## B\nsame\n")[0].hash


def test_a_heading_path_over_half_of_the_limit_loses_its_outer_parts() -> None:
    (passage,) = split("# One two three four\n## Five six seven\n### Eight nine ten\ntext", characters=70)

    assert passage.headings == ("Five six seven", "Eight nine ten")
    assert split("# " + "word " * 50 + "\ntext", characters=40)[0].headings[0].startswith("word word")


def test_the_version_names_the_limits() -> None:
    assert splitter().version != splitter(900).version


SNIPPETS = [
    "# One",
    "## Two {#two}",
    "### `three`",
    "Title\n===",
    "text with *some* `code` and [a link](b.md).",
    "- a\n- b\n  - c",
    "1. x\n\n   para\n2. y",
    "> quoted\n> - item",
    "```py\n# not a heading\nx = 1\n```",
    "```\nnever closed",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    ":::tip[T]",
    ":::",
    "::::note",
    "$$\nx\n$$",
    "$$",
    "<!-- gone -->",
    "a <!-- b --> c",
    "<Tabs>",
    "</Tabs>",
    "<b>x</b>",
    "import a from 'b'",
    "export const a = {\n  b: 1\n}",
    "}",
    "!!! note\n    inner",
    "    indented",
    "---",
    "[ref]: https://x.org 'title'",
    "[^1]: word",
    "Ein Satz. " * 12,
    "wort" * 40,
    "甲乙。" * 30,
    "\t",
    "{/* x */}",
    "- ```\n  code",
    "> " * 30 + "deep",
    "\u2028\x0b\x85",
    "&amp; é",
]
PAGES = st.one_of(
    st.lists(st.sampled_from(SNIPPETS), max_size=12).flatmap(
        lambda parts: st.sampled_from(["\n", "\n\n", "\r\n"]).map(lambda glue: glue.join(parts))
    ),
    st.text(alphabet="#>-*`:$<!/a{} \n\t|[]()'\"=1.~", max_size=200),
    st.text(max_size=200),
)
PATHS = st.sampled_from(["a.md", "b/c.mdx", "d.txt"])


@settings(max_examples=75)
@given(body=PAGES, path=PATHS, room=st.integers(1, 120), generator=st.sampled_from(GENERATORS))
def test_passages_are_exact_apart_within_limits_unique_and_the_same_each_time(
    body: str, path: str, room: int, generator: Generator
) -> None:
    page = parse_page(path, "Start\n\n" + body, Dialect(generator))
    split_page = splitter(room)
    passages = split_page(page)

    assert all(says_its_source(page, passage) for passage in passages)
    assert all(passage.text.strip() and len(passage.text) <= room for passage in passages)
    assert all(one.end <= other.start for one, other in pairwise(passages))
    assert len({uuid.UUID(passage.id) for passage in passages}) == len(passages)
    assert passages == split_page(page)


@settings(max_examples=75)
@given(body=PAGES, path=PATHS, characters=st.integers(1, 120))
def test_no_word_of_a_page_is_lost(body: str, path: str, characters: int) -> None:
    page = parse_page(path, "Start\n\n" + body)
    passages = splitter(characters)(page)
    headings = {heading for passage in passages for heading in passage.headings}
    assume(all(len(heading) < LONGEST_TITLE for heading in headings))  # longer ones are shortened

    missing = set(outside(page, passages)) - set(words(" ".join(headings)))

    assert missing <= set(words(MARKUP))


def says_its_source(page: Page, passage: Passage) -> bool:
    """A part of a table begins with the header; link definitions between blocks are no text."""
    source = words(page.source[passage.start : passage.end])
    return "ref" in source or not source or words(passage.text)[-len(source) :] == source


TABLE_LINES = st.sampled_from(
    (
        "| a | b |",
        "|---|---|",
        "|-",
        "- | -",
        "a | b",
        "    | a |",
        "> | a |",
        "",
        "# a",
        "- a",
        "```",
        "<b>",
        "\\|",
        ":--|--:",
        "text",
    )
)


@given(st.lists(TABLE_LINES, max_size=14).map("\n".join))
def test_a_table_without_its_cells_has_the_same_lines(page: str) -> None:
    with_cells = book_markdown().parse(page)
    without = parse_body("page.txt.md", page, cells=False).tokens

    assert [token.map for token in without if token.type == "table"] == [
        token.map for token in with_cells if token.type == "table_open"
    ]


MARKUP = "md two gone b x https x org title ref import a from b export const a Tabs T 1 amp script 0"
"""Words of the generated pages that stand in comments, tags, imports, link definitions or heading ids."""


def words(text: str) -> list[str]:
    return WORD.findall(text)


def outside(page: Page, passages: list[Passage]) -> list[str]:
    """The words between passages."""
    edges = [0, *(edge for passage in passages for edge in (passage.start, passage.end)), len(page.source)]
    return [word for start, end in zip(edges[::2], edges[1::2], strict=True) for word in words(page.source[start:end])]


MARKS = ("#", "`", "[", "<!--", "a. ", "`a` ", "$a$ ", r"\_a ", r"\(", "[a][b] ", "<details><summary>", "<svg", "甲、")
LINES = (
    "# a\n", "`\n", "[\n", ":::\n", ":::tip\n", "<a b={\n", "$$a\n", "<!--\n", "export {\n\n", "|a|b|\n|-|-|\n",
    "<details><summary>a</summary>\n", "</details>\n", ":::term{#}\n", ":::term{#a}\n\na\n\n:::end\n", "<b>\n    a\n",
    "[a]: b\n", "- `a`[^1]\n",
)  # fmt: skip


@pytest.mark.parametrize(("unit", "size"), [*((mark, 4000) for mark in MARKS), *((line, 1000) for line in LINES)])
def test_a_page_of_twice_the_marks_takes_at_most_twice_the_steps(unit: str, size: int) -> None:
    assert_linear(lambda characters: split((unit * characters)[:characters]), size)


@pytest.mark.parametrize("unit", [r"\( ", r"\[ ", r"\\( ", "$ ", "$$ a ", "`` a "])
def test_twice_the_marks_before_the_only_closing_one_take_at_most_twice_the_steps(unit: str) -> None:
    assert_linear(lambda size: split(unit * (size // len(unit)) + r"\) \] \\) a$ `a`"), 8000)


def test_the_rows_of_a_table_take_few_steps_however_many_cells_they_have() -> None:
    def table_steps(cells: int) -> int:
        row = "| a " * cells + "|\n"
        page = f"{row}{row.replace('a', '-')}{row * 400}"
        return steps(lambda: parse_body("page.md", page, cells=False))

    assert table_steps(200) < 1.5 * table_steps(2)


@pytest.mark.parametrize(("unit", "size"), [*((mark, 100_000) for mark in MARKS), *((line, 8_000) for line in LINES)])
def test_no_search_inside_of_a_step_is_quadratic(unit: str, size: int) -> None:
    """`python -m bench` splits the largest pages that are allowed."""
    text = (unit * size)[:size]

    with cpu_seconds_below(1):
        split(text)


@pytest.mark.parametrize("unit", ["data:\\[=", "[\\]", "[a\\", "![", "[[a]", "[a][", "[^1]"])
def test_no_search_for_a_reference_is_quadratic(unit: str) -> None:
    text = "[^1]: a\n[b]: c\n\n" + unit * (75_000 // len(unit))

    with cpu_seconds_below(1):
        split(text)
