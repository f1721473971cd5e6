"""`/links` lists the links of the book for the operator alone."""

import pytest
from pydantic import TypeAdapter

from glossator.app import BLUEPRINTS
from glossator.domain.book.links import BookLinks
from glossator.web import on_demand
from tests.indexes import MemoryIndex
from tests.web.apps import ADMIN_KEY, Parts


async def test_links_are_those_of_the_passages() -> None:
    reply = await Parts().app().test_client().get("/links", headers={"Authorization": f"Bearer {ADMIN_KEY}"})

    book = TypeAdapter(BookLinks).validate_python(await reply.get_json())
    assert on_demand.bp in BLUEPRINTS
    assert (book.title, book.passages, [link.url for link in book.links]) == (
        "Book", 3, ["fusion#top", "meaning#top", "words#top"],
    )  # fmt: skip


async def test_book_that_is_not_loaded_has_its_own_code() -> None:
    client = Parts(index=MemoryIndex()).app().test_client()
    reply = await client.get("/links", headers={"Authorization": f"Bearer {ADMIN_KEY}"})

    assert (reply.status_code, (await reply.get_json())["code"]) == (503, "book_empty")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
async def test_the_route_is_not_found_without_the_admin_key(headers: dict[str, str]) -> None:
    assert (await Parts().app().test_client().get("/links", headers=headers)).status_code == 404
