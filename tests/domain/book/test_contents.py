import pytest

from glossator.domain.book.contents import MAX_SIBLINGS, WHOLE_PAGES, Entry, contents_of
from glossator.domain.book.index import PageTitle


def book(*paths: str) -> list[PageTitle]:
    return [PageTitle(path, f"Title of {path}", path.rpartition(".")[0]) for path in paths]


def outline(entries: tuple[Entry, ...]) -> list[object]:
    return [[one.path or one.title, outline(one.children)] if one.children else one.path for one in entries]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([], []),
        (["b.md", "a.md", "index.md"], ["index.md", "a.md", "b.md"]),
        (["10-z.md", "2-y.md", "1-x.md", "README.md"], ["README.md", "1-x.md", "2-y.md", "10-z.md"]),
        (["g/b.md", "g/index.md", "a.md"], ["a.md", ["g/index.md", ["g/b.md"]]]),
        (["g/b.md", "a.md"], ["a.md", ["G", ["g/b.md"]]]),
        (["docs/b.md", "docs/g/c.md"], ["docs/b.md", ["G", ["docs/g/c.md"]]]),
        (["docs/en/index.md", "docs/en/a.md"], ["docs/en/index.md", "docs/en/a.md"]),
        (["01-first/1.md", "02-second/1.md"], [["First", ["01-first/1.md"]], ["Second", ["02-second/1.md"]]]),
        (["9" * 400 + ".md", "\u0661.md", "a.md"], ["9" * 400 + ".md", "a.md", "\u0661.md"]),
    ],
    ids=str,
)
def test_pages_are_ordered_by_folder_number_and_name(paths: list[str], expected: list[object]) -> None:
    assert outline(contents_of(book(*paths)).entries) == expected


def test_the_pages_beside_a_page_are_those_of_the_whole_book() -> None:
    contents = contents_of(book("index.md", "a/index.md", "a/x.md", "b/y.md"))

    before, after = contents.beside("a/x.md")
    assert (before and before.path, after and after.path) == ("a/index.md", "b/y.md")
    assert contents.beside("index.md")[0] is None
    assert contents.beside("b/y.md")[1] is None
    assert contents.beside("unknown.md") == (None, None)


def test_a_small_book_is_shown_whole_and_open_at_the_page() -> None:
    shown = contents_of(book("a/x.md", "b/index.md", "b/c/z.md")).around("b/c/z.md")

    assert [(one.title, one.is_open) for one in shown] == [("A", False), ("Title of b/index.md", True)]
    assert [one.path for one in shown[0].children] == ["a/x.md"]
    assert [(one.path, one.is_open) for one in shown[1].children] == [("b/index.md", False), ("", True)]
    assert shown[1].children[1].children[0].is_current


def test_the_page_that_introduces_a_folder_is_the_first_one_in_it() -> None:
    shown = contents_of(book("a/index.md", "a/x.md", "b.md")).around("a/index.md")

    assert shown[0].is_open
    assert [(one.path, one.is_current) for one in shown[0].children] == [("a/index.md", True), ("a/x.md", False)]


def test_of_a_large_book_only_the_way_to_the_page_is_shown() -> None:
    paths = [f"{folder}/{number}.md" for folder in "abc" for number in range(WHOLE_PAGES)]
    shown = contents_of(book(*paths)).around("b/150.md")

    assert [bool(one.children) for one in shown] == [False, True, False]
    assert [one.url for one in shown] == ["a/0", "b/0", "c/0"]
    siblings = shown[1].children
    assert len(siblings) == MAX_SIBLINGS + 2
    assert [siblings[0].title, siblings[-1].title] == ["", ""]
    assert (siblings[0].url, siblings[-1].url) == ("b/119", "b/180")
    assert [one.path for one in siblings if one.is_current] == ["b/150.md"]


def test_folders_of_any_depth_are_shown() -> None:
    path = "/".join(["deep"] * 1500) + "/page.md"
    contents = contents_of(book("index.md", path))

    assert [one.path for one in contents.pages] == ["index.md", path]
    assert contents.around(path)[1].is_open
