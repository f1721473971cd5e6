"""Accounts of every kind in the database of a running server, and one with very many conversations."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
import bcrypt

from glossator.domain.accounts.emails import email_hash
from glossator.domain.accounts.passwords.hashing import Argon2Cost, PasswordHasher

READERS: Final = 100
CONVERSATIONS: Final = 2000
MESSAGES: Final = 100_000
PASSWORD: Final = "correct horse battery staple"
KINDS: Final = ("unknown", "argon2", "bcrypt", "scrypt")
BCRYPT_ROUNDS: Final = 12

ACCOUNT: Final = """
INSERT INTO users (id, email, email_hash, name, password_hash, created_at) VALUES ($1, $1, $2, 'Reader', $3, now())
"""
CROWD: Final = f"""
INSERT INTO chat_sessions (id, user_id, title, is_active, created_at, updated_at)
    SELECT 'c' || n, $1, 'A conversation', false, now(), now() - n * interval '1 minute'
    FROM generate_series(1, {CONVERSATIONS}) AS n
"""
MESSAGES_OF_CROWD: Final = f"""
INSERT INTO chat_messages (id, session_id, role, content, created_at)
    SELECT 'm' || n, 'c' || n % {CONVERSATIONS} + 1, 'user', repeat('What is a node? ', 20),
        now() - n * interval '1 second'
    FROM generate_series(1, {MESSAGES}) AS n
"""


def email_of(number: int) -> str:
    """Of a reader, and the id of the account too."""
    return f"reader{number}@example.com"


def hashes(kind: str) -> str:
    password = PASSWORD.encode()
    if kind == "bcrypt":
        return bcrypt.hashpw(password, bcrypt.gensalt(BCRYPT_ROUNDS)).decode()
    if kind == "scrypt":
        salt = "ab" * 16
        key = hashlib.scrypt(password, salt=salt.encode(), n=16384, r=16, p=1, dklen=64, maxmem=64 * 2**20)
        return f"{salt}:{key.hex()}"
    return PasswordHasher(Argon2Cost()).hash(PASSWORD)


@asynccontextmanager
async def planted(dsn: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection to the database with all of them; the first reader has the conversations."""
    connection = await asyncpg.connect(dsn)
    try:
        readers = hashes("argon2")
        rows = [(email_of(number), email_hash(email_of(number)), readers) for number in range(READERS)]
        kinds = [(f"{kind}@example.com", email_hash(f"{kind}@example.com"), hashes(kind)) for kind in KINDS[1:]]
        await connection.executemany(ACCOUNT, [*rows, *kinds])
        await connection.execute(CROWD, email_of(0))
        await connection.execute(MESSAGES_OF_CROWD)
        await connection.execute("VACUUM ANALYZE")
        yield connection
    finally:
        await connection.close()
