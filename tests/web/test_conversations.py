import re
from typing import Any
from uuid import uuid4

import pytest
from markdown_it import MarkdownIt

from glossator.domain.answering.question import Answer, Citation, Grounding, Question, Usage
from glossator.domain.conversations.history import StoreOutcome
from glossator.domain.conversations.thread import Thread
from tests.web.chat.test_signed_in import NO_IDS
from tests.web.reader_apps import ReaderParts, bearer

SESSION = {"id", "user_id", "title", "created_at", "updated_at", "is_active", "message_count"}
MESSAGE = {
    "id",
    "session_id",
    "role",
    "content",
    "selected_text",
    "created_at",
    "sources",
    "citations",
    "feedback",
}
WIRE_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
CITATION = Citation(1, "p1", "Words", "<img src=x>", "https://book.example/words#x", "A *word*.", 0.9)
HOSTILE_QUESTION = "# <script>alert(1)</script> ![x](https://evil.example/x.png)"
HOSTILE_ANSWER = "<img src=x onerror=alert(1)>\n\n[a](javascript:alert(1)) `code` [1]"
OF_ONE = [("GET", ""), ("GET", "/export"), ("DELETE", ""), ("PATCH", "/title")]


class Reader:
    """A signed-in reader with stored conversations."""

    def __init__(self, parts: ReaderParts, headers: dict[str, str], account_id: str) -> None:
        self.parts = parts
        self.headers = headers
        self.account_id = account_id
        self.client = parts.app().test_client()

    async def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        extra = {} if body is None else {"json": body}
        reply = await getattr(self.client, method.lower())(f"/api/chat{path}", headers=self.headers, **extra)
        assert reply.headers["Cache-Control"] == "no-store"
        return reply.status_code, await reply.get_json()

    async def begin(self, title: str = "Nodes") -> dict[str, Any]:
        status, session = await self.call("POST", "/sessions", {"title": title})
        assert status == 200
        found: dict[str, Any] = session
        return found

    async def say(self, conversation_id: str, question: str, text: str) -> None:
        thread = Thread(self.account_id, Question(question, "Selected."), "r", conversation_id=conversation_id)
        answer = Answer(text, "generated", (CITATION,), Grounding(1.0), Usage())
        assert await self.parts.history.store(thread, thread.completed_exchange(answer)) is StoreOutcome.STORED


async def create_reader(parts: ReaderParts | None = None, email: str = "ada@example.com") -> Reader:
    parts = parts or ReaderParts()
    issued = await parts.sign_up(email)
    return Reader(parts, bearer(issued), issued.account.id)


async def test_a_new_conversation_is_returned_and_is_active() -> None:
    reader = await create_reader()
    await reader.begin("first")

    session = await reader.begin("  second \n")

    assert set(session) == SESSION
    assert (session["title"], session["user_id"]) == ("second", reader.account_id)
    assert (session["is_active"], session["message_count"]) == (True, 0)
    assert re.fullmatch(WIRE_TIME, session["created_at"])
    _, listed = await reader.call("GET", "/sessions")
    assert [found["is_active"] for found in listed["sessions"]] == [True, False]


@pytest.mark.parametrize("body", [None, {}, {"title": None}, {"other": 1}])
async def test_a_conversation_needs_no_title(body: object) -> None:
    status, session = await (await create_reader()).call("POST", "/sessions", body)

    assert (status, session["title"]) == (200, "New Chat")


async def test_conversations_are_listed_most_recently_used_first_in_pages() -> None:
    reader = await create_reader()
    for number in range(5):
        await reader.begin(f"{number}")

    _, page = await reader.call("GET", "/sessions?limit=2&offset=1")

    assert set(page) == {"sessions", "total"}
    assert ([found["title"] for found in page["sessions"]], page["total"]) == (["3", "2"], 5)


async def test_no_conversations_are_an_empty_list() -> None:
    assert await (await create_reader()).call("GET", "/sessions") == (200, {"sessions": [], "total": 0})


@pytest.mark.parametrize(
    "query", ["", "?limit=1", "?limit=100", "?offset=0", "?offset=10000", "?other=x", "?limit=007"]
)
async def test_valid_page_bounds_are_accepted(query: str) -> None:
    assert (await (await create_reader()).call("GET", f"/sessions{query}"))[0] == 200


