"""Tabs, cards and shortcodes, which become text before a page is parsed."""

import pytest

from glossator.domain.book.pages.dialect.components import read_components
from glossator.domain.book.pages.dialect.liquid import read_liquid
from tests.steps import cpu_seconds_below


@pytest.mark.parametrize(
    "text",
    [
        "Use `<TabItem label='x'>` here.",
        "```\n<TabItem label='x'>\nx\n</TabItem>\n```",
        "A <Tooltip title='hint'>word</Tooltip> in a sentence.",
        "    {% block body %}{% endblock %}",
        "Title\n===",
        "A list of `{{< x >}}`.",
        "---\ntitle: <Card title='x' />\n---\n",
    ],
)
def test_other_text_and_code_stay_as_they_are(text: str) -> None:
    assert read_components(text) == text


@pytest.mark.parametrize(
    "piece",
    [
        '<TabItem label="x">',
        "`",
        "{{< tab ",
        '<A "',
        '=== "a"\n',
        "<Card title='x'/>",
        "{% a ",
        '    === "b"\n',
        "/// tab | x\n",
    ],
)
def test_long_pages_take_linear_time(piece: str) -> None:
    with cpu_seconds_below(1):
        read_components(piece * (60_000 // len(piece)))


@pytest.mark.parametrize("piece", ["{% raw %}\n", "{% comment %}\n", "{{ 'a", "{% for "])
def test_liquid_that_nothing_closes_takes_linear_time(piece: str) -> None:
    with cpu_seconds_below(1):
        read_liquid("{% raw %}{% endraw %}{% comment %}{% endcomment %}" + piece * (200_000 // len(piece)))


def test_tabs_inside_tabs_have_a_limit() -> None:
    deep = "".join(f'{"    " * number}=== "t"\n' for number in range(1000))

    assert read_components(deep).count(":::label") <= 1000
