"""Text in any script is stored and returned unchanged."""

import pytest

from tests.web.all_routes.checked_client import CheckedClient
from tests.web.apps import ORIGIN
from tests.web.wire import json_request

SIGNED_IN = {"Authorization": "Bearer @jwt", "Origin": ORIGIN}
TEXTS = [
    "\u202eabc",
    "\u0627\u0644\u0633\u0644\u0627\u0645",
    "\U0001f469\u200d\U0001f680",
    "e\u0301 and \u00e9",
    "'; DROP TABLE users; --",
    "$1 %s {} {0} \\ \\0 \\u0000 :name",
    "<script>alert(1)</script>",
    "@everyone ../../etc/passwd",
    "a\u2028b",
]


@pytest.mark.parametrize("text", TEXTS)
def test_text_is_returned_unchanged(app_client: CheckedClient, text: str) -> None:
    reader = app_client.reader()
    written = {
        ("POST", "/api/auth/update-user"): {"name": text},
        ("POST", "/api/auth/profile/update"): {"hardware_access": text},
        ("PATCH", "/api/chat/sessions/@conversation/title"): {"title": text},
        ("POST", "/chat"): {"query": text, "selected_text": text, "session_id": "@conversation"},
    }

    statuses = [
        app_client.send(json_request(*at, body).with_headers(SIGNED_IN), reader).status for at, body in written.items()
    ]

    user = app_client.send(json_request("GET", "/api/auth/get-session").with_headers(SIGNED_IN), reader).body["user"]
    shown = app_client.send(
        json_request("GET", "/api/chat/sessions/@conversation").with_headers(SIGNED_IN), reader
    ).body
    question = shown["messages"][-2]
    assert statuses == [200] * 4
    assert (user["name"], user["hardware_access"], shown["session"]["title"]) == (text, text, text)
    assert (question["content"], question["selected_text"]) == (text, text)
