"""Roles and labels of MyST in the pages of Sphinx."""

import pytest

from glossator.domain.book.pages.dialect.generators import Dialect
from glossator.domain.book.pages.dialect.myst import read_myst
from glossator.domain.book.pages.parsing import parse_page
from glossator.domain.book.pages.sections import read_sections


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Press {kbd}`Ctrl+C` now.", "Press `Ctrl+C` now."),
        ("See {ref}`the wells <deep-wells>`.", "See the wells."),
        ("See {doc}`guide`.", "See guide."),
        ("Call {py:func}`~json.dumps`.", "Call `dumps`."),
        ("Call {func}`!json.dumps`.", "Call `json.dumps`."),
        ("Call {func}``json.dumps``.", "Call `json.dumps`."),
        ("It is {math}`a^2`.", "It is $a^2$."),
        ("(deep)=\n## Wells", "## Wells"),
        ("(Deep_wells)=\n\n## Wells\n\nText.", "\n## Wells\n\nText."),
        ("(deep)=\nText.", "Text."),
        ("```\n(deep)=\n## {kbd}`x`\n```\n", "```\n(deep)=\n## {kbd}`x`\n```\n"),
        ("Write `{kbd}` and \\{kbd}`x`.", "Write `{kbd}` and \\{kbd}`x`."),
        ("f(x)= 1 and (a)=b", "f(x)= 1 and (a)=b"),
    ],
)
def test_roles_and_labels_are_read(source: str, text: str) -> None:
    assert read_myst(source) == text


def test_heading_with_a_role_has_the_anchor_of_its_text() -> None:
    page = parse_page("a.md", "# A\n\n(deep)=\n### {kbd}`Ctrl+C` stops\n\nText.\n", Dialect("sphinx"))

    heading = read_sections(page)[-1].headings[-1]

    assert (heading.title, heading.anchor) == ("Ctrl+C stops", "ctrl-c-stops")


def test_other_generators_have_no_roles() -> None:
    assert "{kbd}" in parse_page("a.md", "# A\n\n{kbd}`x`\n", Dialect("mkdocs")).source
