"""Every link of a document to another one opens a file, and a heading in it."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from glossator.domain.book.pages.anchors import EXPLICIT_ID, Slugger
from tests.places import ROOT

PATTERNS: Final = ("*.md", "docs/*.md", "bench/*.md", "sample-book/*.md")
DOCUMENTS: Final = sorted(path for pattern in PATTERNS for path in ROOT.glob(pattern))
LINK: Final = re.compile(r"\]\((?P<path>[^)\s#:]*)(?:#(?P<anchor>[^)\s]+))?\)")
HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCE: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


@cache
def anchors_of(document: Path) -> set[str]:
    slugger = Slugger()
    headings = HEADING.findall(FENCE.sub("", document.read_text("utf-8")))
    return {explicit["id"] if (explicit := EXPLICIT_ID.search(text)) else slugger.anchor(text) for text in headings}


def broken_links(document: Path) -> Iterator[str]:
    for link in LINK.finditer(document.read_text("utf-8")):
        target = document.parent / link["path"] if link["path"] else document
        if not target.exists() or (link["anchor"] and link["anchor"] not in anchors_of(target)):
            yield link[0]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_opens_a_document_and_a_heading(document: Path) -> None:
    assert list(broken_links(document)) == []
