"""`glossator dev` follows its folder: what is saved is found about two seconds later."""

import time
from collections.abc import Iterator
from typing import Final

import pytest

from tests.processes import PAGES, Running, Workplace, eventually

SOON: Final = 5.0
"""Two seconds, and what a machine takes that runs other tests too."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    return Workplace.made_in(tmp_path_factory.mktemp("home")).having(PLUGINS="local_models,qdrant_edge")


@pytest.fixture(scope="module")
def running(home: Workplace) -> Iterator[Running]:
    with home.starts("dev") as running:
        running.is_loaded()
        yield running


def texts(running: Running, question: str) -> str:
    return "\n".join(passage["text"] for passage in running.search(question))


def test_a_changed_page_is_found_with_its_new_words(running: Running, home: Workplace) -> None:
    home.book.joinpath("mars.md").write_text(PAGES["mars.md"].replace("rusty iron", "purple sand"), "utf-8")

    found = eventually(
        lambda: found if "purple" in (found := texts(running, "Why does Mars look red?")) else "", "the new text", SOON
    )

    assert "rusty" not in found


def test_a_new_page_is_found(running: Running, home: Workplace) -> None:
    home.book.joinpath("deep").mkdir()
    home.book.joinpath("deep", "bees.md").write_text("# Bees\n\nBees dance to tell where flowers are.\n", "utf-8")

    eventually(lambda: "dance" in texts(running, "How do bees tell of flowers?"), "the new page", SOON)


def test_a_removed_page_is_found_no_more(running: Running, home: Workplace) -> None:
    page = home.book / "clouds.md"
    page.write_text("# Clouds\n\nClouds are made of tiny drops.\n", "utf-8")
    eventually(lambda: "drops" in texts(running, "What are clouds made of?"), "the page", SOON)

    page.unlink()

    eventually(lambda: "drops" not in texts(running, "What are clouds made of?"), "its going", SOON)


def test_a_broken_page_is_told_and_its_old_passages_stay(running: Running, home: Workplace) -> None:
    page = home.book / "tides.md"
    page.write_bytes(b"# Tides\n\n\xff\xfe no text\n")

    running.says("tides.md: ", SOON)

    assert "pull of the moon" in texts(running, "Why does the sea rise?")


def test_an_editor_that_saves_by_renaming_is_followed(running: Running, home: Workplace) -> None:
    part = home.book / "stars.md.part"
    part.write_text("# Stars\n\nStars shine because they melt hydrogen together.\n", "utf-8")
    part.rename(home.book / "stars.md")

    eventually(lambda: "hydrogen" in texts(running, "Why do stars shine?"), "the page", SOON)


def test_what_was_saved_while_the_book_was_loaded_is_not_missed(place: Workplace) -> None:
    with place.having(PLUGINS="local_models,qdrant_edge").starts("dev") as running:
        running.says("services started")
        page = place.book / "bees.md"
        for number in range(40):
            page.write_text(f"# Bees\n\nBees dance to tell where flower number {number} is.\n", "utf-8")
            time.sleep(0.05)
        running.is_loaded()

        eventually(lambda: "number 39" in texts(running, "How do bees tell of flowers?"), "the last text", SOON)
