from typing import Final

import pytest

from glossator.domain.book.pages.dialect.generators import Dialect, Generator
from glossator.domain.book.pages.parsing import parse_page
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter

VITEPRESS: Final = """---
layout: home
hero:
  name: Lamps
  text: Light for every room
  tagline: "Simple: warm and *bright*"
  actions:
    - theme: brand
      text: Quickstart
      link: /quickstart
features:
  - icon: x
    title: Dimmable
    details: Every lamp can be dimmed.
  - title: Only a title
---

More below.
"""


def passages(source: str, generator: Generator) -> tuple[str, list[str], set[str]]:
    page = parse_page("index.md", source, Dialect(generator=generator))
    found = Splitter(Limits(1000))(page)
    return page.title, [line for each in found for line in each.text.split("\n\n")], {each.url for each in found}


def test_the_text_of_a_home_page_is_part_of_it_without_invented_anchors() -> None:
    title, lines, urls = passages(VITEPRESS, "vitepress")

    assert title == "Lamps"
    assert "**Dimmable**: Every lamp can be dimmed." in lines
    assert {"Light for every room", "Simple: warm and *bright*", "More below."} <= set(lines)
    assert not any("Quickstart" in line for line in lines)
    assert not any("#" in url for url in urls)


def test_a_splash_page_of_starlight_says_its_hero() -> None:
    title, lines, _ = passages(
        "---\ntitle: Lamps\nhero:\n  tagline: Light for every room.\n---\n\nBody.\n", "starlight"
    )

    assert (title, lines) == ("Lamps", ["Light for every room.", "Body."])


@pytest.mark.parametrize(
    ("source", "generator"),
    [
        (VITEPRESS, "docusaurus"),
        ("---\nhero: [1, 2]\nfeatures: {a: b}\n---\n\nMore below.\n", "vitepress"),
        ("---\nhero: {name: [a]}\n---\n\nMore below.\n", "vitepress"),
        ("More below.\n", "vitepress"),
    ],
)
def test_other_front_matter_is_no_text(source: str, generator: Generator) -> None:
    assert passages(source, generator)[1] == ["More below."]


def test_an_alias_bomb_does_not_expand() -> None:
    text = "x" * 20_000
    source = f"---\na: &a {{title: {text}}}\nfeatures: [{', '.join(['*a'] * 9000)}]\n---\n\nBody.\n"

    assert len(parse_page("index.md", source, Dialect(generator="vitepress")).source) < 300_000
