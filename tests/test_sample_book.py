"""The bundled book holds together: its links open, its samples print what they claim, its questions have answers."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import pytest
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from glossator.domain.book.pages.anchors import Slugger, explicit_id
from glossator.domain.book.words import words_of
from tests.places import ROOT

BOOK: Final = ROOT / "sample-book"
PAGES: Final = tuple(sorted(path.name for path in BOOK.glob("*.md")))
QUESTIONS: Final = ROOT / "tests" / "data" / "sample_questions.jsonl"


@dataclass(frozen=True)
class Answerable:
    question: str
    page: str
    quote: str


def front_and_body(page: str) -> tuple[dict[str, str], str]:
    _, front, body = (BOOK / page).read_text(encoding="utf-8").split("---\n", 2)
    fields = yaml.safe_load(front)
    assert isinstance(fields, dict)
    return fields, body


def tokens_of(page: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(front_and_body(page)[1])


def headings_of(page: str) -> list[tuple[int, str]]:
    pairs = pairwise(tokens_of(page))
    return [(int(token.tag[1]), inline.content) for token, inline in pairs if token.type == "heading_open"]


def anchors_of(page: str) -> set[str]:
    slugger = Slugger()
    parts = [explicit_id(content) for _, content in headings_of(page)]
    return {explicit or slugger.anchor(text) for text, explicit in parts}


def links_of(page: str) -> Iterator[str]:
    for token in tokens_of(page):
        for child in token.children or ():
            if child.type == "link_open":
                yield str(child.attrs["href"])


def records() -> list[dict[str, object]]:
    return [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]


def answerable() -> list[Answerable]:
    return [
        Answerable(str(record["question"]), str(record["page"]), str(record["quote"]))
        for record in records()
        if "declined" not in record
    ]


def test_book_has_the_pages_of_a_short_book() -> None:
    assert 8 <= len(PAGES) <= 12
    assert "index.md" in PAGES


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_a_title_and_headings_that_skip_no_level(page: str) -> None:
    levels = [level for level, _ in headings_of(page)]
    assert front_and_body(page)[0]["title"]
    assert levels[0] == 2
    assert all(2 <= below <= above + 1 for above, below in pairwise(levels))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_short(page: str) -> None:
    assert 350 <= len(front_and_body(page)[1].split()) <= 700


@pytest.mark.parametrize("page", PAGES)
def test_every_link_opens_a_page_of_the_book_at_one_of_its_headings(page: str) -> None:
    broken = []
    for link in links_of(page):
        target, _, anchor = link.partition("#")
        if target not in PAGES or (anchor and anchor not in anchors_of(target)):
            broken.append(link)
    assert broken == []


def test_every_page_is_reached_from_the_first_one() -> None:
    assert {link.partition("#")[0] for link in links_of("index.md")} == {*PAGES} - {"index.md"}


@pytest.mark.parametrize("page", PAGES)
def test_every_paragraph_is_one_line_so_that_sentences_are_quoted_whole(page: str) -> None:
    wrapped = [
        token.content
        for token in tokens_of(page)
        if token.type == "inline" and "\n" in token.content and not token.content.startswith(("$$", ":::"))
    ]
    assert wrapped == []


def samples() -> list[tuple[str, str, str]]:
    """Page, Python code, and the text block right behind it."""
    found = []
    for page in PAGES:
        for code, output in pairwise(tokens_of(page)):
            if code.info == "python":
                assert output.info == "text", f"{page}: a Python sample is followed by what it prints"
                found.append((page, code.content, output.content))
    return found


@pytest.mark.parametrize(("page", "code", "output"), samples(), ids=[page for page, _, _ in samples()])
def test_python_samples_print_what_the_page_shows(page: str, code: str, output: str) -> None:
    printed = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert printed.stdout == output


def test_book_shows_every_kind_of_block_that_a_splitter_must_know() -> None:
    text = "\n".join(front_and_body(page)[1] for page in PAGES)
    kinds = [token.type for page in PAGES for token in tokens_of(page)]
    languages = {token.info for page in PAGES for token in tokens_of(page) if token.type == "fence"}
    assert kinds.count("table_open") >= 3
    assert {"python", "bash", "text"} <= languages
    assert all(mark in text for mark in ("\n$$\n", "\n:::tip", "{#", "\n# "))


def test_questions_are_eighteen_with_an_answer_and_four_without() -> None:
    assert [set(record) for record in records()] == [
        *[{"question", "page", "quote"}] * 18,
        *[{"question", "declined"}] * 4,
    ]
    assert len({str(record["question"]) for record in records()}) == 22


@pytest.mark.parametrize("asked", answerable(), ids=lambda asked: asked.question)
def test_every_quote_stands_literally_in_its_page(asked: Answerable) -> None:
    assert asked.quote in front_and_body(asked.page)[1]


def test_at_least_four_questions_share_no_word_with_their_answer() -> None:
    paraphrased = [asked for asked in answerable() if not {*words_of(asked.question)} & {*words_of(asked.quote)}]
    assert len(paraphrased) >= 4


def test_first_page_names_its_example_questions_and_one_that_is_declined() -> None:
    first = front_and_body("index.md")[1]
    named = {str(record["question"]): "declined" in record for record in records() if str(record["question"]) in first}
    assert sorted(named.values()) == [False, False, False, True]
