import pytest

from tests.domain.answering.writing.writers import WHOLE, written

ANSWER = """# A *title*

Some **bold** text with `code` and
a second line [1].

- one
- two
  1. inner
  2. second

     with a paragraph

     ```py
     x = a[77]

     y
     ```
- three

> A quotation [of a page](/read/page#part)
> and more.
>
> - item

| a | b |
|---|:-:|
| 1 | 2\\*3 |

Title
===

```python
x = 1  # **kept**
```

***

The end [1][2]."""


@pytest.mark.parametrize("size", [1, 7, 31, WHOLE])
def test_well_formed_answer_is_not_changed(size: int) -> None:
    assert written(ANSWER, size=size) == ANSWER


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("A fact [1].", "A fact [1]."),
        ("Joined [1, 2] and [2;9] and [1-3].", "Joined [1][2] and [2] and [1][2]."),
        ("[1, 77]", "[1]"),
        ("No such [9].", "No such ."),
        ("Nested [[77]1] and [1[77]] and [[77]77].", "Nested [1] and [1] and ."),
        ("Marked [**77**], [`77`], [*1*], [\n77\n], \\[77\\].", "Marked , , [1], , ."),
        ("Linked [1](https://evil.example) and [77](/read/x).", "Linked [1] and ."),
        ("Linked [[1]](https://evil.example).", "Linked [1]."),
        ("[1](", "[1]\\("),
        ("[1]: the first", "[1]\\: the first"),
        ("One ` tick, then [77] and [1].", "One \\` tick, then  and [1]."),
        ("The year [2024].", "The year \\[2024\\]."),
    ],
)
def test_only_retrieved_numbers_are_cited(given: str, expected: str) -> None:
    assert written(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("See [docs](https://evil.example/x).", "See docs."),
        ("See [here](/read/page#part).", "See [here](/read/page#part)."),
        ('See [here](</read/page> "title").', "See [here](/read/page)."),
        ("Wow![here](/read/page)", "Wowhere"),
        ("Wow\\![here](/read/page)", "Wow\\![here](/read/page)"),
        ("Image ![an *alt*](/read/x.png).", "Image an alt."),
        ("<https://evil.example/>", "https\\:\\/\\/evil.example/"),
        ("a < b and a <b> tag", "a \\< b and a \\<b> tag"),
        ("AT&T and &amp;copy;", "AT&T and \\&copy;"),
        ("snake_case, 2 * 3, 10:30, C: yes", "snake_case, 2 * 3, 10:30, C: yes"),
        ("1\\. no list\n\\# no heading", "1\\. no list\n\\# no heading"),
        ("[ref]: https://evil.example\n\nText", "Text"),
        ("one\\\ntwo  \nthree", "one\\\ntwo\\\nthree"),
    ],
)
def test_what_is_no_page_of_the_book_becomes_text(given: str, expected: str) -> None:
    assert written(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("`x[9] <a> https://evil.example`", "`x[9] <a> https://evil.example`"),
        ("`` a`b `` and `` `c ``", "``a`b`` and `` `c ``"),
        ("```\nlist[7] = a[1](b)\n```\n[7] end", "```\nlist[7] = a[1](b)\n```\n end"),
        ("~~~~md\n```\n[a](//b)\n~~~~", "~~~~md\n```\n[a](//b)\n~~~~"),
        ("```\nnever [closed](//x)", "```\nnever [closed](//x)\n```"),
        ("- ```\n  in [item]\n\nafter [item]", "- ```\n  in [item]\n\n  ```\nafter \\[item\\]"),
        ("Text\n\n    a[1]\n\n\n    ```\n", "Text\n\n`````\na[1]\n\n\n```\n`````"),
        ("a\n\n    `````\n", "a\n\n`````\n`````\n``````\n`````\n``````"),
        ("- a\n- ```\n  b\n  ```", "- a\n\n- ```\n  b\n  ```"),
        ("``` [x](https://evil.example)\ny\n```", "```\ny\n```"),
    ],
)
def test_code_stays_as_it_is(given: str, expected: str) -> None:
    assert written(given) == expected


def test_text_nested_too_deep_for_the_parser_is_kept() -> None:
    deep = "".join(f"{'  ' * depth}- level {depth}\n" for depth in range(30))

    assert all(f"level {depth}" in written(deep) for depth in range(30))


def test_number_of_a_list_that_begins_within_another_is_kept() -> None:
    assert written("- a\n\n  2. b\n  10. c\n\n      d\n") == "- a\n\n  2. b\n  10. c\n\n      d"
