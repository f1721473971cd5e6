import pytest
from hypothesis import given
from hypothesis import strategies as st

from glossator.domain.answering.link_filter import LinkFilter
from tests.steps import assert_linear


def shown(text: str, *, pieces: int = 1) -> tuple[str, set[int]]:
    link_filter = LinkFilter({1, 2}, "/read/")
    size = max(1, len(text) // pieces)
    out = "".join(link_filter.feed(text[at : at + size]) for at in range(0, len(text), size))
    return out + link_filter.flush(), link_filter.cited


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("A fact [1].", "A fact [1]."),
        ("Two [1][2].", "Two [1][2]."),
        ("Joined [1, 2] and [2;9].", "Joined [1][2] and [2]."),
        ("No such [9].", "No such ."),
        ("In code `x[9]` stays.", "In code `x[9]` stays."),
        ("```python\nlist[7] = a[1](b)\n```\n[7]", "```python\nlist[7] = a[1](b)\n```\n"),
        ("See [docs](https://evil.example/x).", "See docs."),
        ("See [here](/read/page#part).", "See [here](/read/page#part)."),
        ("Image ![alt](/read/x.png).", "Image alt."),
        ("<https://evil.example/>", "https://evil.example/"),
        ("a < b and a <b> tag", "a < b and a <b> tag"),
        ("[ref]: https://evil.example", "ref: https://evil.example"),
        ("[not a link] and wow! [", "[not a link] and wow! ["),
        ("end [1", "end [1"),
        ("[label](https://never.closed", "label"),
    ],
)
def test_what_does_not_hold_is_dropped(given: str, expected: str) -> None:
    assert shown(given)[0].startswith(expected) if given.endswith("closed") else shown(given)[0] == expected


def test_only_numbers_that_were_shown_count_as_cited() -> None:
    assert shown("A [1], b [9], `c[2]`.")[1] == {1}


@given(st.text(alphabet="ab [](!)<>`1239,\nhtps:/", max_size=80), st.integers(1, 40))
def test_how_a_stream_is_cut_makes_no_difference(text: str, pieces: int) -> None:
    assert shown(text, pieces=pieces) == shown(text)


@pytest.mark.parametrize("mark", ["[", "![", "<https://", "`", "[a](", "[1]"])
def test_twice_the_marks_take_at_most_twice_the_steps(mark: str) -> None:
    assert_linear(lambda size: shown(mark * size, pieces=size), 4000)
