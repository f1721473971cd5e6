"""What a log line holds, and what never gets into one."""

import json
import logging

import pytest

from glossator.kernel import logs

ROW = "Failing row contains (ada@example.com, $argon2id$...)"


class DriverError(Exception):
    sqlstate = "23514"


def drive() -> None:
    raise DriverError(ROW)


def fail() -> None:
    try:
        drive()
    except DriverError as error:
        raise RuntimeError("could not store", ROW) from error


@pytest.fixture(params=["text", "json"])
def told(request: pytest.FixtureRequest) -> str:
    """The line of a record with an exception."""
    formatter = logs.JsonFormatter() if request.param == "json" else logs.SafeFormatter("%(message)s")
    try:
        fail()
    except RuntimeError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("glossator", logging.ERROR, __file__, 1, "unexpected %s", ("RuntimeError",), info)
    return formatter.format(record)


def test_an_exception_is_told_by_kind_and_place_and_never_by_its_words(told: str) -> None:
    assert "Traceback" in told
    assert "in fail" in told
    assert "DriverError (23514)" in told
    assert "RuntimeError" in told
    assert "ada@example.com" not in told
    assert "Failing row" not in told


def test_a_group_tells_each_of_its_members() -> None:
    group = ExceptionGroup(ROW, [ValueError(ROW), KeyError(ROW)])

    told = logs.SafeFormatter().formatException((type(group), group, None))

    assert ["ValueError" in told, "KeyError" in told, ROW in told] == [True, True, False]


def test_a_json_line_is_one_object_on_one_line() -> None:
    record = logging.LogRecord("glossator", logging.INFO, __file__, 1, "a\nb", (), None)

    line = logs.JsonFormatter().format(record)

    assert "\n" not in line
    assert json.loads(line)["message"] == "a\nb"


@pytest.mark.parametrize("mark", ["\n", "\r", "\x1b", "\u2028", "\u202e", "\x85", "\0"])
def test_what_a_client_sends_makes_no_line_of_its_own_and_moves_no_cursor(mark: str) -> None:
    path = f"/{mark}INFO glossator: all is well \u0633 %"
    record = logging.LogRecord("glossator", logging.INFO, __file__, 1, "GET %s", (path,), None)

    line = logs.SafeFormatter("%(levelname)s %(message)s").format(record)

    assert line.startswith("INFO GET /\\")
    assert line.endswith("INFO glossator: all is well \u0633 %")
    assert mark not in line
