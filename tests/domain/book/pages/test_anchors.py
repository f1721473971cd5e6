import pytest

from glossator.domain.book.pages.anchors import Slugger, explicit_id, with_usual_id
from glossator.domain.book.pages.dialect.slugs import github_slug


@pytest.mark.parametrize(
    ("text", "anchor"),
    [
        ("Hello World", "hello-world"),
        ("What's new?", "whats-new"),
        ("C++ & C#", "c--c"),
        ("a - b", "a---b"),
        ("snake_case", "snake_case"),
        ("v1.2.3", "v123"),
        ("Über Größe", "über-größe"),
        ("日本語 テスト", "日本語-テスト"),
        ("مرحبا", "مرحبا"),
        ("🎉 party", "-party"),
        ("`code()`", "code"),
        ("x²", "x"),
        ("tab\there", "tabhere"),
        ("Ⓐ", "ⓐ"),
        ("", ""),
    ],
)
def test_slug_follows_github_slugger(text: str, anchor: str) -> None:
    assert github_slug(text) == anchor


def test_repeated_headings_are_numbered() -> None:
    slugger = Slugger()

    assert [slugger.anchor(text) for text in ["A", "a", "A!", "b"]] == ["a", "a-1", "a-2", "b"]


def test_repeated_heading_skips_a_number_that_is_used_already() -> None:
    slugger = Slugger()

    assert [slugger.anchor(text) for text in ["foo", "foo 1", "foo", "foo-1"]] == ["foo", "foo-1", "foo-2", "foo-1-1"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Title {#my-id}", ("Title", "my-id")),
        ("Title{#Ünï.1}  ", ("Title", "Ünï.1")),
        ("Title {#a} more", ("Title {#a} more", None)),
        ("Title {#}", ("Title {#}", None)),
        ("{#only}", ("", "only")),
        ("Set {a}", ("Set {a}", None)),
    ],
)
def test_explicit_id_is_read_at_the_end_of_a_heading(text: str, expected: tuple[str, str | None]) -> None:
    assert explicit_id(text) == expected


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("::: mkdocs.plugins.event_priority", "mkdocs.plugins.event_priority {#mkdocs.plugins.event_priority}"),
        ("The [`File`][mkdocs.structure.files.File] API", "The `File` API"),
        ("The [`File`][file] API", "The [`File`][file] API"),
        ("Title { #my-id }", "Title {#my-id}"),
        ("Title { data-search-exclude }", "Title"),
        ("Title { data-x=1 #my-id }", "Title {#my-id}"),
        ("Title {: #my-id .wide }", "Title {#my-id}"),
        ("Title { data-x='1 2' id=\"my-id\" }", "Title {#my-id}"),
        ("Title {/* #my-id */}", "Title {#my-id}"),
        ("Title { .wide }", "Title"),
        ("Title { title='see #2' }", "Title"),
        ("Title { title='see #2 id=3' #my-id }", "Title {#my-id}"),
        ("Title {/*to do: shorten*/}", "Title"),
        ("Title{#my-id}", "Title{#my-id}"),
        ("Set {a, b}", "Set {a, b}"),
        ("f{x=1}", "f{x=1}"),
        ("{}", "{}"),
        ("}", "}"),
        ("", ""),
    ],
)
def test_ids_of_headings_get_one_form(heading: str, expected: str) -> None:
    assert with_usual_id(heading) == expected
