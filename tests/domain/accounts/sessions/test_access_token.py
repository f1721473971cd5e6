import base64
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glossator.domain.accounts.account import Account, LoginSession
from glossator.domain.accounts.errors import InvalidToken, TokenExpired
from glossator.domain.accounts.sessions.access_token import AccessTokens, Claims
from tests.accounts_in_memory import SECRET, START, HandClock

VECTOR = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJiNWZjODVlNTU3NTVmOWUwZDAzMGExMGFiNDQyOWI2YjI5NDQ4NTVmOWEwZDYw"
    "MDc3ZmU4MzJiZWNiYzQxZDcyIiwidXNlcl9pZCI6IjExMTExMTExLTIyMjItMzMzMy00NDQ0LTU1NTU1NTU1NTU1NSIsImV4cCI6NDEwMjQ0NDgw"
    "MH0.F2K-84A3jwJ4qrfiVA9rgHSUmzdG3az6VcXiOjAUdz0"
)
VECTOR_EXPIRES = datetime.fromtimestamp(4102444800, UTC)
NOW = int(START.timestamp())
ACCOUNT = Account("11111111-2222-3333-4444-555555555555", "Ada@Example.com", "Ada", "", "pro", START, START)
SESSION = LoginSession("0b0e7a86", ACCOUNT.id, START, START, START + timedelta(days=7))
OURS: dict[str, Any] = {
    "sub": "b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72",
    "user_id": ACCOUNT.id,
    "sid": SESSION.id,
    "iat": NOW,
    "exp": NOW + 30 * 86400,
}
LEGACY: dict[str, Any] = {"sub": OURS["sub"], "user_id": ACCOUNT.id, "exp": NOW + 1800}


def tokens(*, at: datetime = START, legacy: bool = True) -> AccessTokens:
    return AccessTokens(SECRET, HandClock(at), legacy=legacy)


def encoded(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")


def signed(payload: bytes, header: bytes = b'{"alg":"HS256","typ":"JWT"}', secret: str = SECRET) -> str:
    """Signs by hand, since libraries refuse to create invalid tokens."""
    head = encoded(header) + b"." + encoded(payload)
    return (head + b"." + encoded(hmac.digest(secret.encode(), head, "sha256"))).decode()


def made(claims: object) -> str:
    return signed(json.dumps(claims).encode())


def test_an_issued_token_is_valid_for_the_existing_deployment() -> None:
    token = tokens().issue(ACCOUNT, SESSION)

    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
    assert jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False}) == OURS


@given(st.uuids(), st.uuids(), st.integers(0, 30 * 86400 - 1))
def test_an_issued_token_is_valid_for_30_days(account_id: object, session_id: object, age: int) -> None:
    session = replace(SESSION, id=str(session_id))
    token = tokens().issue(replace(ACCOUNT, id=str(account_id)), session)

    assert tokens(at=START + timedelta(seconds=age)).read(token) == Claims(
        str(account_id), session.id, START, START + timedelta(days=30)
    )


def test_after_30_days_it_has_expired() -> None:
    with pytest.raises(TokenExpired):
        tokens(at=START + timedelta(days=30)).read(tokens().issue(ACCOUNT, SESSION))


@pytest.mark.parametrize("secret", ["sixteen-letters.", SECRET])
def test_a_short_secret_makes_the_same_signature_as_any_library(secret: str) -> None:
    payload = json.dumps(OURS).encode()

    assert AccessTokens(secret, HandClock()).read(signed(payload, secret=secret)).session_id == SESSION.id


def test_the_vector_of_the_existing_deployment_is_read() -> None:
    claims = tokens(at=VECTOR_EXPIRES - timedelta(minutes=31)).read(VECTOR)

    assert claims == Claims(ACCOUNT.id, None, VECTOR_EXPIRES - timedelta(minutes=30), VECTOR_EXPIRES)


@pytest.mark.parametrize(
    ("ahead", "error"),
    [
        (timedelta(minutes=31, seconds=1), InvalidToken),
        (timedelta(days=365), InvalidToken),
        (timedelta(0), TokenExpired),
        (timedelta(days=-1), TokenExpired),
    ],
)
def test_a_token_without_a_session_expires_within_31_minutes(ahead: timedelta, error: type[Exception]) -> None:
    with pytest.raises(error):
        tokens(at=VECTOR_EXPIRES - ahead).read(VECTOR)


def test_the_operator_can_disable_tokens_without_a_session() -> None:
    with pytest.raises(InvalidToken):
        tokens(at=VECTOR_EXPIRES - timedelta(minutes=5), legacy=False).read(VECTOR)


