"""Inserts accounts with every kind of password hash, and one account with very many conversations."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
import bcrypt

from glossator.domain.accounts.account import email_hash
from glossator.domain.accounts.passwords.hashing import Argon2Cost, PasswordHasher

READERS: Final = 100
CONVERSATIONS: Final = 2000
MESSAGES: Final = 100_000
PASSWORD: Final = "correct horse battery staple"
HASH_KINDS: Final = ("unknown", "argon2", "bcrypt", "scrypt")
"""`unknown` has no account."""
BCRYPT_ROUNDS: Final = 12

INSERT_ACCOUNT: Final = """
INSERT INTO users (id, email, email_hash, name, password_hash, created_at) VALUES ($1, $1, $2, 'Reader', $3, now())
"""
INSERT_CONVERSATIONS: Final = f"""
INSERT INTO chat_sessions (id, user_id, title, is_active, created_at, updated_at)
    SELECT 'c' || n, $1, 'A conversation', false, now(), now() - n * interval '1 minute'
    FROM generate_series(1, {CONVERSATIONS}) AS n
"""
INSERT_MESSAGES: Final = f"""
INSERT INTO chat_messages (id, session_id, role, content, created_at)
    SELECT 'm' || n, 'c' || n % {CONVERSATIONS} + 1, 'user', repeat('What is a node? ', 20),
        now() - n * interval '1 second'
    FROM generate_series(1, {MESSAGES}) AS n
"""


def email_of(number: int) -> str:
    """The e-mail address of a reader; also the account's id."""
    return f"reader{number}@example.com"


def hash_password(kind: str) -> str:
    password = PASSWORD.encode()
    if kind == "bcrypt":
        return bcrypt.hashpw(password, bcrypt.gensalt(BCRYPT_ROUNDS)).decode()
    if kind == "scrypt":
        salt = "ab" * 16
        key = hashlib.scrypt(password, salt=salt.encode(), n=16384, r=16, p=1, dklen=64, maxmem=64 * 2**20)
        return f"{salt}:{key.hex()}"
    return PasswordHasher(Argon2Cost(19456, 2, 1)).hash(PASSWORD)


@asynccontextmanager
async def inserted_accounts(dsn: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Yields a connection to the database; the first reader has all conversations."""
    connection = await asyncpg.connect(dsn)
    try:
        reader_hash = hash_password("argon2")
        readers = [(email_of(number), email_hash(email_of(number)), reader_hash) for number in range(READERS)]
        kinds = [
            (f"{kind}@example.com", email_hash(f"{kind}@example.com"), hash_password(kind)) for kind in HASH_KINDS[1:]
        ]
        await connection.executemany(INSERT_ACCOUNT, [*readers, *kinds])
        await connection.execute(INSERT_CONVERSATIONS, email_of(0))
        await connection.execute(INSERT_MESSAGES)
        await connection.execute("VACUUM ANALYZE")
        yield connection
    finally:
        await connection.close()
