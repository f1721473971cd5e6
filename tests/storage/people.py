"""Accounts, login sessions and exchanges as values, and a sealer, for the tests of storage."""

import base64
import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final
from uuid import uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from glossator.domain.accounts.account import Account, LoginSession
from glossator.domain.conversations.conversation import Exchange, Message
from glossator.storage.sealed import looks_sealed

NOW: Final = datetime.now(UTC).replace(microsecond=0)
NUMBERS: Final = count()


@dataclass(frozen=True)
class OneKey:
    """Seals with a key made of one word; without a word it leaves everything as it is."""

    word: str = ""

    @property
    def key_id(self) -> str | None:
        return hashlib.sha256(self._key).hexdigest()[:8] if self.word else None

    @property
    def _key(self) -> bytes:
        return hashlib.sha256(self.word.encode()).digest()

    def seal(self, text: str) -> str:
        if not self.word or not text:
            return text
        nonce = os.urandom(12)
        return "ENC:" + base64.b64encode(nonce + AESGCM(self._key).encrypt(nonce, text.encode(), None)).decode()

    def open(self, field: str) -> str | None:
        if not looks_sealed(field):
            return field
        content = base64.b64decode(field.removeprefix("ENC:"))
        try:
            return AESGCM(self._key).decrypt(content[:12], content[12:], None).decode() if self.word else None
        except InvalidTag:
            return None


def an_account(email: str = "") -> Account:
    return Account(
        id=str(uuid4()),
        email=email or f"reader{next(NUMBERS)}@example.com",
        name="Ada",
        password_hash="$argon2id$hash",
        proficiency="pro",
        created_at=NOW,
        updated_at=NOW,
    )


def a_login(account: Account, age: timedelta = timedelta(), lasts: timedelta = timedelta(days=7)) -> LoginSession:
    began = NOW - age
    return LoginSession(
        str(uuid4()), account.id, began, began, began + lasts, ip_address="192.0.2.7", user_agent="curl"
    )


def an_exchange(conversation_id: str, question: str = "What is a node?", answer: str = "A process [1].") -> Exchange:
    said = datetime.now(UTC)
    return Exchange(
        Message(str(uuid4()), conversation_id, "user", question, said, selected_text="Nodes talk."),
        Message(
            str(uuid4()),
            conversation_id,
            "assistant",
            answer,
            said + timedelta(milliseconds=1),
            sources=("Week 3 › Nodes",),
            citations=({"n": 1, "quote": "A node is a process.", "score": 0.75},),
            mode="generated",
            request_id="request-1",
        ),
    )
