import pytest

from glossator.domain.answering.answer_writer import AnswerWriter
from glossator.domain.answering.plain_text import plain_text

MARKDOWN = """# A *title*

Some **bold** text with `code` and
a second line.

- one
- two
  1. inner

| a | b |
|---|---|
| 1 | 2 |

```python
x = 1  # **kept**
```
"""

PLAIN = """A title
Some bold text with code and
a second line.

- one
- two
  1. inner

a | b
1 | 2

x = 1  # **kept**"""


def test_marks_are_removed_and_text_is_kept() -> None:
    assert plain_text(MARKDOWN) == PLAIN


@pytest.mark.parametrize("style", ["text", "markdown"])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_the_pieces_shown_are_the_response(style: str, size: int) -> None:
    writer = AnswerWriter({1}, "text" if style == "text" else "markdown", "/read/")

    shown = "".join(writer.feed(MARKDOWN[at : at + size]) for at in range(0, len(MARKDOWN), size)) + writer.flush()

    assert shown == writer.response
    assert "x = 1  # **kept**" in shown
    assert ("**bold**" in shown) == (style == "markdown")


@pytest.mark.parametrize(
    ("said", "declined", "shown"),
    [
        ("NOT_IN_BOOK: The book is silent.", True, "The book is silent."),
        ("  NOT_IN_BOOK", True, ""),
        ("NOTHING is said [1].", False, "NOTHING is said [1]."),
        ("NOT", False, "NOT"),
    ],
)
def test_the_mark_for_a_declined_answer_is_never_shown(said: str, declined: bool, shown: str) -> None:
    writer = AnswerWriter({1}, "markdown", "/read/")

    pieces = [writer.feed(character) for character in said] + [writer.flush()]

    assert ("".join(pieces), writer.declined) == (shown, declined)
