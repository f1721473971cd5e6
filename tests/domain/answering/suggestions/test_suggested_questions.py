"""What readers get of the stored questions."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from glossator.domain.answering.suggestions.suggested_questions import STARTERS, SuggestedQuestions, starters_of
from glossator.domain.book.index import SuggestedPage, Suggestion
from glossator.domain.book.passages import Page
from tests.domain.answering.models import library
from tests.indexes import MemoryIndex

BASE = "https://book.example/docs/"


def suggestion(question: str, url: str, score: float = 0.5) -> Suggestion:
    return Suggestion(question, url, score)


PAGES = {
    "index.md": ("", [suggestion("What is this book about?", "")]),
    "guide/install.md": (
        "guide/install",
        [
            suggestion("How do I install it on Linux?", "guide/install#linux"),
            suggestion("How do I remove a package?", "guide/install#remove"),
        ],
    ),
    "guide/größe.md": ("guide/gr%C3%B6%C3%9Fe/", [suggestion("How large is a build?", "guide/gr%C3%B6%C3%9Fe/#size")]),
    "empty.md": ("empty", []),
}


def stored() -> MemoryIndex:
    index = library()
    build = index.stored[1]
    build.pages = {path: Page(path, path, url, "", "h") for path, (url, _) in PAGES.items()}
    build.suggestions = {(path, "h"): tuple(listed) for path, (_, listed) in PAGES.items()}
    return index


def asked(suggestions: Sequence[Suggestion]) -> list[str]:
    return [one.question for one in suggestions]


@pytest.mark.parametrize(
    "page",
    [
        "guide/install.md",
        "guide/install",
        "/docs/guide/install",
        "https://book.example/docs/guide/install",
        "https://book.example/docs/guide/install/?q=1#linux",
        "http://localhost:3000/docs/guide/install.html",
        "http://localhost:3000/guide/install/index.html",
        "/read/guide/install",
    ],
)
async def test_a_page_is_known_by_its_path_and_by_its_url_on_any_host(page: str) -> None:
    questions = await SuggestedQuestions(stored(), BASE).of_book()

    assert asked(questions.of_page(page)) == ["How do I install it on Linux?", "How do I remove a package?"]


async def test_an_address_is_compared_without_its_percent_encoding() -> None:
    questions = await SuggestedQuestions(stored(), BASE).of_book()

    assert asked(questions.of_page("https://book.example/docs/guide/gr%C3%B6%C3%9Fe/")) == ["How large is a build?"]
    assert asked(questions.of_page("/docs/guide/größe")) == ["How large is a build?"]


@pytest.mark.parametrize("page", ["/", "https://book.example/docs/", "https://book.example/docs", "/docs/index.html"])
async def test_the_first_page_has_the_address_of_the_site(page: str) -> None:
    questions = await SuggestedQuestions(stored(), BASE).of_book()

    assert asked(questions.of_page(page)) == ["What is this book about?"]


@pytest.mark.parametrize("page", ["nowhere", "empty.md", "https://[", "/docs/guide/install/more"])
async def test_any_other_page_has_none(page: str) -> None:
    assert (await SuggestedQuestions(stored(), BASE).of_book()).of_page(page) == ()


async def test_links_open_the_published_page() -> None:
    questions = await SuggestedQuestions(stored(), BASE).of_book()

    assert questions.of_page("guide/install.md")[0].url == f"{BASE}guide/install#linux"


async def test_the_cited_section_comes_first_after_an_answer() -> None:
    questions = await SuggestedQuestions(stored(), BASE).of_book()
    cited = [f"{BASE}guide/install#remove:~:text=Remove", f"{BASE}#top", f"{BASE}empty"]

    follow = asked(questions.after(["What costs it?"], cited))

    assert follow == ["How do I remove a package?", "How do I install it on Linux?", "What is this book about?"]


async def test_a_question_of_the_conversation_is_not_offered_again() -> None:
    questions = await SuggestedQuestions(stored(), BASE).of_book()

    follow = questions.after(["Why?", "how do i remove a package"], [f"{BASE}guide/install"])

    assert asked(follow) == ["How do I install it on Linux?"]


async def test_questions_are_read_once_for_each_state_of_the_build() -> None:
    index = stored()
    suggested = SuggestedQuestions(index, BASE)

    first = await suggested.of_book()
    again = await suggested.of_book()
    index.stored[1].build = replace(index.stored[1].build, suggestions=1)
    third = await suggested.of_book()

    assert first is again
    assert third is not first


async def test_a_book_that_is_not_loaded_has_none() -> None:
    questions = await SuggestedQuestions(MemoryIndex(), BASE).of_book()

    assert (questions.starters, questions.by_page) == ((), {})


def page(path: str, *scores: float, url: str | None = None) -> SuggestedPage:
    listed = tuple(suggestion(f"What is part {n} of {path}?", path, score) for n, score in enumerate(scores))
    return SuggestedPage(path, path if url is None else url, listed)


def test_starters_begin_with_the_first_page_and_take_one_of_each_section_in_turn() -> None:
    pages = [page("a/1.md", 0.9, 0.8), page("a/2.md", 0.7), page("b/1.md", 0.6), page("index.md", 0.1, url="")]

    urls = [one.url for one in starters_of(pages)]

    assert urls == ["index.md", "a/1.md", "b/1.md", "a/2.md", "a/1.md"]


def test_starters_are_at_most_twelve_different_questions_in_a_fixed_order() -> None:
    pages = [page(f"{number}.md", 0.5, 0.4) for number in range(20)]
    twin = SuggestedPage("twin.md", "twin", pages[0].suggestions)

    chosen = starters_of([*pages, twin])

    assert len(chosen) == len({one.question for one in chosen}) == STARTERS
    assert chosen == starters_of([twin, *reversed(pages)])
