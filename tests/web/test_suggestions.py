"""`/suggestions` and the follow-up questions of an answer."""

from typing import Any

import pytest
from quart import Quart

from glossator.domain.book.index import Build, Suggestion
from glossator.domain.book.passages import Page
from glossator.domain.errors import Unavailable
from tests.domain.answering.models import library
from tests.indexes import MemoryIndex
from tests.web.apps import ORIGIN, Parts
from tests.web.chat.test_chat import QUERY, events_of

WORDS = [
    Suggestion("What does the inverted index map a word to?", "words#top", 0.9),
    Suggestion("What is a stop word?", "words#top", 0.8),
    Suggestion("What is left out of the index?", "words", 0.7),
]
MEANING = [Suggestion("What is an embedding?", "meaning#top", 0.9)]


def suggesting() -> MemoryIndex:
    index = library()
    stored = index.stored[1]
    for name, listed in (("words", WORDS), ("meaning", MEANING)):
        stored.pages[f"{name}.md"] = Page(f"{name}.md", name, name, "", "h")
        stored.suggestions[f"{name}.md", "h"] = tuple(listed)
    return index


@pytest.fixture
def app() -> Quart:
    return Parts(index=suggesting()).app()


async def questions(app: Quart, query: str = "") -> list[str]:
    reply = await app.test_client().get(f"/suggestions{query}")
    body: dict[str, list[dict[str, str]]] = await reply.get_json()
    assert (reply.status_code, set(body)) == (200, {"suggestions"})
    return [one["question"] for one in body["suggestions"]]


async def test_starters_are_of_the_whole_book_with_links_that_open_it(app: Quart) -> None:
    body = await (await app.test_client().get("/suggestions")).get_json()

    listed = [one["question"] for one in body["suggestions"]]
    assert sorted(listed[:2]) == sorted([WORDS[0].question, MEANING[0].question])
    assert listed[2:] == [WORDS[1].question, WORDS[2].question]
    assert {"question": "What is a stop word?", "url": "/read/words#top"} in body["suggestions"]


@pytest.mark.parametrize("page", ["words.md", "words", "/read/words", "https://elsewhere.example/words/"])
async def test_a_page_has_its_own_questions(app: Quart, page: str) -> None:
    assert await questions(app, f"?page={page}") == [one.question for one in WORDS]


async def test_a_page_that_is_not_in_the_book_has_none_and_is_not_cached(app: Quart) -> None:
    reply = await app.test_client().get("/suggestions?page=nowhere")

    assert (await reply.get_json()) == {"suggestions": []}
    assert reply.headers["Cache-Control"] == "no-cache"


async def test_limit_gives_the_first_ones(app: Quart) -> None:
    assert await questions(app, "?page=words&limit=1") == [WORDS[0].question]


@pytest.mark.parametrize("query", ["limit=0", "limit=13", "limit=two", f"page={'x' * 2001}", "page=%00"])
async def test_a_bad_query_is_refused(app: Quart, query: str) -> None:
    reply = await app.test_client().get(f"/suggestions?{query}")

    assert (reply.status_code, (await reply.get_json())["code"]) == (422, "invalid_field")


@pytest.mark.parametrize("origin", [None, ORIGIN, "https://elsewhere.example"])
async def test_every_origin_may_read_and_cache_them(app: Quart, origin: str | None) -> None:
    reply = await app.test_client().get("/suggestions", headers={"Origin": origin} if origin else {})

    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in reply.headers
    assert reply.headers["Cache-Control"] == "public, max-age=300"


async def test_an_unchanged_list_is_not_sent_again(app: Quart) -> None:
    client = app.test_client()
    first = await client.get("/suggestions")

    again = await client.get("/suggestions", headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, await again.get_data()) == (304, b"")


class UnreachableIndex(MemoryIndex):
    async def live(self) -> Build | None:
        raise Unavailable("index", "set to fail")


async def test_without_the_index_the_reply_is_503() -> None:
    reply = await Parts(index=UnreachableIndex()).app().test_client().get("/suggestions")

    assert (reply.status_code, (await reply.get_json())["code"]) == (503, "unavailable")


async def follow_ups(app: Quart, body: dict[str, Any]) -> list[str]:
    client = app.test_client()
    answer = await (await client.post("/chat", json=body)).get_json()
    stream = await client.post("/chat/stream", json=body)
    name, final = events_of(await stream.get_data(as_text=False))[-1]
    assert (name, final["follow_ups"]) == ("final", answer["follow_ups"])
    return [one["question"] for one in answer["follow_ups"]]


async def test_an_answer_offers_questions_of_its_cited_sections_but_not_its_own(app: Quart) -> None:
    assert await follow_ups(app, QUERY) == [WORDS[1].question, WORDS[2].question]


async def test_an_answer_offers_no_question_that_the_reader_asked_before(app: Quart) -> None:
    history = [{"role": "user", "content": "what is a stop word"}, {"role": "assistant", "content": "A word."}]

    assert await follow_ups(app, {**QUERY, "history": history}) == [WORDS[2].question]


async def test_an_answer_without_stored_questions_offers_none() -> None:
    assert await follow_ups(Parts().app(), QUERY) == []
