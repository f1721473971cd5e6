import pytest

from glossator.domain.book.pages.front_matter import BadPage, FrontMatter
from glossator.domain.book.pages.front_matter_fields import split_front_matter


def test_front_matter_is_read_and_the_body_follows() -> None:
    source = "---\ntitle: The start\nslug: /start\nid: begin\ntags: [a, b]\n---\nBody\n"

    front_matter, body = split_front_matter(source)

    assert front_matter == FrontMatter("The start", "/start", "begin")
    assert source[body:] == "Body\n"


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Yes", "Yes"),
        ("2024-01-01", "2024-01-01"),
        ("0123", "0123"),
        ("'quoted: colon'", "quoted: colon"),
        ("null", None),
        ("", None),
        ("'  '", None),
        ('"two\\nlines"', "two lines"),
        ("Part two: the engine", "Part two: the engine"),
        ("It's: here", "It's: here"),
        ("@scope/name: a package", "@scope/name: a package"),
        ("`code` first", "`code` first"),
    ],
)
def test_title_is_not_converted_to_a_yaml_type(written: str, title: str | None) -> None:
    assert split_front_matter(f"---\ntitle: {written}\n---\n")[0].title == title


@pytest.mark.parametrize(
    "source", ["", "text", "----\na: b\n----\n", "---\nnever closed\n", " ---\na: b\n---\n", "---"]
)
def test_page_without_front_matter_is_all_body(source: str) -> None:
    assert split_front_matter(source) == (FrontMatter(), 0)


@pytest.mark.parametrize("source", ["---\n---\ntext", "---\n# only a comment\n---\ntext"])
def test_empty_front_matter_has_no_fields(source: str) -> None:
    front_matter, body = split_front_matter(source)

    assert front_matter == FrontMatter()
    assert source[body:] == "text"


@pytest.mark.parametrize(
    ("yaml", "reason"),
    [
        ("title: a: b\n  more", "mapping values are not allowed here (line 2)"),
        ("just words", "must consist of"),
        ("- a\n- b", "must consist of"),
        ("title: [a", "(line 3)"),
        ("title: [a]", "`title` must be text"),
        ("slug: {a: b}", "`slug` must be text"),
        ("title: !!python/object/apply:os.system [true]", "tags are not allowed"),
        ("x: !secret y", "tags are not allowed"),
        ("title: \x01", "invalid YAML"),
        ("x: " + "[" * 5000, "invalid YAML"),
        ("x: " + "a" * 70_000, "longer than"),
    ],
)
def test_invalid_front_matter_raises_with_the_reason(yaml: str, reason: str) -> None:
    with pytest.raises(BadPage, match="front matter: ") as caught:
        split_front_matter(f"---\n{yaml}\n---\n")

    assert reason in str(caught.value)


def test_alias_bomb_does_not_expand() -> None:
    levels = [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 40)]

    front_matter, _ = split_front_matter("\n".join(["---", "a0: &a0 {x: y}", *levels, "title: T", "---", ""]))

    assert front_matter.title == "T"