@pytest.mark.parametrize(
    "value",
    [
        "",
        "0",
        "-1",
        "101",
        "1e9",
        "1000000000",
        "9" * 5000,
        "1.0",
        "abc",
        "%00",
        "%FF",
        "%ED%A0%80",
        "%F0%9F%98%80",
        "%D9%A3",
        "%E2%80%AE1",
        "1;2",
        "1%27%20OR%201=1",
    ],
)
async def test_an_invalid_limit_is_named(value: str) -> None:
    status, problem = await (await create_reader()).call("GET", f"/sessions?limit={value}")

    assert (status, problem["code"], problem["fields"][0]["field"]) == (422, "invalid_field", "limit")


@pytest.mark.parametrize("value", ["", "-1", "10001", "1e9", "9" * 5000, "x", "0x10", "%2B1", "%201"])
async def test_an_invalid_offset_is_named(value: str) -> None:
    status, problem = await (await create_reader()).call("GET", f"/sessions?offset={value}")

    assert (status, problem["fields"][0]["field"]) == (422, "offset")


async def test_a_conversation_is_shown_with_its_messages_oldest_first() -> None:
    reader = await create_reader()
    session = await reader.begin()
    await reader.say(session["id"], "What is a word?", "A word [1].")

    _, shown = await reader.call("GET", f"/sessions/{session['id']}")

    assert set(shown) == {"session", "messages"}
    assert shown["session"]["message_count"] == 2
    question, answer = shown["messages"]
    assert set(question) == set(answer) == MESSAGE
    assert (question["role"], question["sources"], question["citations"]) == ("user", None, None)
    assert (question["selected_text"], answer["selected_text"]) == ("Selected.", None)
    assert (answer["role"], answer["feedback"], answer["session_id"]) == ("assistant", None, session["id"])
    assert all(isinstance(source, str) for source in answer["sources"])
    assert set(answer["citations"][0]) == {"n", "passage_id", "title", "heading", "url", "quote", "quotes", "score"}
    assert re.fullmatch(WIRE_TIME, answer["created_at"])


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("x", "x"),
        (" x\t", "x"),
        ("two\r\nlines", "two lines"),
        ("x" * 255, "x" * 255),
        ("\N{GRINNING FACE}" * 255, "\N{GRINNING FACE}" * 255),
        ("\u202eright to left", "\u202eright to left"),
        ("'; DROP TABLE chat_sessions; --", "'; DROP TABLE chat_sessions; --"),
    ],
)
async def test_a_title_is_changed(title: str, kept: str) -> None:
    reader = await create_reader()
    session = await reader.begin()

    status, told = await reader.call("PATCH", f"/sessions/{session['id']}/title", {"title": title})

    (after,) = (await reader.call("GET", "/sessions"))[1]["sessions"]
    assert (status, set(told)) == (200, {"message"})
    assert after["title"] == kept
    assert after["updated_at"] >= session["updated_at"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": None},
        {"title": 5},
        {"title": ["x"]},
        {"title": ""},
        {"title": " \n\t "},
        {"title": "x" * 256},
        {"title": "\N{GRINNING FACE}" * 256},
        {"title": "a\x00b"},
        {"title": "a\x1bb"},
        {"title": "a\x85b"},
        [],
        "title",
        7,
    ],
)
async def test_a_bad_title_is_named_and_changes_nothing(body: object) -> None:
    reader = await create_reader()
    session = await reader.begin()

    status, problem = await reader.call("PATCH", f"/sessions/{session['id']}/title", body)

    assert (status, problem["code"]) == (422, "invalid_field")
    assert problem["fields"][0]["field"] in {"title", "body"}
    assert (await reader.call("GET", "/sessions"))[1]["sessions"][0]["title"] == "Nodes"


@pytest.mark.parametrize(("method", "path"), OF_ONE)
@pytest.mark.parametrize("session_id", [name.replace("\x00", "%00") for name in NO_IDS if name and "/" not in name])
async def test_an_invalid_id_is_not_found(method: str, path: str, session_id: str) -> None:
    reader = await create_reader()
    body = {"title": "x"} if method == "PATCH" else None

    status, problem = await reader.call(method, f"/sessions/{session_id}{path}", body)

    assert (status, problem["code"]) == (404, "conversation_not_found")
    assert reader.parts.conversations.calls == []


