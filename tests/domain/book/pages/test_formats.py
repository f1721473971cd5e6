import pytest

from glossator.domain.book.pages.formats import FORMATS, SUFFIXES, format_of, is_page


@pytest.mark.parametrize(
    ("path", "expected"),
    [("a.md", True), ("a/b.MDX", True), ("a.png", False), ("md", False), (".md", False), ("a.md/", False)],
)
def test_page_is_recognized_by_its_suffix(path: str, expected: bool) -> None:
    assert is_page(path) is expected


def test_every_suffix_belongs_to_one_format() -> None:
    suffixes = [suffix for row in FORMATS for suffix in row.suffixes]

    assert len(suffixes) == len(set(suffixes))
    assert all(format_of(f"a{suffix.upper()}") is row for row in FORMATS for suffix in row.suffixes)


def test_messages_list_the_suffixes_of_all_formats() -> None:
    assert SUFFIXES.replace(" or ", ", ").split(", ") == [suffix for row in FORMATS for suffix in row.suffixes]
