"""`glossator dev` watches its folder: changes can be searched shortly after they are saved."""

import time
from collections.abc import Iterator
from typing import Final

import pytest

from glossator.commands.ingest.follow import POLL_MS
from tests.processes import PAGES, Running, Workplace, eventually

TIMEOUT: Final = 60.0
"""Seconds. A change usually takes about two, but more on a busy machine."""


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


def test_changed_page_is_found_with_its_new_text(running: Running, home: Workplace) -> None:
    home.book.joinpath("mars.md").write_text(PAGES["mars.md"].replace("rusty iron", "purple sand"), "utf-8")

    found = eventually(
        lambda: found if "purple" in (found := texts(running, "Why does Mars look red?")) else "",
        "the new text",
        TIMEOUT,
    )

    assert "rusty" not in found


def test_new_page_is_found(running: Running, home: Workplace) -> None:
    home.book.joinpath("deep").mkdir()
    home.book.joinpath("deep", "bees.md").write_text("# Bees\n\nBees dance to tell where flowers are.\n", "utf-8")

    eventually(lambda: "dance" in texts(running, "How do bees tell of flowers?"), "the new page", TIMEOUT)


def test_removed_page_is_no_longer_found(running: Running, home: Workplace) -> None:
    page = home.book / "clouds.md"
    page.write_text("# Clouds\n\nClouds are made of tiny drops.\n", "utf-8")
    eventually(lambda: "drops" in texts(running, "What are clouds made of?"), "the page", TIMEOUT)

    page.unlink()

    eventually(lambda: "drops" not in texts(running, "What are clouds made of?"), "the removal", TIMEOUT)


def test_broken_page_is_reported_and_its_stored_passages_are_kept(running: Running, home: Workplace) -> None:
    page = home.book / "tides.md"
    page.write_bytes(b"# Tides\n\n\xff\xfe no text\n")

    running.says("tides.md: ", TIMEOUT)

    assert "pull of the moon" in texts(running, "Why does the sea rise?")


def test_file_that_is_saved_by_renaming_is_found(running: Running, home: Workplace) -> None:
    part = home.book / "stars.md.part"
    part.write_text("# Stars\n\nStars shine because they melt hydrogen together.\n", "utf-8")
    part.rename(home.book / "stars.md")

    eventually(lambda: "hydrogen" in texts(running, "Why do stars shine?"), "the page", TIMEOUT)


def test_change_during_the_first_load_is_found(place: Workplace) -> None:
    with place.having(PLUGINS="local_models,qdrant_edge").starts("dev") as running:
        running.says("services started")
        page = place.book / "bees.md"
        for number in range(40):
            page.write_text(f"# Bees\n\nBees dance to tell where flower number {number} is.\n", "utf-8")
            time.sleep(0.05)
        running.is_loaded()

        eventually(lambda: "number 39" in texts(running, "How do bees tell of flowers?"), "the last text", TIMEOUT)


def test_page_from_another_folder_stays_when_the_folder_was_not_changed(place: Workplace) -> None:
    place = place.having(PLUGINS="local_models,qdrant_edge")
    place.folder.joinpath("bees.md").write_text("# Bees\n\nBees dance to tell where flowers are.\n", "utf-8")
    with place.starts("dev") as running:
        running.is_loaded()

        assert place.runs("ingest", "bees.md").code == 0
        time.sleep(2 * POLL_MS / 1000)  # the watcher looks for changes during the first load

        assert "dance" in texts(running, "How do bees tell of flowers?")
        assert "Book updated: 0 pages new, 0 changed, 1 removed" not in running.errors


def test_the_book_is_served_before_its_vectors_for_other_languages_are_complete(place: Workplace) -> None:
    page = "\n\n".join(f"## Star {number}\n\nThe star {number} shines in the night." for number in range(40))
    place.book.joinpath("stars.md").write_text(f"# Stars\n\n{page}\n", "utf-8")
    with place.having(PLUGINS="local_models,qdrant_edge").starts("dev") as running:
        running.is_loaded()
        assert "rusty" in texts(running, "Why does Mars look red?")
        running.says(complete := "42 passages got vectors for questions in other languages in ", 120)

        assert running.errors.index("Glossator is running at") < running.errors.index(complete)
        assert "rusty" in texts(running, "Warum ist der Mars rot?")


def test_an_upgraded_book_is_built_again_and_another_book_needs_new_book(place: Workplace) -> None:
    place = place.having(PLUGINS="local_models,qdrant_edge")
    with place.having(INGEST__CHARACTERS="900").starts("dev") as running:
        running.is_loaded()
    with place.starts("dev") as running:
        running.is_loaded()
        assert "book_outdated: the book was built with " in running.errors
        assert "it is built again and served meanwhile" in running.errors
    other = place.folder / "other"
    other.mkdir()
    other.joinpath("index.md").write_text("# Cooking\n\nBoil the rice for twelve minutes.\n", "utf-8")
    with place.having(DOCS_PATH=str(other)).starts("dev") as running:
        running.says("the pages are another book")
        running.is_loaded()
        assert "rusty" in texts(running, "Why does Mars look red?")
    with place.starts("dev", "--docs", str(other)) as running:
        running.is_loaded()
        assert "twelve minutes" in texts(running, "How long is rice boiled?")