@pytest.mark.parametrize(("method", "path"), OF_ONE)
@pytest.mark.parametrize("whose", ["nobody's", "another reader's"])
async def test_a_foreign_conversation_is_not_found(method: str, path: str, whose: str) -> None:
    reader = await create_reader()
    other = await create_reader(reader.parts, "bob@example.com")
    session = await other.begin("Private")
    session_id = session["id"] if whose == "another reader's" else str(uuid4())

    status, problem = await reader.call(
        method, f"/sessions/{session_id}{path}", {"title": "x"} if path == "/title" else None
    )

    assert (status, problem["code"]) == (404, "conversation_not_found")
    assert (await other.call("GET", "/sessions"))[1]["sessions"] == [session]


async def test_after_a_deletion_the_newest_other_conversation_is_active() -> None:
    reader = await create_reader()
    for title in ("first", "second", "third"):
        session = await reader.begin(title)

    status, told = await reader.call("DELETE", f"/sessions/{session['id']}")

    left = (await reader.call("GET", "/sessions"))[1]["sessions"]
    assert (status, set(told)) == (200, {"message"})
    assert [(found["title"], found["is_active"]) for found in left] == [("second", True), ("first", False)]
    assert (await reader.call("GET", f"/sessions/{session['id']}"))[0] == 404


async def test_deleting_the_history_affects_only_one_reader() -> None:
    reader = await create_reader()
    other = await create_reader(reader.parts, "bob@example.com")
    for owner in (reader, reader, other):
        await owner.begin()

    status, told = await reader.call("DELETE", "/history")

    assert (status, set(told), told["deleted"]) == (200, {"message", "deleted"}, 2)
    assert (await reader.call("GET", "/sessions"))[1]["total"] == 0
    assert (await other.call("GET", "/sessions"))[1]["total"] == 1


async def exported(style: str, question: str = "What is a word?", answer: str = "A word [1].") -> tuple[Reader, Any]:
    reader = await create_reader()
    session = await reader.begin(question)
    await reader.say(session["id"], question, answer)
    status, told = await reader.call("GET", f"/sessions/{session['id']}/export{style}")
    assert (status, set(told)) == (200, {"format", "content"})
    return reader, told


@pytest.mark.parametrize("style", ["", "?format=text"])
async def test_an_export_is_text_by_default(style: str) -> None:
    _, told = await exported(style)

    assert told["format"] == "text"
    assert "What is a word?" in told["content"]
    assert "A word [1]." in told["content"]


async def test_a_json_export_equals_the_conversation_route() -> None:
    reader, told = await exported("?format=json")

    session_id = told["content"]["session"]["id"]
    assert (200, told["content"]) == await reader.call("GET", f"/sessions/{session_id}")


async def test_a_markdown_export_escapes_hostile_text() -> None:
    _, told = await exported("?format=markdown", HOSTILE_QUESTION, HOSTILE_ANSWER)

    html = MarkdownIt("commonmark", {"html": True}).render(told["content"])
    tags = set(re.findall(r"<(\w+)", html))
    assert tags <= {"h1", "h2", "p", "ul", "li", "a"}
    assert re.findall(r'href="([^"]*)"', html) == ["https://book.example/words#x"]
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert "`code`" in html


@pytest.mark.parametrize("style", ["html", "", "JSON", "%00", "text%20"])
async def test_an_unknown_format_is_named(style: str) -> None:
    reader = await create_reader()
    session = await reader.begin()

    status, problem = await reader.call("GET", f"/sessions/{session['id']}/export?format={style}")

    assert (status, problem["fields"][0]["field"]) == (422, "format")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/sessions"),
        ("POST", "/sessions"),
        ("GET", "/sessions/12121212-3434-4565-8787-909090909090"),
        ("DELETE", "/history"),
    ],
)
async def test_an_unavailable_database_is_a_503(method: str, path: str) -> None:
    reader = await create_reader()
    reader.parts.conversations.failing = 1

    status, problem = await reader.call(method, path)

    assert (status, problem["code"]) == (503, "unavailable")
