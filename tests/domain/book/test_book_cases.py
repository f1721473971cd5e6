"""Small books with an expected result. `tests/data/book_cases/NAME/` holds the book (`docs`) and `expected.json`.

Each check is about the passages of the book, or of one `page`:

url_of TEXT is URL             every passage with TEXT has this url
headings_of TEXT are LIST      every passage with TEXT has this heading path
together TEXTS                 one passage has all of them
in_reach [A, B]                every passage with B has A in its text or heading path
each_with PATTERN has TEXT     every passage that matches has TEXT
kept TEXT                      a passage has TEXT
never PATTERN                  no text or heading of a passage matches
pages PATHS                    these pages are in the book
title_of PAGE is TEXT          the page has this title
passages_at_most NUMBER        the book has no more passages

`plan_says` is a part of the output of `glossator ingest --plan`, see tests/commands/ingest/test_ingest.py.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from glossator.domain.book.passages import Page, Passage
from glossator.domain.book.sources.folder import read_pages
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from tests.places import BOOK_CASES

CASES = [path.parent for path in sorted(BOOK_CASES.glob("*/expected.json"))]
SHORTEST_LIMIT = 1000

Check = Mapping[str, Any]
Pages = Sequence[Page]
Passages = Sequence[Passage]


def every(passages: Passages, condition: Callable[[Passage], bool]) -> bool:
    return bool(passages) and all(map(condition, passages))


def with_text(passages: Passages, text: str) -> Passages:
    return [passage for passage in passages if text in passage.text]


def is_in_reach(texts: Sequence[str], passages: Passages) -> bool:
    sought, text = texts
    return every(with_text(passages, text), lambda passage: any(sought in part for part in parts(passage)))


def parts(passage: Passage) -> tuple[str, ...]:
    return (passage.text, *passage.headings)


CHECKS: Mapping[str, Callable[[Check, Passages, Pages], bool]] = {
    "url_of": lambda check, passages, _: every(
        with_text(passages, check["url_of"]), lambda passage: passage.url == check["is"]
    ),
    "headings_of": lambda check, passages, _: every(
        with_text(passages, check["headings_of"]), lambda passage: list(passage.headings) == check["are"]
    ),
    "together": lambda check, passages, _: any(
        all(text in passage.text for text in check["together"]) for passage in passages
    ),
    "in_reach": lambda check, passages, _: is_in_reach(check["in_reach"], passages),
    "each_with": lambda check, passages, _: every(
        [passage for passage in passages if re.search(check["each_with"], passage.text)],
        lambda passage: check["has"] in passage.text,
    ),
    "kept": lambda check, passages, _: bool(with_text(passages, check["kept"])),
    "never": lambda check, passages, _: (
        not any(re.search(check["never"], part) for passage in passages for part in parts(passage))
    ),
    "pages": lambda check, _, pages: set(check["pages"]) <= {page.path for page in pages},
    "title_of": lambda check, _, pages: check["is"] in {p.title for p in pages if p.path == check["title_of"]},
    "passages_at_most": lambda check, passages, _: len(passages) <= check["passages_at_most"],
}


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_book_is_read_as_expected(folder: Path) -> None:
    expected = json.loads((folder / "expected.json").read_text())
    generator = expected["generator"]
    pages = [page for page in read_pages(folder / "docs", generator) if isinstance(page, Page)]
    passages = [passage for page in pages for passage in Splitter(Limits(SHORTEST_LIMIT))(page)]

    failed = [check for check in expected["expect"] if not holds(check, passages, pages)]

    assert failed == []
    assert all(len(passage.text) <= SHORTEST_LIMIT for passage in passages)


def holds(check: Check, passages: Passages, pages: Pages) -> bool:
    name = next(iter(CHECKS.keys() & check.keys()))
    return CHECKS[name](check, [one for one in passages if check.get("page", one.page) == one.page], pages)
