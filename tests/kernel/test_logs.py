"""The contents of log lines."""

import json
import logging
from contextvars import copy_context

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
def line(request: pytest.FixtureRequest) -> str:
    """The log line of a record with an exception."""
    formatter = logs.JsonFormatter() if request.param == "json" else logs.SafeFormatter("%(message)s")
    try:
        fail()
    except RuntimeError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("glossator", logging.ERROR, __file__, 1, "unexpected %s", ("RuntimeError",), info)
    return formatter.format(record)


def test_an_exception_is_logged_by_class_and_stack_without_its_message(line: str) -> None:
    assert "Traceback" in line
    assert "in fail" in line
    assert "DriverError (23514)" in line
    assert "RuntimeError" in line
    assert "ada@example.com" not in line
    assert "Failing row" not in line


def test_each_member_of_an_exception_group_is_logged() -> None:
    group = ExceptionGroup(ROW, [ValueError(ROW), KeyError(ROW)])

    line = logs.SafeFormatter().formatException((type(group), group, None))

    assert ["ValueError" in line, "KeyError" in line, ROW in line] == [True, True, False]


def test_a_json_line_is_one_object_on_one_line() -> None:
    record = logging.LogRecord("glossator", logging.INFO, __file__, 1, "a\nb", (), None)

    line = logs.JsonFormatter().format(record)

    assert "\n" not in line
    assert json.loads(line)["message"] == "a\nb"


@pytest.mark.parametrize("char", ["\n", "\r", "\x1b", "\u2028", "\u202e", "\x85", "\0"])
def test_control_characters_from_a_client_are_escaped(char: str) -> None:
    path = f"/{char}INFO glossator: all is well \u0633 %"
    record = logging.LogRecord("glossator", logging.INFO, __file__, 1, "GET %s", (path,), None)

    line = logs.SafeFormatter("%(levelname)s %(message)s").format(record)

    assert line.startswith("INFO GET /\\")
    assert line.endswith("INFO glossator: all is well \u0633 %")
    assert char not in line


def test_a_json_line_names_its_event_and_the_ids_of_request_and_trace() -> None:
    record = logging.LogRecord("glossator", logging.WARNING, __file__, 1, "call_failed: %s", ("openai",), None)
    context = copy_context()
    context.run(logs.REQUEST_ID.set, "request-1")
    context.run(logs.TRACE_ID.set, "trace-1")

    fields = json.loads(context.run(logs.JsonFormatter().format, record))

    assert fields.pop("time").endswith("+00:00")
    assert fields == {
        "level": "WARNING",
        "logger": "glossator",
        "request_id": "request-1",
        "trace_id": "trace-1",
        "event": "call_failed",
        "message": "call_failed: openai",
    }


def test_the_json_line_of_a_request_has_its_route_status_and_duration() -> None:
    record = logging.makeLogRecord({"msg": "GET /read/words 200 3 ms", "event": "request", "status": 200})
    record.__dict__.update(route="/read/<path:page>", duration_ms=3.2)

    fields = json.loads(logs.JsonFormatter().format(record))

    assert (fields["event"], fields["route"]) == ("request", "/read/<path:page>")
    assert (fields["status"], fields["duration_ms"]) == (200, 3.2)
