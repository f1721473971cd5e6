"""`/mcp` through the official client in its three modes, and by hand where a client cannot go wrong."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import pytest
from mcp import Client
from mcp.types import CallToolResult, TextContent
from quart import Quart

from glossator.domain.book.index import PassagePoint
from glossator.domain.book.pages.parsing import parse_page
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from glossator.domain.book.words import document_words
from glossator.web.http.context import WebOptions
from glossator.web.http.limits import RequestLimits
from glossator.web.programs.documents import PART_BYTES, beginning, parts_of
from glossator.web.programs.mcp.messages import CAPABILITIES_KEY, VERSION_KEY, VERSIONS
from tests.domain.answering.models import TEXTS, library
from tests.servers.app_server import serving_app
from tests.web.apps import ORIGIN, Parts
from tests.web.wire import Reply, WireRequest, json_request, send_request

Mode = Literal["auto", "legacy", "2026-07-28"]
QUESTION: Final = "What does the inverted index map a word to?"
STATELESS: Final = VERSIONS[0]
MOST_TOKENS: Final = 20_000
"""Of a result; a token is at least a byte."""
META: Final = {VERSION_KEY: STATELESS, CAPABILITIES_KEY: {}}
every_mode = pytest.mark.parametrize("mode", ["auto", "legacy", STATELESS])


def parts_with_page() -> Parts:
    """The page of the passage about words, and its passages as the splitter makes them."""
    parts, stored = Parts(), library().stored[1]
    page = parse_page("words.md", f"# Words\n\n{TEXTS['Words']}\n")
    vectors = stored.points["words"].vectors
    points = [PassagePoint(one, "h", vectors, document_words(one.indexed_text)) for one in Splitter(Limits(1000))(page)]
    parts.index.stored[1].pages[page.path] = page
    parts.index.stored[1].points = {point.passage.id: point for point in points}
    return parts


@asynccontextmanager
async def client_of(parts: Parts, mode: Mode = "auto") -> AsyncIterator[Client]:
    async with serving_app(parts.app()) as url, Client(f"{url}/mcp", mode=mode) as client:
        yield client


@every_mode
async def test_the_official_client_uses_every_tool(mode: Mode) -> None:
    async with client_of(parts_with_page(), mode) as client:
        tools = (await client.list_tools()).tools
        found = (await client.call_tool("search", {"query": QUESTION, "limit": 2})).structured_content
        assert found is not None
        fetched = (await client.call_tool("fetch", {"id": found["results"][0]["id"]})).structured_content
        answered = await client.call_tool("ask", {"question": QUESTION})
        rated = await client.call_tool("submit_feedback", {"request_id": "unknown", "rating": "up"})

    assert [tool.name for tool in tools] == ["search", "fetch", "ask", "submit_feedback"]
    assert [tool.annotations.read_only_hint for tool in tools if tool.annotations] == [True, True, True, False]
    assert fetched is not None
    assert "inverted index" in fetched["text"]
    assert fetched["url"].startswith("http://127.0.0.1:")
    answer = answered.structured_content
    assert answer is not None
    assert (answer["mode"], answer["citations"][0]["n"]) == ("generated", 1)
    assert json.loads(text_of(answered)) == answer
    assert rated.is_error


async def test_a_page_is_fetched_by_any_of_its_addresses() -> None:
    async with client_of(parts_with_page()) as client:
        for address in ("words", "/read/words", "http://any.example/read/words.md", "words#a-heading"):
            page = (await client.call_tool("fetch", {"id": address})).structured_content
            assert page is not None
            assert page["text"].startswith("# ")
        missing = await client.call_tool("fetch", {"id": "nowhere"})

    assert text_of(missing) == "The book has no such page."


def parts_with_long_passages() -> Parts:
    """Eight passages of which two fit into one result, and a page that does not fit either."""
    texts = [(f"Part {n}", f"Index {n} maps. {'x' * 7000}") for n in range(8)]
    parts = Parts(index=library(texts))
    page = parse_page("long.md", "# Long\n\n" + "".join(f"Line {n}\n" for n in range(4000)))
    parts.index.stored[1].pages[page.path] = page
    return parts


def text_of(result: CallToolResult) -> str:
    content = result.content[0]
    assert isinstance(content, TextContent)
    return content.text


async def every_result(client: Client, tool: str, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    """The first result and those that its cursors lead to."""
    results: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        result = await client.call_tool(tool, {**arguments, **cursor})
        assert result.structured_content is not None
        assert len(text_of(result).encode()) < MOST_TOKENS
        assert json.loads(text_of(result)) == result.structured_content
        results.append(result.structured_content)
        if results[-1]["next_cursor"] is None:
            return results
        cursor = {"cursor": results[-1]["next_cursor"]}


async def test_cursors_lead_to_every_passage_that_was_found_and_to_the_end_of_a_page() -> None:
    async with client_of(parts_with_long_passages()) as client:
        few = await every_result(client, "search", {"query": QUESTION, "limit": 2})
        many = await every_result(client, "search", {"query": QUESTION, "limit": 20})
        page = await every_result(client, "fetch", {"id": "long"})

    assert [len(one["results"]) for one in few] == [2] * 4
    first, second = ([found["id"] for one in pages for found in one["results"]] for pages in (few, many))
    assert first == second
    assert len(set(first)) == 8
    assert len(page) > 2
    assert "".join(one["text"] for one in page).count("Line ") == 4000


async def test_a_cursor_of_something_else_is_refused_in_words() -> None:
    async with client_of(parts_with_long_passages()) as client:
        found = await client.call_tool("search", {"query": QUESTION})
        assert found.structured_content is not None
        cursor = found.structured_content["next_cursor"]
        wrong = ["", "1", "6", "-", cursor[:-1], "9" * 90, f"\u0663{cursor[1:]}", "7" + cursor[1:]]
        calls = [{"query": QUESTION, "cursor": one} for one in wrong] + [{"query": "other index", "cursor": cursor}]
        refused = [await client.call_tool("search", call) for call in calls]
        refused.append(await client.call_tool("fetch", {"id": "long", "cursor": cursor}))

    said = {text_of(one) for one in refused}
    assert said == {"cursor: must be the next_cursor of the result before; leave it out to start again."}
    assert all(one.is_error for one in refused)


@pytest.mark.parametrize("text", ["a line\n" * 20_000, "x" * 100_000, "\U0001f600" * 30_000, "\n" * 30_000, ""])
def test_the_parts_of_a_document_are_short_and_joined_are_the_document(text: str) -> None:
    parts = list(parts_of(text))

    assert "".join(parts) == text
    assert max(len(json.dumps(part, ensure_ascii=False).encode()) for part in parts) <= PART_BYTES


@pytest.mark.parametrize("text", ["a" * 9000, "\u6f22" * 9000, "\U0001f600" * 9000, "short"])
@pytest.mark.parametrize("most", [1, 1200, PART_BYTES])
def test_a_found_text_is_cut_by_its_bytes_in_whole_characters(text: str, most: int) -> None:
    cut = beginning(text, most)

    assert text.startswith(cut)
    assert most - 4 < len(cut.encode()) <= most or cut == text


@dataclass
class Peer:
    """Sends single messages to an app. Without `version` it speaks as a client of the session generation."""

    app: Quart
    version: str | None = STATELESS

    async def send(self, method: str, params: dict[str, Any] | None = None, **headers: str) -> Reply:
        body: dict[str, Any] = {"jsonrpc": "2.0", "id": 7, "method": method, "params": params or {}}
        sent: dict[str, str] = {}
        if self.version is not None:
            body["params"] = {"_meta": META, **body["params"]}
            sent = {"MCP-Protocol-Version": self.version, "Mcp-Method": method}
            if "name" in body["params"]:
                sent["Mcp-Name"] = body["params"]["name"]
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.post(body, {**sent, **named})

    async def post(self, body: object, headers: dict[str, str]) -> Reply:
        return await send_request(self.app, json_request("POST", "/mcp", body).with_headers(headers))


async def test_discovery_says_what_is_supported_and_for_how_long() -> None:
    reply = await Peer(Parts().app()).send("server/discover")

    result = reply.body["result"]
    assert result["resultType"] == "complete"
    assert result["supportedVersions"] == list(VERSIONS)
    assert (result["cacheScope"], result["ttlMs"] > 0) == ("public", True)
    assert reply.body["id"] == 7


@pytest.mark.parametrize(
    ("asked", "agreed"),
    [("2025-06-18", "2025-06-18"), ("2025-11-25", "2025-11-25"), ("2024-11-05", "2025-11-25"), (None, "2025-11-25")],
)
async def test_an_older_client_agrees_on_a_version_without_a_session(asked: str | None, agreed: str) -> None:
    peer = Peer(Parts().app(), version=None)
    reply = await peer.send("initialize", {"protocolVersion": asked, "capabilities": {}, "clientInfo": {"name": "a"}})
    listed = await peer.send("tools/list", MCP_Protocol_Version=agreed)
    initialized = await peer.post({"jsonrpc": "2.0", "method": "notifications/initialized"}, {})

    assert reply.body["result"]["protocolVersion"] == agreed
    assert "Mcp-Session-Id" not in reply.headers
    assert "resultType" not in listed.body["result"]
    assert (initialized.status, initialized.text) == (202, "")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"MCP_Protocol_Version": "2025-11-25"}, -32020),
        ({"Mcp_Method": "tools/list"}, -32020),
        ({"Mcp_Name": "ask"}, -32020),
        ({"Mcp_Name": "=?base64?c2VhcmNo?="}, None),
        ({"Mcp_Name": "=?base64?c2VhcmNoISE?="}, -32020),
        ({"Mcp_Name": "=?base64?/w==?="}, -32020),
    ],
)
async def test_headers_must_repeat_the_message(headers: dict[str, str], code: int | None) -> None:
    call = {"name": "search", "arguments": {"query": QUESTION}}

    reply = await Peer(Parts().app()).send("tools/call", call, **headers)

    assert reply.body.get("error", {}).get("code") == code
    assert reply.status == (200 if code is None else 400)


async def test_an_unknown_version_is_told_the_supported_ones() -> None:
    app = Parts().app()
    meta = {VERSION_KEY: "2099-01-01", CAPABILITIES_KEY: {}}
    stateless = await Peer(app, "2099-01-01").send("tools/list", {"_meta": meta})
    older = await Peer(app, version=None).send("tools/list", MCP_Protocol_Version="1999-01-01")

    for reply in (stateless, older):
        assert (reply.status, reply.body["error"]["code"]) == (400, -32022)
        assert reply.body["error"]["data"]["supported"] == list(VERSIONS)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ([], 400, -32600),
        ([{"jsonrpc": "2.0", "id": 1, "method": "ping"}], 400, -32600),
        ({"jsonrpc": "1.0", "id": 1, "method": "ping"}, 400, -32600),
        ({"jsonrpc": "2.0", "id": 1.5, "method": "ping"}, 400, -32600),
        ({"jsonrpc": "2.0", "id": None, "method": "ping"}, 400, -32600),
        ({"jsonrpc": "2.0", "id": True, "method": "ping"}, 400, -32600),
        ({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}, 400, -32600),
        ({"jsonrpc": "2.0", "id": 1}, 400, -32600),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "delete"}}, 200, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "resources/list"}, 200, -32601),
    ],
)
async def test_a_message_that_cannot_be_served_is_an_error_of_the_protocol(body: Any, status: int, code: int) -> None:
    reply = await Peer(Parts().app()).post(body, {})

    assert (reply.status, reply.body["error"]["code"]) == (status, code)
    assert reply.body["jsonrpc"] == "2.0"


async def test_text_that_is_no_json_is_a_parse_error() -> None:
    sent = WireRequest("POST", "/mcp", (("Content-Type", "application/json"),), b"{")

    assert (await send_request(Parts().app(), sent)).body["error"]["code"] == -32700


async def test_a_refused_argument_and_a_reached_limit_are_results_that_a_model_reads() -> None:
    peer = Peer(Parts(limits=RequestLimits({"search_per_network": 1})).app())

    wrong = await peer.send("tools/call", {"name": "search", "arguments": {"query": ""}})
    first = await peer.send("tools/call", {"name": "search", "arguments": {"query": QUESTION}})
    second = await peer.send("tools/call", {"name": "search", "arguments": {"query": QUESTION}})

    assert "must not be empty" in wrong.body["result"]["content"][0]["text"]
    assert [one.body["result"]["isError"] for one in (wrong, first, second)] == [True, False, True]
    assert "Try again in" in second.body["result"]["content"][0]["text"]


@dataclass
class Named(Parts):
    def web_options(self) -> WebOptions:
        return replace(super().web_options(), hosts=("localhost",))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": ORIGIN}, 200),
        ({"Origin": "http://localhost:6274"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Host": "localhost:9000"}, 200),
    ],
)
async def test_pages_of_other_sites_are_kept_out(headers: dict[str, str], status: int) -> None:
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    request = json_request("POST", "/mcp", ping).with_headers(headers)

    assert (await send_request(Named().app(), request)).status == status


async def test_a_wrong_key_and_a_missing_one_where_accounts_are_required_are_refused() -> None:
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    wrong = await Peer(Parts().app()).post(ping, {"Authorization": "Bearer sk-wrong"})
    anonymous = await Peer(Parts().app()).post(ping, {"Authorization": "Bearer anonymous"})

    assert (wrong.status, wrong.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert wrong.body["error"]["data"]["code"] == "invalid_token"
    assert "Use the key anonymous" in wrong.body["error"]["message"]
    assert anonymous.status == 200


async def test_a_preflight_comes_before_the_key_and_allows_the_headers_of_the_protocol() -> None:
    wanted = "authorization,content-type,mcp-protocol-version,mcp-method,mcp-name"
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": wanted, "Origin": ORIGIN}
    sent = WireRequest("OPTIONS", "/mcp").with_headers(asked)

    reply = await send_request(Parts().app(), sent)

    assert reply.status == 200
    allowed = {name.strip() for name in reply.headers["Access-Control-Allow-Headers"].lower().split(",")}
    assert allowed >= set(wanted.split(","))


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_there_is_no_stream_and_no_session_to_end(method: str) -> None:
    reply = await send_request(Parts().app(), WireRequest(method, "/mcp"))

    assert (reply.status, set(reply.headers["Allow"].split(", "))) == (405, {"OPTIONS", "POST"})
