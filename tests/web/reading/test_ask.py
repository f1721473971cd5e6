"""`/ask`: the answer page, who pays for it, and that nothing in it is executed."""

import logging
from dataclasses import dataclass, replace
from urllib.parse import quote_plus

import pytest
from quart.typing import TestClientProtocol as Client
from werkzeug.datastructures import Headers

from glossator.web.http.limits import RequestLimits
from tests.domain.answering.models import ScriptedModel
from tests.domain.budget.cap_leases import CAPS, Process
from tests.indexes import MemoryIndex
from tests.web.apps import Parts
from tests.web.reader_apps import ReaderParts, cookie
from tests.web.test_suggestions import suggesting

QUESTION = "What does the inverted index map a word to?"
LINK = f"/ask?q={quote_plus(QUESTION)}"
OPENED = {"Sec-Fetch-User": "?1", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "none", "Accept": "text/html"}
OWN_FORM = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Origin": "null", "Accept": "text/html"}
CROSS_SITE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-User": "?1"}
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)> {{ 7777 * 7777 }}'


@dataclass(frozen=True)
class Shown:
    status: int
    html: str
    headers: Headers


async def by_link(client: Client, link: str = LINK, headers: dict[str, str] | None = None) -> Shown:
    reply = await client.get(link, headers=OPENED if headers is None else headers)
    return Shown(reply.status_code, await reply.get_data(as_text=True), reply.headers)


async def by_form(client: Client, question: str = QUESTION, headers: dict[str, str] | None = None) -> Shown:
    reply = await client.post("/ask", form={"q": question}, headers=OWN_FORM if headers is None else headers)
    return Shown(reply.status_code, await reply.get_data(as_text=True), reply.headers)


async def test_a_form_returns_the_answer_with_its_proof() -> None:
    shown = await by_form(Parts().app().test_client())

    assert shown.status == 200
    assert f'<h1 class="question" dir="auto">{QUESTION}</h1>' in shown.html
    assert 'The inverted index maps a word to its passages<a href="#citation-1" class="citation">1</a>.' in shown.html
    assert '<li id="citation-1" value="1">' in shown.html
    assert 'href="/read/words?at=' in shown.html
    assert "A language model wrote this answer" in shown.html


async def test_the_page_is_not_listed_and_not_cached_and_allows_no_inline_code() -> None:
    headers = (await by_form(Parts().app().test_client())).headers

    assert (headers["X-Robots-Tag"], headers["Cache-Control"]) == ("noindex", "no-store")
    assert "form-action 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]


