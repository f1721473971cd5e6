"""`glossator check` compares the rules of the stored book with the current ones."""

from dataclasses import replace

import pytest

from glossator.commands.check.findings import Finding
from glossator.commands.check.services import check_rules
from glossator.domain.book.index import Build
from tests.indexes import SPACES, MemoryIndex, StoredBuild

BUILD = Build(1, "Book", "", SPACES, "headings-2/docusaurus/1000", "2")


async def finding(build: Build | None) -> Finding:
    index = MemoryIndex()
    if build is not None:
        index.stored[build.number], index.live_number = StoredBuild(build), build.number
    return await check_rules(index, "headings-2/docusaurus/1000")


@pytest.mark.parametrize("build", [None, replace(BUILD, number=0, splitter="", words=""), BUILD])
async def test_a_current_book_and_no_book_are_fine(build: Build | None) -> None:
    assert (await finding(build)).status == "ok"


@pytest.mark.parametrize(
    "build", [replace(BUILD, words="1"), replace(BUILD, splitter="headings-1/docusaurus/1000/256")]
)
async def test_a_book_of_other_rules_is_a_warning_with_the_command(build: Build) -> None:
    found = await finding(build)

    assert (found.status, "glossator ingest --rebuild" in found.fix) == ("warning", True)
    assert f"splitter {build.splitter}, word rules {build.words}" in found.message
