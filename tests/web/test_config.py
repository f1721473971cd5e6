"""Tests of `/config`."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from werkzeug.datastructures import Headers

from glossator.domain.book.index import Build
from glossator.domain.errors import Unavailable
from glossator.web.http.context import WebOptions
from tests.domain.answering.models import ScriptedModel
from tests.indexes import MemoryIndex
from tests.web.apps import ADMIN_KEY, ORIGIN, Parts
from tests.web.auth.apps import AuthParts

STRANGER = "https://elsewhere.example"
WHOLE = {
    "service": "glossator",
    "version": "1.2.3",
    "origin_allowed": True,
    "book": {"title": "Book", "url": "/read/", "loaded": True},
    "answers": "generated",
    "question_hosts": [],
    "support_url": None,
    "auth": {"mode": "optional", "sign_up": "open", "forgotten_password": "Write to the library."},
    "feedback": {"kept": True},
    "rewriting": {
        "possible": True,
        "code": None,
        "detail": None,
        "languages": "any",
        "default_language": "ur",
        "levels": ["beginner", "intermediate", "advanced", "pro"],
        "levels_as_written": ["advanced", "pro"],
    },
    "limits": {
        "body_bytes": 262144,
        "query": 4000,
        "selected_text": 8000,
        "feedback_comment": 1000,
        "history_entries": 20,
        "history_entry": 4000,
        "rewriting_batch_bytes": 2621440,
        "rewriting_texts": 50,
        "rewriting_text": 8000,
        "rewriting_new_texts_a_day": 500,
        "rewriting_day_ends": "2026-02-01T00:00:00.000Z",
        "rates": [],
    },
    "budget": {"spent": []},
}
ACCOUNTLESS = ["questions_without_account", "rewritten_texts", "daily_shares", "spending"]


@dataclass(frozen=True)
class ConfigReply:
    document: dict[str, Any]
    headers: Headers


async def fetch_config(parts: Parts, origin: str | None = ORIGIN) -> ConfigReply:
    headers = {} if origin is None else {"Origin": origin}
    reply = await parts.app().test_client().get("/config", headers=headers)
    assert reply.status_code == 200
    return ConfigReply(await reply.get_json(), reply.headers)


class UnavailableIndex(MemoryIndex):
    async def live(self) -> Build | None:
        raise Unavailable("index", "unavailable on purpose")


async def test_config_has_every_field() -> None:
    document = (await fetch_config(AuthParts())).document
    kept = document.pop("kept")
    assert document == WHOLE
    assert [each["what"] for each in kept] == [
        "questions_without_account",
        "feedback_without_account",
        "account",
        "conversations",
        "feedback",
        "login_sessions",
        "failed_sign_ins",
        "known_networks",
        "rewritten_texts",
        "daily_shares",
        "spending",
    ]
    assert all(set(each) == {"what", "days", "detail"} for each in kept)


@pytest.mark.parametrize(("lang", "script"), [("ur-PK", "محفوظ"), ("xx", "stored"), ("", "stored")])
async def test_what_is_kept_is_said_in_the_language_of_the_page(lang: str, script: str) -> None:
    reply = await Parts().app().test_client().get(f"/config?lang={lang}")

    assert script in (await reply.get_json())["kept"][0]["detail"]


async def test_without_accounts_no_reader_data_is_listed() -> None:
    document = (await fetch_config(Parts())).document
    assert document["auth"] == {"mode": "off", "sign_up": "closed", "forgotten_password": None}
    assert [each["what"] for each in document["kept"]] == ACCOUNTLESS


@pytest.mark.parametrize(
    ("parts", "mode", "sign_up"),
    [
        (AuthParts(anonymous_chat=False), "required", "open"),
        (AuthParts(sign_up_open=False), "optional", "closed"),
    ],
    ids=["asking needs an account", "no new accounts"],
)
async def test_config_shows_who_may_ask_and_sign_up(parts: AuthParts, mode: str, sign_up: str) -> None:
    auth = (await fetch_config(parts)).document["auth"]
    assert (auth["mode"], auth["sign_up"]) == (mode, sign_up)


async def test_config_says_when_rewriting_is_unavailable() -> None:
    document = (await fetch_config(Parts(model=ScriptedModel(generates=False)))).document
    assert document["answers"] == "extractive"
    assert (document["rewriting"]["possible"], document["rewriting"]["code"]) == (False, "needs_model")
    assert document["rewriting"]["detail"].startswith("Pages cannot be translated")
    assert "rewritten_texts" not in [each["what"] for each in document["kept"]]


@pytest.mark.parametrize(
    ("index", "loaded"), [(MemoryIndex(), False), (UnavailableIndex(), None)], ids=["no book", "no index"]
)
async def test_an_unavailable_index_is_not_an_error(index: MemoryIndex, loaded: bool | None) -> None:
    document = (await fetch_config(Parts(index=index))).document
    assert document["book"] == {"title": None, "url": "/read/", "loaded": loaded}


@pytest.mark.parametrize(("origin", "allowed"), [(ORIGIN, True), (STRANGER, False), ("null", False), (None, None)])
async def test_config_says_whether_the_origin_is_allowed(origin: str | None, allowed: bool | None) -> None:
    assert (await fetch_config(Parts(), origin)).document["origin_allowed"] is allowed


@pytest.mark.parametrize("origin", [ORIGIN, STRANGER])
async def test_any_origin_may_read_it_without_credentials(origin: str) -> None:
    headers = (await fetch_config(Parts(), origin)).headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in headers
    assert "Origin" in headers["Vary"]


async def test_preflights_from_any_origin_are_answered() -> None:
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "x-request-id"}
    reply = await Parts().app().test_client().options("/config", headers={"Origin": STRANGER, **asked})
    assert reply.status_code == 200
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert "x-request-id" in reply.headers["Access-Control-Allow-Headers"]
    assert "GET" in reply.headers["Access-Control-Allow-Methods"]


async def test_other_routes_stay_closed_to_other_origins() -> None:
    reply = await Parts().app().test_client().get("/health", headers={"Origin": STRANGER})
    assert "Access-Control-Allow-Origin" not in reply.headers


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nothing"}, {"Cookie": "a=b"}], ids=str)
async def test_it_may_be_cached_for_a_minute(headers: dict[str, str]) -> None:
    reply = await Parts().app().test_client().get("/config", headers=headers)
    assert (reply.status_code, reply.headers["Cache-Control"]) == (200, "public, max-age=60")


async def test_it_contains_no_secret() -> None:
    text = str((await fetch_config(AuthParts())).document)
    assert ADMIN_KEY not in text
    assert ORIGIN not in text


async def test_url_has_the_base_of_the_site() -> None:
    parts = Parts(site_url="https://book.example", base_url="https://book.example/")
    parts.index.stored[1].build = replace(parts.index.stored[1].build, base="docs")

    document = await (await parts.app().test_client().get("/config")).get_json()

    assert document["book"]["url"] == "https://book.example/docs/"


async def test_config_names_who_receives_a_question_and_where_readers_find_help() -> None:
    class Operated(Parts):
        def web_options(self) -> WebOptions:
            told = replace(super().web_options(), support_url="https://help.example/?q={question}")
            return replace(told, question_hosts=("api.openai.com",))

    document = (await fetch_config(Operated())).document

    assert document["support_url"] == "https://help.example/?q={question}"
    assert document["question_hosts"] == ["api.openai.com"]
