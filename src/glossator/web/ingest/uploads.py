"""Receives uploads: the size is limited while reading, and files are stored in unnamed temporary files."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO, Final

from quart import request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData, State

from glossator.domain.book.sources.archive import MAX_ENTRIES
from glossator.domain.book.sources.upload import FilePart
from glossator.web.http.errors.problem import FieldError, Problem
from glossator.web.on_demand import MAX_UPLOAD_BYTES

MAX_FIELD_BYTES: Final = 4 * 2**20
CHUNK_BYTES: Final = 8 * 1024
"""Read between two rounds of the event loop: a chunk may have a hundred parts."""
MAX_PART_HEADER_BYTES: Final = 16 * 1024
BODY_SECONDS: Final = 300.0
FIELDS: Final = ("broken", "site")
PARTS: Final = ("files", "archive", *FIELDS)


class MultipartUpload:
    """The parts of one request. `resources` closes their temporary files, which deletes them."""

    def __init__(self, resources: ExitStack) -> None:
        self._resources = resources
        self._shared_file: IO[bytes] | None = None
        self._sink: IO[bytes] = io.BytesIO()
        self._part: File | Field | None = None
        self._start = 0
        self.files: list[FilePart] = []
        """The paths are the names from the request and are not checked yet."""
        self.archive: IO[bytes] | None = None
        self.fields: dict[str, bytes] = {}

    def handle(self, event: object) -> None:
        """Raises Problem."""
        if isinstance(event, File | Field):
            self._begin(event)
        elif isinstance(event, Data):
            self._sink.write(event.data)
            if isinstance(self._part, Field) and self._sink.tell() > MAX_FIELD_BYTES:
                raise too_large()
            if not event.more_data:
                self._end()

    def _begin(self, part: File | Field) -> None:
        expected = Field if part.name in FIELDS else File
        if part.name not in PARTS or not isinstance(part, expected):
            raise wrong_part(part.name)
        if (part.name == "archive" and self.archive) or part.name in self.fields:
            raise wrong_part(part.name)
        self._part = part
        self._sink = self._sink_of(part)
        self._start = self._sink.tell()

    def _sink_of(self, part: File | Field) -> IO[bytes]:
        if part.name in FIELDS:
            return io.BytesIO()
        if part.name == "archive":
            self.archive = self._temporary()
            return self.archive
        self._shared_file = self._shared_file or self._temporary()
        return self._shared_file

    def _temporary(self) -> IO[bytes]:
        return self._resources.enter_context(TemporaryFile())

    def _end(self) -> None:
        if isinstance(self._part, Field):
            self._sink.seek(0)
            self.fields[self._part.name] = self._sink.read()
        elif self._part and self._part.name == "files":
            length = self._sink.tell() - self._start
            self.files.append(FilePart(self._part.filename, self._sink, self._start, length))


async def receive(resources: ExitStack) -> MultipartUpload:
    """Read the multipart body of the request. Raises Problem."""
    boundary = request.mimetype_params.get("boundary", "")
    if not boundary or not boundary.isascii():
        raise Problem(400, "bad_request", detail="The multipart body has no boundary.")
    incoming, decoder = (
        MultipartUpload(resources),
        MultipartDecoder(boundary.encode(), max_parts=MAX_ENTRIES + len(PARTS)),
    )
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in limited_body():
                decoder.receive_data(chunk)
                decode(decoder, incoming)
                await asyncio.sleep(0)
        decoder.receive_data(None)
        decode(decoder, incoming)
    except TimeoutError:
        raise Problem(408, "request_timeout") from None
    except RequestEntityTooLarge:
        raise too_large() from None
    except ValueError:
        raise Problem(400, "bad_request", detail="The multipart body is incomplete or malformed.") from None
    return incoming


async def limited_body() -> AsyncIterator[bytes]:
    """The body in chunks. The framework's own limit does not count data that was already read."""
    size = 0
    async for data in request.body:
        size += len(data)
        if size > MAX_UPLOAD_BYTES:
            raise too_large()
        for at in range(0, len(data), CHUNK_BYTES):
            yield data[at : at + CHUNK_BYTES]


def decode(decoder: MultipartDecoder, incoming: MultipartUpload) -> None:
    """Raises ValueError when the body is malformed, or when the headers of a part are too long."""
    while not isinstance(event := decoder.next_event(), NeedData | Epilogue):
        incoming.handle(event)
    if decoder.state in {State.PREAMBLE, State.PART} and len(decoder.buffer) > MAX_PART_HEADER_BYTES:
        raise ValueError("the headers of a part are too long")


def too_large() -> Problem:
    detail = f"The maximum size of an upload is {MAX_UPLOAD_BYTES // 2**20} MiB and {MAX_ENTRIES:,} files."
    return Problem(413, "body_too_large", detail=detail)


def wrong_part(name: object) -> Problem:
    reason = "send pages as files named `files`, or in one zip file named `archive`"
    return Problem(422, "invalid_field", detail=f"{reason}.".capitalize(), fields=(FieldError(str(name), reason),))
