import pytest

from tests.domain.answering.writing.writers import WHOLE, written

MARKDOWN = """# A *title*

Some **bold** text with `code`, [a link](https://evil.example/x), ![an image](https://evil.example/y) and
a ~~second~~ line [1, 77].

- one
- two
  1. inner

> quoted

| a | b |
|---|---|
| 1 | 2 |

Title
-----

[ref]: https://evil.example/z

***

```python
x = 1  # **kept**
```
"""

PLAIN = """A title

Some bold text with code, a link, an image and
a second line [1].

- one
- two
  1. inner

quoted

a | b
1 | 2

Title

x = 1  # **kept**"""


@pytest.mark.parametrize("size", [1, 7, 50, WHOLE])
def test_marks_and_addresses_are_removed_and_text_is_kept(size: int) -> None:
    assert written(MARKDOWN, "text", size=size) == PLAIN


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("[see [1] for more](https://evil.example)", "see [1] for more"),
        ("[![a](https://evil.example/i)](https://evil.example)", "a"),
        ("[77] [**77**] [[77]77] [1]", "[1]"),
        ("[here](/read/page)", "here"),
        ("a \\* b &amp; c", "a * b & c"),
        ("<b>bold</b>", "<b>bold</b>"),
    ],
)
def test_only_the_text_of_marks_is_shown(given: str, expected: str) -> None:
    assert written(given, "text") == expected
