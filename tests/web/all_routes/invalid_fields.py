"""Invalid values for every field of every route, and invalid JSON, with the expected problem codes."""

from typing import Any, Final

import pytest

from tests.web.all_routes.route_table import TABLE

InvalidValues = list[tuple[str, list[Any], str]]
"""A field, invalid values for it, and the problem code of each reply."""
WITH_BODY: Final = [route for route in TABLE if route.body is not None]
ABSENT: Final = "@absent"
NOT_TEXT: Final = [1, 1.5, True, [], {}, ["a"]]
NOT_BOOLEAN: Final = [1, 0, "true", "", [], {}]
UNPRINTABLE: Final = ["a\0b", "a\x1bb", "a\x7fb", "a\x85b"]
LONG: Final = ["x" * 9000, "\U0001f600" * 9000]
INVALID_JSON: Final = [
    (b"{", "application/json", 400, "invalid_json"),
    (b'{"a": "\xff"}', "application/json", 400, "invalid_json"),
    (b"\xff\xfe", "application/json", 400, "invalid_json"),
    (b"\xef\xbb\xbf{}", "application/json", 400, "invalid_json"),
    (b'{"a": "\\ud800"}', "application/json", 400, "invalid_json"),
    (b'{"\\udfff": "a"}', "application/json", 400, "invalid_json"),
    (b'{"a": "\xed\xa0\x80"}', "application/json", 400, "invalid_json"),
    (b'{"a": "a\0b"}', "application/json", 400, "invalid_json"),
    (b'{"a": NaN}', "application/json", 400, "invalid_json"),
    (b'{"a": -Infinity}', "application/json", 400, "invalid_json"),
    (b'{"a": 1, "a": 2}', "application/json", 400, "invalid_json"),
    (b'{"a": 1111111111111111111111111111111}', "application/json", 400, "invalid_json"),
    (b'{"a": 1.5} {}', "application/json", 400, "invalid_json"),
    (b"[" * 100_000, "application/json", 400, "invalid_json"),
    (b'{"a": [' + b"[]," * 5000 + b"1]}", "application/json", 400, "invalid_json"),
    (b'{"a": [' + b"1," * 5000 + b"1]}", "application/json", 400, "invalid_json"),
    (b'{"a": [' + b'"",' * 5000 + b"1]}", "application/json", 400, "invalid_json"),
    (b'{"a":' * 33 + b"1" + b"}" * 33, "application/json", 400, "invalid_json"),
    (b"[]", "application/json", 422, "invalid_field"),
    (b"null", "application/json", 422, "invalid_field"),
    (b'"text"', "application/json", 422, "invalid_field"),
    (b"1", "application/json", 422, "invalid_field"),
    (b'{"a": "' + b"x" * 5 * 2**20 + b'"}', "application/json", 413, "body_too_large"),
    (b"{}", "text/plain", 415, "unsupported_media_type"),
    (b"{}", "", 415, "unsupported_media_type"),
    (b"<a/>", "application/xml", 415, "unsupported_media_type"),
    (b"--b--", "multipart/form-data; boundary=b", 415, "unsupported_media_type"),
]
TEXT: Final = [*NOT_TEXT, *UNPRINTABLE]
REQUIRED_TEXT: Final = [ABSENT, None, *TEXT]
INVALID_EMAILS: Final = [
    "", " ", "a", "a@b", "@example.com", "a b@example.com", "a@@example.com", " a@example.com", "\u202ea@example.com",
    "\u0627@example.com", "\U0001f600@example.com", "a@\u0627.com", "'; DROP TABLE users; --", "ENC:AAAA", *LONG,
    "a@example.com\nb@example.com",
]  # fmt: skip
SHORT: Final = ["", "x" * 7, "\U0001f600" * 3]
TOO_LONG: Final = ["x" * 129, "\U0001f600" * 65, "x" * 100_000]
ENCRYPTED: Final = ["ENC:", "ENC:x", "ENC:" + "A" * 40]
INVALID_NAMES: Final = [
    "1", "-1", "1 OR true", "' OR 1=1 --", "../../etc/passwd", "a/b", "a\0b", "a\nb", "\u202e", "\U0001f600", "%s",
    "x" * 7000, "{0b4e3c8e-5f0c-4a39-9d5a-3f1e7f1f0a11}", "0b4e3c8e5f0c4a399d5a3f1e7f1f0a11",
]  # fmt: skip
HISTORY: Final = {"role": "user", "content": "x"}
ASKED: Final[InvalidValues] = [
    ("query", [*REQUIRED_TEXT, "", " ", "\n\t", "x" * 4001, "\U0001f600" * 4001], "invalid_field"),
    ("selected_text", [*TEXT, *LONG], "invalid_field"),
    ("page", [*NOT_TEXT, "a\0b", "x" * 2001], "invalid_field"),
    ("session_id", NOT_TEXT, "invalid_field"),
    (
        "session_id",
        ["", "1", "1 OR true", "' OR 1=1 --", "../x", "\U0001f600", "a\0b", *LONG, "@other"],
        "conversation_not_found",
    ),
    ("history", ["x", 1, {}, [1], [None], ["x"], [{}], [HISTORY] * 21, [[]]], "invalid_field"),
    ("history", [[{**HISTORY, "role": role}] for role in ("system", "USER", "", None, 1)], "invalid_field"),
    ("history", [[{**HISTORY, "content": text}] for text in (None, 1, "a\0b", "x" * 4001)], "invalid_field"),
    ("format", [1, True, [], "html", "", "TEXT"], "invalid_field"),
]
LANGUAGE: Final = [
    *NOT_TEXT,
    "",
    " ",
    "no language",
    "x" * 9000,
    "ur\n",
    "\u0627",
    "\U0001f600",
    "ur; DROP",
    "a\0b",
    "u",
]
LEVEL: Final = [ABSENT, None, *NOT_TEXT, "", "expert", "PRO", "pro "]
ONE_TEXT: Final = [*REQUIRED_TEXT, "x" * 8001, "\U0001f600" * 8001]
MANY_TEXTS: Final[list[Any]] = [
    ABSENT,
    None,
    "x",
    1,
    {},
    [1],
    [None],
    ["x", ["y"]],
    ["x"] * 51,
    ["x", "y" * 8001],
    ["a\0b"],
]
PASSPORT: Final[InvalidValues] = [
    ("email", REQUIRED_TEXT, "invalid_field"),
    ("email", INVALID_EMAILS, "invalid_email"),
    ("password", [ABSENT, None, *NOT_TEXT], "invalid_field"),
    ("password", SHORT, "password_too_short"),
    ("password", TOO_LONG, "password_too_long"),
    ("name", REQUIRED_TEXT, "invalid_field"),
    ("name", [*LONG, *ENCRYPTED], "field_refused"),
    ("image", TEXT, "invalid_field"),
    ("image", LONG, "field_refused"),
    ("proficiency", TEXT, "invalid_field"),
    ("proficiency", [*LONG, *ENCRYPTED], "field_refused"),
    ("rememberMe", NOT_BOOLEAN, "invalid_field"),
    ("callbackURL", TEXT, "invalid_field"),
    (
        "callbackURL",
        ["", "//evil.example", "https://evil.example/", "javascript:a", "/\\evil", "/%2fevil", "/\u202e"],
        "invalid_callback_url",
    ),
]
PROOF: Final[InvalidValues] = [
    ("password", NOT_TEXT, "invalid_field"),
    ("password", ["", "wrong-horse", "\0", "\u202e", "\U0001f600"], "invalid_password"),
    ("password", TOO_LONG, "password_too_long"),
]
CALLED: Final[InvalidValues] = [
    ("jsonrpc", [ABSENT, None, *NOT_TEXT, "", "1.0"], "invalid_field"),
    ("id", [1.5, True, [], {}, ["a"]], "invalid_field"),
    ("method", [ABSENT, None, *NOT_TEXT], "invalid_field"),
    ("params", [1, 1.5, True, "x", [], ["a"]], "invalid_field"),
]
NO_QUESTION: Final[list[Any]] = [None, "", 1, {}, [1], [{"type": "text"}], "a\0b", "x" * 4001]
MESSAGE: Final = {"role": "user", "content": "x"}
COMPLETED: Final[InvalidValues] = [
    ("model", [ABSENT, None, *NOT_TEXT], "invalid_field"),
    ("model", ["", "gpt-5", "book ", *LONG], "model_not_found"),
    ("messages", [ABSENT, None, "x", 1, {}, [], [1], [None], [[]], [{}], [MESSAGE] * 201], "invalid_field"),
    ("messages", [[{**MESSAGE, "role": role}] for role in ("tool", "USER", "", None, 1)], "invalid_field"),
    ("messages", [[{**MESSAGE, "content": text}] for text in NO_QUESTION], "invalid_field"),
    ("stream", NOT_BOOLEAN, "invalid_field"),
    ("stream_options", [1, "x", [], {"include_usage": 1}], "invalid_field"),
    ("n", [0, 2, -1, "1", 1.5, [], 10**29], "invalid_field"),
    ("tools", [1, "x", {}, [{}], [None]], "invalid_field"),
    ("functions", [[{}]], "invalid_field"),
]
FIELDS: Final[dict[str, InvalidValues]] = {
    "POST /v1/chat/completions": COMPLETED,
    "POST /mcp": CALLED,
    "POST /chat": ASKED,
    "POST /chat/stream": ASKED,
    "POST /search": [
        ASKED[0],
        ("limit", [0, -1, 21, 10**9, 10**29, "5", "", 1.5, True, [], {}], "invalid_field"),
        ("mode", [*NOT_TEXT, "", "meaning"], "invalid_field"),
    ],
    "POST /feedback": [
        ("request_id", [ABSENT, None, *NOT_TEXT], "invalid_field"),
        ("request_id", ["", "' OR 1=1 --", *LONG], "answer_not_found"),
        ("message_id", NOT_TEXT, "invalid_field"),
        ("rating", [ABSENT, *NOT_TEXT, "", "UP", "left"], "invalid_field"),
        ("reason", [*NOT_TEXT, "", "INCORRECT", "bad"], "invalid_field"),
        ("citation", [0, -1, 1001, 10**29, "1", "", 1.5, True, [], {}], "invalid_field"),
        ("comment", [*TEXT, "x" * 1001, *LONG], "invalid_field"),
    ],
    "POST /translate": [("text", ONE_TEXT, "invalid_field"), ("target_language", LANGUAGE, "invalid_field")],
    "POST /translate/batch": [("texts", MANY_TEXTS, "invalid_field"), ("target_language", LANGUAGE, "invalid_field")],
    "POST /adjust-content": [("text", ONE_TEXT, "invalid_field"), ("target_level", LEVEL, "invalid_field")],
    "POST /adjust-content/batch": [("texts", MANY_TEXTS, "invalid_field"), ("target_level", LEVEL, "invalid_field")],
    "POST /api/chat/sessions": [("title", [*TEXT, "", " \n", "x" * 256, *LONG], "invalid_field")],
    "PATCH /api/chat/sessions/<session_id>/title": [
        ("title", [*REQUIRED_TEXT, "", " \n", "x" * 256, *LONG], "invalid_field")
    ],
    "POST /api/auth/sign-up/email": PASSPORT,
    "POST /api/auth/sign-up": PASSPORT,
    "POST /api/auth/sign-in/email": [
        ("email", REQUIRED_TEXT, "invalid_field"),
        ("email", ["", " ", "a", "a b@example.com", "a@@b", *LONG], "invalid_email"),
        ("password", [ABSENT, None, *NOT_TEXT], "invalid_field"),
        ("password", TOO_LONG, "password_too_long"),
        ("rememberMe", NOT_BOOLEAN, "invalid_field"),
        PASSPORT[-1],
    ],
    "POST /api/auth/reset-password": [
        ("token", NOT_TEXT, "invalid_field"),
        (
            "token",
            [ABSENT, None, "", "a", "\0", "\u202e", "' OR 1=1 --", "@token", "@theirs", *LONG],
            "reset_token_refused",
        ),
        ("newPassword", [ABSENT, None, *NOT_TEXT], "invalid_field"),
        ("newPassword", SHORT, "password_too_short"),
        ("newPassword", TOO_LONG, "password_too_long"),
    ],
    "POST /api/auth/account/export": PROOF,
    "POST /api/auth/delete-user": PROOF,
    "POST /api/auth/verify-password": [*PROOF, ("password", [ABSENT, None], "invalid_field")],
    "POST /api/auth/update-user": [
        ("name", TEXT, "invalid_field"),
        ("name", [*LONG, *ENCRYPTED], "field_refused"),
        ("image", TEXT, "invalid_field"),
        ("image", LONG, "field_refused"),
        ("proficiency", TEXT, "invalid_field"),
        ("proficiency", [*LONG, *ENCRYPTED], "field_refused"),
        ("email", [None, "", 1, "new@example.com"], "email_can_not_be_updated"),
    ],
    "POST /api/auth/profile/update": [
        (name, values, code)
        for name in ("technical_background", "hardware_access", "learning_goals")
        for values, code in ((TEXT, "invalid_field"), ([*LONG, *ENCRYPTED], "field_refused"))
    ],
    "POST /api/auth/change-password": [
        ("currentPassword", [ABSENT, None, *NOT_TEXT], "invalid_field"),
        ("currentPassword", ["", "wrong-horse", "\U0001f600"], "invalid_password"),
        ("currentPassword", TOO_LONG, "password_too_long"),
        ("newPassword", [ABSENT, None, *NOT_TEXT], "invalid_field"),
        ("newPassword", SHORT, "password_too_short"),
        ("newPassword", TOO_LONG, "password_too_long"),
        ("revokeOtherSessions", NOT_BOOLEAN, "invalid_field"),
    ],
    "POST /api/auth/revoke-session": [("token", [ABSENT, None, *NOT_TEXT], "invalid_field")],
    "POST /api/auth/revoke-sessions": [],
    "POST /api/auth/revoke-other-sessions": [],
    "POST /api/auth/sign-out": [],
}
STATUSES: Final = {
    "field_refused": 422,
    "invalid_field": 422,
    "conversation_not_found": 404,
    "answer_not_found": 404,
    "model_not_found": 404,
    "invalid_callback_url": 403,
}
"""Statuses other than 400."""
CASES: Final = [
    pytest.param(route, field, values, code, id=f"{route} {field} {code}")
    for route in WITH_BODY
    for field, values, code in FIELDS[str(route)]
]