async def test_a_link_that_the_reader_opened_is_answered_by_the_model() -> None:
    parts = Parts()
    shown = await by_link(parts.app().test_client())

    assert len(parts.model.prompts) == 1
    assert "A language model wrote this answer" in shown.html


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Accept": "*/*"},
        {**OPENED, "Sec-Purpose": "prefetch"},
        {**OPENED, "Sec-Purpose": "prefetch;prerender"},
        {**OPENED, "Purpose": "prefetch"},
        {**OPENED, "X-Moz": "prefetch"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-User": "?1", "Sec-Fetch-Mode": "no-cors"},
    ],
    ids=str,
)
async def test_any_other_link_quotes_the_book_without_a_paid_call(headers: dict[str, str]) -> None:
    parts = Parts()
    shown = await by_link(parts.app().test_client(), headers=headers)

    assert (shown.status, parts.model.prompts) == (200, [])
    assert "Quoted word for word" in shown.html
    assert "Write an answer" in shown.html


async def test_a_form_of_another_site_quotes_the_book_without_a_paid_call() -> None:
    parts = Parts()
    shown = await by_form(parts.app().test_client(), headers={**CROSS_SITE, "Origin": "https://elsewhere.example"})

    assert (shown.status, parts.model.prompts) == (200, [])
    assert "Quoted word for word" in shown.html


async def test_a_form_of_another_site_with_a_cookie_is_refused() -> None:
    parts = Parts()
    headers = {**CROSS_SITE, **HTML, "Origin": "https://elsewhere.example", "Cookie": "a=b"}
    shown = await by_form(parts.app().test_client(), headers=headers)

    assert (shown.status, parts.model.prompts) == (403, [])


async def test_the_form_asks_for_the_signed_in_reader_and_the_link_does_not() -> None:
    parts = ReaderParts()
    issued = await parts.sign_up()
    client = parts.app().test_client()

    await by_form(client, headers={**cookie(issued), **OWN_FORM})
    await by_link(client, headers={**OPENED, "Cookie": cookie(issued)["Cookie"]})

    stored, total = await parts.conversations.page(issued.account.id, 10, 0)
    assert total == 1
    assert [one.title for one in stored] == [QUESTION]


async def test_where_asking_needs_an_account_the_page_says_so() -> None:
    client = ReaderParts(anonymous_chat=False).app().test_client()

    shown = [await by_link(client), await by_form(client)]

    assert [one.status for one in shown] == [403, 403]
    assert all("Please sign in to ask the book" in one.html for one in shown)


@pytest.mark.parametrize("question", [HOSTILE, f"javascript:{HOSTILE}", "<b>" * 1000, "\u202e\u0645\u0631"])
async def test_a_hostile_question_is_shown_as_text(question: str) -> None:
    client = Parts().app().test_client()
    for shown in (await by_form(client, question), await by_link(client, f"/ask?q={quote_plus(question)}")):
        assert shown.status == 200
        assert "<script" not in shown.html
        assert "<img" not in shown.html
        assert "<b>" not in shown.html
        assert str(7777 * 7777) not in shown.html


async def test_a_hostile_answer_is_shown_as_text() -> None:
    links = "![i](https://evil.example/x.png) [l](https://evil.example) [j](javascript:alert(1))"
    model = ScriptedModel(f"The inverted index maps a word to its passages [1]. {HOSTILE} {links}")
    shown = await by_form(Parts(model=model).app().test_client())

    assert "<script" not in shown.html
    assert "<img" not in shown.html
    assert 'href="javascript' not in shown.html
    assert 'href="https://evil.example' not in shown.html


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"", "application/x-www-form-urlencoded", 422),
        (b"q=+++", "application/x-www-form-urlencoded", 422),
        (b"q=%00", "application/x-www-form-urlencoded", 422),
        (b"q=%FF", "application/x-www-form-urlencoded", 400),
        (b"q=\xff", "application/x-www-form-urlencoded", 400),
        (b"&".join([b"a=1"] * 21), "application/x-www-form-urlencoded", 400),
        (b"q=" + b"a" * 4001, "application/x-www-form-urlencoded", 422),
        (b"q=" + b"a" * 70_000, "application/x-www-form-urlencoded", 413),
        (b'{"q": "a"}', "application/json", 415),
    ],
)
async def test_an_invalid_form_is_a_page_with_the_reason(body: bytes, media_type: str, status: int) -> None:
    headers = {**OWN_FORM, "Content-Type": media_type}
    reply = await Parts().app().test_client().post("/ask", data=body, headers=headers)
    html = await reply.get_data(as_text=True)

    assert (reply.status_code, reply.mimetype) == (status, "text/html")
    assert '<form class="ask"' in html
    assert reply.headers["X-Robots-Tag"] == "noindex"


async def test_a_program_gets_errors_as_problems() -> None:
    reply = await Parts(index=MemoryIndex()).app().test_client().get(LINK)

    assert (reply.status_code, reply.mimetype) == (503, "application/problem+json")
    assert (await reply.get_json())["code"] == "book_empty"


async def test_a_book_that_is_not_loaded_is_a_page_for_browsers() -> None:
    shown = await by_link(Parts(index=MemoryIndex()).app().test_client())

    assert (shown.status, shown.headers["Retry-After"]) == (503, "30")
    assert "This book has not been loaded yet." in shown.html


async def test_links_and_forms_count_for_the_limit_of_questions() -> None:
    client = Parts(limits=RequestLimits({"chat_per_network": 1})).app().test_client()
    statuses = [(await by_link(client)).status for _ in range(10)]
    refused = await by_form(client)

    assert statuses == [200] * 10
    assert refused.status == 429
    assert "Too many requests from your network." in refused.html
    assert "Retry-After" in refused.headers


async def test_an_answer_is_followed_by_questions_from_the_cited_sections() -> None:
    shown = await by_form(Parts(index=suggesting()).app().test_client())

    follow_ups = shown.html.partition('id="follow-ups"')[2].partition("</section>")[0]
    assert ">What is a stop word?</a>" in follow_ups
    assert QUESTION not in follow_ups


async def test_over_budget_the_page_says_until_when() -> None:
    budget = Process(caps=replace(CAPS, site_day=1)).budget
    html = (await by_form(Parts(budget=budget).app().test_client())).html

    assert "Quoted word for word" in html
    assert "budget for written answers is used up. It is renewed on" in html


async def test_without_a_question_nothing_is_asked() -> None:
    parts = Parts()
    client = parts.app().test_client()

    empty, head = await by_link(client, "/ask"), await client.head(LINK, headers=OPENED)

    assert (empty.status, head.status_code, parts.model.prompts) == (200, 200, [])
    assert '<form class="ask"' in empty.html


async def test_crawlers_are_asked_to_leave_answers_alone() -> None:
    robots = await Parts().app().test_client().get("/robots.txt")

    assert robots.mimetype == "text/plain"
    assert "Disallow: /ask" in await robots.get_data(as_text=True)


@pytest.mark.parametrize("link", [LINK, f"/ask?q={'x' * 4001}"], ids=["answered", "refused"])
async def test_the_question_of_a_link_is_in_no_log(link: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await by_link(Parts().app().test_client(), link)

    assert "GET /ask" in caplog.text
    assert "inverted" not in caplog.text
    assert "xxx" not in caplog.text
