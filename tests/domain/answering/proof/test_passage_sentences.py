"""The sentences of a passage are plain text, as its page shows them."""

import pytest

from glossator.domain.answering.proof.passage_sentences import read_sentences
from glossator.domain.book.pages.formats import format_of


def sentences_of(text: str) -> list[str]:
    return [one.text for one in read_sentences(text)]


def kinds_of(text: str) -> list[str]:
    return [one.kind for one in read_sentences(text)]


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("A **bold** and *slanted* `code` word.", "A bold and slanted code word."),
        ("A [link](page.md) and a [second one][ref].", "A link and a second one."),
        ("See [`httpx.AsyncClient`] for it.", "See httpx.AsyncClient for it."),
        ("A sentence over\ntwo lines.", "A sentence over two lines."),
        ("A sentence with <b>tags</b> in it.", "A sentence with tags in it."),
        ("A sign ![of a hive](hive.png)here.", "A sign here."),
        ("1. An item of a list.", "An item of a list."),
        ("> A quoted sentence.", "A quoted sentence."),
        (":::tip\n\nA sentence in an admonition.\n\n:::", "A sentence in an admonition."),
        ("A formula \\(x_1\\) stays.", "A formula \\(x_1\\) stays."),
        ("Smoker\n:   A can with bellows.", "Smoker : A can with bellows."),
    ],
)
def test_a_sentence_is_shown_without_markup(markdown: str, shown: str) -> None:
    assert sentences_of(markdown) == [shown]


def test_headings_are_no_sentences() -> None:
    assert sentences_of("# A heading of it\n\nA sentence.") == ["A sentence."]


def test_a_row_of_a_table_is_one_sentence() -> None:
    found = list(read_sentences("| Tool | Use |\n| --- | --- |\n| Smoker | Calms. At every visit. |"))

    assert [(one.kind, one.text) for one in found] == [
        ("row", "Tool - Use"),
        ("row", "Smoker - Calms. At every visit."),
    ]


def test_sentences_of_one_paragraph_share_a_block_and_items_are_marked() -> None:
    found = list(read_sentences("One is here. Two is here.\n\n- Three is here.\n- Four is here."))

    assert [one.block for one in found] == [0, 0, 1, 2]
    assert [one.item for one in found] == [False, False, True, True]


def test_code_stays_code_where_its_fence_is_in_another_passage() -> None:
    middle = "async def homepage(request):\n    return Response('Hello')\n\nroutes = [\n    Route('/', homepage),\n]"

    assert kinds_of(middle) == ["code"]
    assert kinds_of(f"{middle}\n```\n\nThe routes are served.") == ["code", "prose"]
    assert kinds_of(f"The routes are served.\n\n```python\n{middle}") == ["prose", "code"]
    assert kinds_of(f"{middle}\n```\n\nThen this:\n\n```python\nrun(app)") == ["code", "prose", "code"]


@pytest.mark.parametrize(
    "prose",
    [
        "The index (of words) is small.",
        "Name the following:\n\n- the title,\n- the link,\n- the quote",
        "- `async def on_connect(websocket, **kwargs)`\n- `async def on_receive(websocket, data)`",
        "A row = a line; it is read.",
        "Some text.\n\n```python\nrun(app)\n```\n\nMore text.",
    ],
)
def test_prose_is_not_taken_for_code(prose: str) -> None:
    assert kinds_of(prose)[0] == "prose"


def test_passage_of_html_has_links_and_code_but_no_emphasis_or_escapes() -> None:
    text = "The `a` of [b](c.html) is \\(x_1 * y_1\\), *not* __init__ or $z$."

    assert [one.text for one in read_sentences(text, format_of("page.html"))] == [
        "The a of b is \\(x_1 * y_1\\), *not* __init__ or $z$."
    ]
