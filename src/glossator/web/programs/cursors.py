"""Cursors: where a result that did not fit goes on. Each belongs to what it was given for."""

from hashlib import sha256
from typing import Annotated, Final

from pydantic import Field

from glossator.web.http.errors.problem import FieldError, Problem, field_message

Cursor = Annotated[str, Field(max_length=100, description="`next_cursor` of the result before, which was cut.")]
DIGITS: Final = 16


def cursor_at(position: int, of: str) -> str:
    digest = sha256(f"{position} {of}".encode(errors="replace")).hexdigest()
    return f"{position}-{digest[:DIGITS]}"


def position_of(cursor: str | None, of: str, end: int) -> int:
    """Before `end`; 0 without a cursor. Raises Problem 422."""
    if cursor is None:
        return 0
    number = cursor.partition("-")[0]
    position = int(number) if number.isascii() and number.isdigit() else 0
    if not 0 < position < end or cursor != cursor_at(position, of):
        error = FieldError("cursor", "must be the next_cursor of the result before; leave it out to start again")
        raise Problem(422, "invalid_field", detail=field_message(error.field, error.reason), fields=(error,))
    return position