@pytest.mark.parametrize("claims", [OURS, LEGACY])
@pytest.mark.parametrize("exp", ["1767268800", 1e9, 1.5, True, None, [], {}, 10**300, NOW + 10**8, float("inf")])
def test_exp_is_an_integer_that_is_not_far_ahead(claims: dict[str, Any], exp: object) -> None:
    with pytest.raises(InvalidToken):
        tokens().read(made(claims | {"exp": exp}))


@pytest.mark.parametrize("claims", [OURS, LEGACY])
@pytest.mark.parametrize("exp", [0, -1, -(10**300), NOW, NOW - 1])
def test_an_exp_in_the_past_is_expired(claims: dict[str, Any], exp: int) -> None:
    with pytest.raises(TokenExpired):
        tokens().read(made(claims | {"exp": exp}))


@pytest.mark.parametrize("claims", [OURS, LEGACY])
@pytest.mark.parametrize("name", ["sub", "user_id", "exp"])
def test_no_claim_may_be_missing(claims: dict[str, Any], name: str) -> None:
    with pytest.raises(InvalidToken):
        tokens().read(made({key: value for key, value in claims.items() if key != name}))


@pytest.mark.parametrize("name", ["sub", "user_id", "sid", "iat"])
@pytest.mark.parametrize("value", [None, True, 1.5, [], {}, ["x"]])
def test_every_claim_has_its_type(name: str, value: object) -> None:
    with pytest.raises(InvalidToken):
        tokens().read(made(OURS | {name: value}))


@pytest.mark.parametrize(
    "extra", [{"aud": "elsewhere"}, {"iss": "elsewhere"}, {"nbf": NOW + 60}, {"admin": True}, {"jti": "1"}]
)
def test_a_token_made_for_another_purpose_is_refused(extra: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        tokens().read(made(OURS | extra))


@pytest.mark.parametrize("iat", [-1, NOW + 10**8, 10**300])
def test_iat_is_a_moment(iat: int) -> None:
    with pytest.raises(InvalidToken):
        tokens().read(made(OURS | {"iat": iat}))


PAYLOAD = json.dumps(OURS).encode()
HEADS = [
    b'{"alg":"none"}',
    b'{"alg":"None"}',
    b'{"alg":""}',
    b'{"alg":null}',
    b'{"alg":["HS256"]}',
    b'{"alg":"HS512"}',
    b'{"alg":"RS256"}',
    b'{"alg":"hs256"}',
    b"{}",
    b"[]",
    b"HS256",
    b"",
    b"\xff\xfe",
    b'{"alg":"HS256","crit":["exp"]}',
    b'{"alg":"HS256","b64":false,"crit":["b64"]}',
    b'{"alg":"HS256","kid":1}',
    b"[" * 1000,
]


@pytest.mark.parametrize("header", HEADS)
def test_only_hs256_is_accepted_even_with_a_matching_signature(header: bytes) -> None:
    with pytest.raises(InvalidToken):
        tokens().read(signed(PAYLOAD, header))


MALFORMED = [
    "",
    ".",
    "..",
    "...",
    "....",
    "a.b.c",
    signed(PAYLOAD, secret="somebody-elses-secret-0000000000001"),
    signed(PAYLOAD).rpartition(".")[0] + ".",
    signed(PAYLOAD) + "A",
    signed(PAYLOAD) + "=",
    signed(PAYLOAD) + ".",
    signed(PAYLOAD) + ".x.y",
    "." + signed(PAYLOAD),
    signed(PAYLOAD)[:-2],
    signed(PAYLOAD).replace(".", ".."),
    signed(PAYLOAD).swapcase(),
    signed(PAYLOAD) + "\n",
    " " + signed(PAYLOAD),
    "\u00e9.\u00e9.\u00e9",
    "\ud800.\ud800.\ud800",
    "\0.\0.\0",
    signed(b""),
    signed(b"null"),
    signed(b"[]"),
    signed(b'"text"'),
    signed(b"{"),
    signed(b"\xff"),
    signed(b"1" * 900),
    signed(json.dumps(OURS | {"sub": "x" * 100_000}).encode()),
    "a" * 100_000,
    "." * 100_000,
    "a." * 50_000,
    jwt.encode(OURS, SECRET * 2, algorithm="HS512"),
    jwt.encode(OURS, "", algorithm="none"),
]


@pytest.mark.parametrize("token", MALFORMED)
def test_a_malformed_token_is_invalid(token: str) -> None:
    with pytest.raises(InvalidToken):
        tokens().read(token)


@given(st.text() | st.tuples(*[st.text("abcABC019-_=", max_size=50)] * 3).map(".".join))
def test_any_text_is_invalid(text: str) -> None:
    with pytest.raises(InvalidToken):
        tokens().read(text)
