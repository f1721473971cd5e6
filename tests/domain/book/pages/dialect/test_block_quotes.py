"""Block quotes are parsed as markdown-it parses them, in linear time."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.rules_block import blockquote

from glossator.domain.book.pages.dialect.block_quotes import quote
from glossator.domain.book.pages.parsing import parse_page
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from tests.steps import assert_linear

LINES = (
    "> a",
    "> # a",
    "b",
    "",
    "> ```",
    "```",
    "> > a",
    "> > # a",
    "> - a",
    "- a",
    "  > b",
    "  b",
    ">     c",
    "> [x]: y",
)
ENDED = (
    "> # a\nb\n",
    "> ```\nb\n",
    ">     c\nb\n",
    "> > # a\n> b\n",
    "> - # a\nb\n",
    '> !!! a\n--8<-- "a"\n',
    "> # a\n<!-- b\n",
)


def parsed(text: str, rule: Any) -> tuple[list[tuple[str, list[int] | None, str]], object]:
    markdown, env = MarkdownIt("commonmark"), dict[str, Any]()
    markdown.block.ruler.at("blockquote", rule, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    tokens = markdown.parse(text, env)
    return [(token.type, token.map, token.content) for token in tokens], env.get("references")


@given(st.lists(st.sampled_from(LINES), min_size=17, max_size=60))
def test_quotes_are_those_of_markdown_it(lines: list[str]) -> None:
    text = "\n".join(lines)

    assert parsed(text, quote) == parsed(text, blockquote)


@pytest.mark.parametrize("lines", [1, 15, 16, 17, 200, 2000])
def test_a_paragraph_that_goes_on_without_marks_is_one_quote(lines: int) -> None:
    text = "> a\n" + "b\n" * lines + "> c\n\nd\n"

    assert parsed(text, quote) == parsed(text, blockquote)


@pytest.mark.parametrize("unit", ENDED)
def test_twice_the_quotes_that_end_without_a_blank_line_take_at_most_twice_the_steps(unit: str) -> None:
    splitter = Splitter(Limits(1000))
    assert_linear(lambda size: splitter(parse_page("page.md", "|" + unit * (size // len(unit)))), 4000)
