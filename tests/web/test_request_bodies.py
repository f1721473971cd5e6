"""The largest honest body of each model passes the count of values with room to spare."""

import json
from typing import Any, Final

import pytest

from glossator.web.auth.bodies import SignUpBody
from glossator.web.http.bodies import JSON_BYTES, Body, parse, validate
from glossator.web.request_bodies import (
    BATCH_BYTES,
    MAX_HISTORY_ENTRIES,
    MAX_TEXT_LENGTH,
    MAX_TEXTS,
    AdjustBatchBody,
    ChatBody,
    SearchBody,
    TranslateBatchBody,
    TranslateBody,
)

TURN: Final = {"role": "user", "content": "a" * 1000, "id": "m1", "at": 1767225600000, "sources": ["a", "b"]}
TEXTS: Final = ["\u06a9" * MAX_TEXT_LENGTH] * MAX_TEXTS
QUOTES: Final = ['"\\' * (MAX_TEXT_LENGTH // 2)] * MAX_TEXTS
PERSON: Final = {"email": "a@example.com", "name": "Ada", "password": "x" * 128, "callbackURL": "/", "rememberMe": True}
LARGEST: Final[list[tuple[type[Body], Any, int]]] = [
    (TranslateBatchBody, {"texts": TEXTS, "target_language": "ur"}, BATCH_BYTES),
    (AdjustBatchBody, {"texts": QUOTES, "target_level": "beginner"}, BATCH_BYTES),
    (TranslateBody, {"text": TEXTS[0], "target_language": "ur"}, JSON_BYTES),
    (ChatBody, {"query": "a", "history": [TURN] * MAX_HISTORY_ENTRIES, "session_id": None}, JSON_BYTES),
    (SearchBody, {"query": "a" * 4000, "limit": 20}, JSON_BYTES),
    (SignUpBody, {**PERSON, "image": "/a.png", "proficiency": "beginner"}, JSON_BYTES),
]


@pytest.mark.parametrize(("model", "body", "max_bytes"), LARGEST, ids=lambda value: getattr(value, "__name__", ""))
def test_the_largest_honest_body_is_accepted(model: type[Body], body: Any, max_bytes: int) -> None:
    data = json.dumps(body, indent=2).encode()

    assert len(data) <= max_bytes
    assert validate(model, parse(data, model.counts))
