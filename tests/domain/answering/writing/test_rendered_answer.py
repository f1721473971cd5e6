"""No answer links to another host, whichever renderer shows it."""

import re
from typing import Final

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.domain.answering.writing.snippets import long_words, snippets
from tests.domain.answering.writing.writers import SITE, WHOLE, written
from tests.markdown_renderers.renderers import Renderer, foreign_links

BYPASSES: Final = {
    "nested brackets": "[see [1] for more](https://evil.example/x)",
    "image in image": "![a ![b](https://evil.example/b)](https://evil.example/a)",
    "image in link": "[![a](https://evil.example/a)](https://evil.example/b)",
    "unclosed backtick": "One ` tick, then [a](https://evil.example) and [77] and [1].",
    "tildes": "a ~~~ [a](https://evil.example)\n~~~x\n~~~ [b](https://evil.example)\n",
    "long label": f"[{'long label ' * 200}](https://evil.example)",
    "reference definition": "[a][r] and [r]\n\n[r]: https://evil.example\n",
    "citation as reference": "See [1].\n\n[1]: https://evil.example\n",
    "raw link": '<a href="https://evil.example">a</a>\n\n<div><a href="https://evil.example">b</a></div>',
    "raw image": "<img src=https://evil.example/x>",
    "ftp": "<ftp://evil.example> [a](ftp://evil.example) ftp://evil.example",
    "mailto": "<mailto:me@evil.example> [a](mailto:me@evil.example) mailto:me@evil.example me@evil.example",
    "bare address": "https://evil.example HTTP://EVIL.EXAMPLE www.evil.example Www.evil.example",
    "removed number": "http[77]://evil.example ww[77]w.evil.example [a][77](https://evil.example)",
    "unlinked label": "htt[p](x:y)s://evil.example",
    "code in a table": "| a | b |\n|---|---|\n| `x | [a](https://evil.example) ` |",
    "code below a table row": "| a | b |\n|---|---|\n| c\n2.     [a](https://evil.example) <https://evil.example>",
    "code spans that join": "`` a` ``[77]`[a](https://evil.example) <https://evil.example>`",
    "code that ends with its list": "- ```\n  x\n\n[a](https://evil.example)",
}


@pytest.mark.parametrize("size", [1, 40, WHOLE])
@pytest.mark.parametrize("name", BYPASSES)
def test_known_bypasses_render_no_foreign_link(name: str, size: int, renderers: dict[str, Renderer]) -> None:
    response = written(BYPASSES[name], size=size)

    assert {by: foreign_links(render(response)) for by, render in renderers.items()} == {by: [] for by in renderers}


def test_known_bypasses_keep_the_citations() -> None:
    assert "[1]" in written(BYPASSES["nested brackets"])
    assert written(BYPASSES["unclosed backtick"]).endswith(" and  and [1].")


def test_the_check_finds_links_in_text_that_was_not_written_again(renderers: dict[str, Renderer]) -> None:
    html = renderers["marked"]("[a](https://evil.example) www.evil.example me@evil.example ![a](//evil.example/b)")

    assert foreign_links(html) == [
        "https://evil.example",
        "http://www.evil.example",
        "mailto:me@evil.example",
        "//evil.example/b",
    ]


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(long_words() | snippets(), st.sampled_from([1, 5, 33, WHOLE]), st.sampled_from(["/read/", SITE]))
@example("[r]:e\n2. e\n   # \n\t=\nb", 33, "/read/")
def test_no_answer_renders_a_foreign_link_or_a_number_that_was_not_retrieved(
    renderers: dict[str, Renderer], text: str, size: int, base_url: str
) -> None:
    response = written(text, size=size, base_url=base_url)

    for render in renderers.values():
        html = render(response)
        assert foreign_links(html) == []
        assert "[77]" not in visible_text(html)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See [*the* page](/read/a_b#c) [1].", '<a href="/read/a_b#c"><em>the</em> page</a> [1].'),
        ("- a\n  1. b\n\n     ```\n     c[1]\n     ```\n", "<pre><code>c[1]\n</code></pre>"),
    ],
)
def test_links_of_the_book_and_code_are_rendered(text: str, expected: str, renderers: dict[str, Renderer]) -> None:
    assert all(expected in render(written(text)) for render in renderers.values())


def visible_text(html: str) -> str:
    return re.sub(r"<[^>]*>", "", re.sub(r"(?s)<code.*?</code>", "", html))
