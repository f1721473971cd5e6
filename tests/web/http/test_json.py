import json

import pytest

from glossator.web.http.json import Counts, InvalidJson, TooManyValues, loads


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 2}',
        b'{"a": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'"\xff"',
        b"\xef\xbb\xbf{}",
        b"[" * 33 + b"]" * 33,
        b"[" * 100_000,
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b"1" * 31,
        b"0." + b"1" * 40,
        b"-" + b"1" * 31,
        b"[1e" + b"0" * 30 + b"]",
        b"[1, " + b"[[], " * 32 + b"1" + b"]" * 33,
        b"[{]}",
        b"]][[",
        b'"a" "b"',
        b'"\\',
        b'{"a": "\\\\\\ud800"}',
        b'["\\ude00\\ud83d"]',
        b'{"a": {"b": 1, "\\u0062": 2}}',
    ],
)
def test_invalid_json_is_rejected(data: bytes) -> None:
    with pytest.raises(InvalidJson):
        loads(data)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'{"a": "\\ud83d\\ude00"}', {"a": "\N{GRINNING FACE}"}),
        (b"[" * 32 + b"]" * 32, None),
        (b"1" * 30, int("1" * 30)),
        (b'{"a": "[[[[\\"[["}', {"a": '[[[["[['}),
        (b"[" + b"[[], {}], " * 100 + b"{}]", [[[], {}]] * 100 + [{}]),
        (b"-" + b"1" * 30, -int("1" * 30)),
        (b"[1." + b"0" * 27 + b"e-05]", [1e-05]),
        (b'["' + b"1" * 31 + b'", 1]', ["1" * 31, 1]),
        (b'["\\\\ud800"]', ["\\ud800"]),
        (b"null", None),
    ],
)
def test_strict_json_is_read(data: bytes, value: object) -> None:
    found = loads(data)

    assert value is None or found == value


HOSTILE = {
    "numbers": b"[" + b",".join([b"1" * 30] * 60_000) + b"]",
    "brackets": b"[" + b",".join([b"[]"] * 600_000) + b"]",
    "objects": b"[" + b",".join([b"{}"] * 600_000) + b"]",
    "strings": b"[" + b",".join([b'""'] * 600_000) + b"]",
    "keys": b"{" + b",".join(b'"%d":0' % number for number in range(200_000)) + b"}",
    "digits": b"1" * 2**21,
    "constants": b"[" + b",".join([b"null"] * 400_000) + b"]",
    "open brackets": b"[" * 2**21,
    "white space": b" " * 2**21 + b"1",
    "strings without commas": b'""' * 2**20,
    "escaped quotes": b'["' + b'\\"' * 2**20 + b'",' + b'"",' * 2001 + b"1]",
    "backslashes": b'["' + b"\\\\" * 2**20 + b'",' + b'"",' * 2001 + b"1]",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_too_many_values_are_refused_before_parsing(kind: str) -> None:
    not_json = b"}" + HOSTILE[kind]  # the parser would refuse the first byte

    with pytest.raises(TooManyValues):
        loads(not_json)


def test_escaped_quotes_and_brackets_in_strings_do_not_count() -> None:
    texts = ['"[{1,:' * 1000, "\\" * 5000, '\\"' * 5000, "\\u0041" * 1000]
    body = json.dumps({"texts": texts, "more": 1}).encode()

    assert loads(body, Counts(values=10, brackets=4, digits=1)) == {"texts": texts, "more": 1}


@pytest.mark.parametrize(
    ("data", "most"),
    [
        (b"[1,2,3]", Counts(values=2, brackets=2)),
        (b'{"a":1}', Counts(values=1, brackets=2)),
        (b'["","",""]', Counts(values=2, brackets=2)),
        (b"[[]]", Counts(values=2, brackets=2)),
        (b"123", Counts(values=1, brackets=0, digits=2)),
    ],
)
def test_values_brackets_and_digits_are_counted(data: bytes, most: Counts) -> None:
    with pytest.raises(TooManyValues):
        loads(data, most)
