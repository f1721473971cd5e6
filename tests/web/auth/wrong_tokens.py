"""Invalid bearers, each wrong in one way; all but the malformed ones have a valid signature."""

import base64
import hmac
import json
from typing import Any, Final

from glossator.domain.accounts.sessions.credentials import IssuedSession
from tests.accounts_in_memory import SECRET

MALFORMED: Final = {
    "one dot": ".",
    "a trailing dot": "x.",
    "a leading dot": ".x",
    "two dots": "..",
    "three dots": "...",
    "no claims": "a.b.c",
    "no header": ".b.c",
    "no payload": "eyJhbGciOiJIUzI1NiJ9..c",
    "no signature": "eyJhbGciOiJIUzI1NiJ9.e30.",
    "four parts": "a.b.c.d",
    "other base64": "eyJhbGciOiJIUzI1NiJ9.e3+/.c=",
    "not ASCII": "eyJhbGciOiJIUzI1NiJ9.e30.\u00e9\u00ff",
    "percent": "%00.%ff",
    "null": "null",
    "undefined": "undefined",
    "SQL": "'; DROP TABLE users; --",
    "words": "a b c",
    "unknown": "B8dE3xKJm8GAF0wAwaIINYNvDMbZoOlJ",
    "signed with another": "B8dE3xKJm8GAF0wAwaIINYNvDMbZoOlJ.BRdaDVGRQP+F9+6Ve0k3NTldjurPuAowh9/gKWYqBY8=",
    "15 KB": "x" * 15_000,
    "15 KB with a dot": "x" * 7_500 + "." + "x" * 7_500,
    "15 KB with two": "x" * 7_500 + ".e30." + "x" * 7_500,
}
EXPIRED: Final = {"expired", "expired long ago", "legacy expired"}
DIGESTS: Final = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512", "hs256": "sha256"}
UNKNOWN: Final = "11111111-2222-3333-4444-555555555555"
MONTH: Final = 30 * 24 * 3600


def token_of(claims: Any, key: str = SECRET, algorithm: str = "HS256", **header: Any) -> str:
    """Signs any claims."""
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    signed = b".".join(_base64(part) for part in (json.dumps({"alg": algorithm, **header}).encode(), payload))
    hashed = hmac.digest(key.encode(), signed, DIGESTS[algorithm]) if algorithm in DIGESTS else b""
    return b".".join([signed, _base64(hashed)]).decode()


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def wrong_tokens(issued: IssuedSession, other: IssuedSession, now: int) -> dict[str, str]:
    """`now` is in seconds. Those in EXPIRED were valid once."""
    ours = {"sub": "x", "user_id": issued.account.id, "sid": issued.session.id, "iat": now, "exp": now + 600}
    legacy = {name: ours[name] for name in ("sub", "user_id", "exp")}
    signature = issued.signed_token.partition(".")[2]
    return {
        **MALFORMED,
        **{
            f"no {name}": token_of({each: ours[each] for each in ours if each != name})
            for name in ("user_id", "iat", "exp")
        },
        **{f"{name} is {what}": token_of({**ours, name: value}) for name, what, value in _wrong_types(now)},
        "sid alone": issued.session.id,
        "account alone": issued.account.id,
        "token in another case": issued.token.swapcase(),
        "signature of another token": f"{other.token}.{signature}",
        "signature encoded twice": f"{issued.signed_token}%253D",
        "expired": token_of({**ours, "exp": now - 1}),
        "expired long ago": token_of({**ours, "exp": 0}),
        "legacy expired": token_of({**legacy, "exp": now - 1}),
        "of the future": token_of({**ours, "exp": now + MONTH + 120}),
        "legacy of the future": token_of({**legacy, "exp": now + 31 * 60 + 30}),
        "issued in the future": token_of({**ours, "iat": now + 120}),
        "not yet": token_of({**ours, "nbf": now + 300}),
        "legacy not yet": token_of({**legacy, "nbf": now + 300}),
        "another account": token_of({**ours, "user_id": other.account.id}),
        "session of another": token_of({**ours, "sid": other.session.id}),
        "unknown session": token_of({**ours, "sid": UNKNOWN}),
        "legacy of NUL": token_of({**legacy, "user_id": "a\0b"}),
        "legacy of half a character": token_of({**legacy, "user_id": "\ud800"}),
        "unknown account": token_of({**legacy, "user_id": UNKNOWN}),
        "a token as sid": token_of({**ours, "sid": issued.token}),
        "another key": token_of(ours, key="another-secret-of-thirty-two-chars"),
        "no key": token_of(ours, key=""),
        "HS384": token_of(ours, algorithm="HS384"),
        "HS512": token_of(ours, algorithm="HS512"),
        **{alg: token_of(ours, algorithm=alg) for alg in ("none", "None", "nOnE", "", "hs256", "RS256", "EdDSA")},
        "detached": token_of(ours, b64=False),
        "critical": token_of(ours, crit=["exp"]),
        "a list of claims": token_of([ours]),
        "a text of claims": token_of("ours"),
        "claims twice": token_of(json.dumps(ours).encode() * 2),
        "claims in no UTF-8": token_of(b'{"sub": "\xff"}'),
        "nested claims": token_of(b"[" * 1000 + b"]" * 1000),
        "endless exp": token_of(json.dumps({**ours, "exp": 0}).encode().replace(b"0}", b"1" * 400 + b"}")),
        "exp in a far year": token_of({**ours, "exp": 10**14}),
        "iat in a far year": token_of({**ours, "iat": 10**14}),
        "iat before all": token_of({**ours, "iat": -(10**14)}),
        "changed": issued.access_token[:-4] + "AAAA",
    }


def _wrong_types(now: int) -> list[tuple[str, str, Any]]:
    """Claim, kind of value, value."""
    none: dict[str, Any] = {"true": True, "null": None, "a list": [], "an object": {}}
    times = {**none, "text": str(now + 600), "a fraction": now + 0.5, "a list of it": [now + 600]}
    texts = {**none, "a number": 1, "empty": "", "NUL": "a\0b", "half a character": "\ud800"}
    return [
        *((name, what, value) for name in ("exp", "iat") for what, value in times.items()),
        *((name, what, value) for name in ("user_id", "sid") for what, value in texts.items()),
        *(("sub", what, value) for what, value in none.items()),
    ]
