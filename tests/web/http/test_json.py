import pytest

from glossator.web.http.json import InvalidJson, loads


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
