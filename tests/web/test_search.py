from dataclasses import replace
from typing import Any

import pytest

from glossator.domain.book.passages import Page
from tests.domain.answering.models import TEXTS, library
from tests.indexes import MemoryIndex
from tests.web.apps import ADMIN_KEY, Parts

FOUND = {"passage_id", "title", "heading", "url", "text", "score"}


def known_words() -> MemoryIndex:
    """The library, with the vocabulary of its pages."""
    index = library()
    pages = {f"{title}.md": Page(f"{title}.md", title, title, text, "h") for title, text in TEXTS.items()}
    index.stored[1].pages = pages
    index.stored[1].build = replace(index.stored[1].build, pages=len(pages))
    return index


async def found(parts: Parts, query: str, **more: Any) -> dict[str, Any]:
    reply = await parts.app().test_client().post("/search", json={"query": query, **more})
    assert reply.status_code == 200
    return dict(await reply.get_json())


async def test_search_gives_passages_best_first() -> None:
    passages = (await found(Parts(), "inverted index, vector, ranking", limit=2))["passages"]

    assert len(passages) == 2
    assert set(passages[0]) == FOUND
    assert passages[0]["title"] == "Words"
    assert passages[0]["score"] >= passages[1]["score"]


@pytest.mark.parametrize("typed", ["inv", "the inverted i", "invertd", "stop wor"])
async def test_by_words_a_section_is_found_while_its_word_is_typed(typed: str) -> None:
    reply = await found(Parts(index=known_words()), typed, mode="words", limit=2)

    assert (reply["passages"][0]["title"], reply["retrieval"]) == ("Words", "keywords")
    assert set(reply["passages"][0]) == FOUND


async def test_by_words_nothing_is_spent() -> None:
    parts = Parts(index=known_words())

    await found(parts, "inverted", mode="words")

    usage = await parts.app().test_client().get("/usage", headers={"Authorization": f"Bearer {ADMIN_KEY}"})
    assert [day["kinds"] for day in (await usage.get_json())["days"]] == []


async def test_by_words_a_text_without_words_finds_nothing() -> None:
    assert (await found(Parts(index=known_words()), "?!", mode="words"))["passages"] == []


async def test_another_mode_is_refused() -> None:
    reply = await Parts().app().test_client().post("/search", json={"query": "index", "mode": "meaning"})

    assert (reply.status_code, (await reply.get_json())["fields"][0]["field"]) == (422, "mode")
