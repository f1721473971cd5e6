"""Taking in an upload: what comes is counted, and lies in nameless temporary files until it is no longer needed."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO, Final

from quart import request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from glossator.domain.book.sources.archive import MAX_ENTRIES
from glossator.domain.book.sources.upload import FilePart
from glossator.web.http.problem import FieldError, Problem

UPLOAD_PATH: Final = "/ingest"
UPLOAD_BYTES: Final = 64 * 2**20
FIELD_BYTES: Final = 4 * 2**20
CHUNK_BYTES: Final = 64 * 1024
BODY_SECONDS: Final = 300.0
PARTS: Final = ("files", "archive", "broken")


class Incoming:
    """The parts of one request. `holds` closes their files; nothing is on the disk after that."""

    def __init__(self, holds: ExitStack) -> None:
        self._holds = holds
        self._together: IO[bytes] | None = None
        self._sink: IO[bytes] = io.BytesIO()
        self._part: File | Field | None = None
        self._start = 0
        self.files: list[FilePart] = []
        """Under the names that were sent, which may be anything."""
        self.archive: IO[bytes] | None = None
        self.broken: bytes | None = None

    def take(self, event: object) -> None:
        """Raises Problem."""
        if isinstance(event, File | Field):
            self._begin(event)
        elif isinstance(event, Data):
            self._sink.write(event.data)
            if isinstance(self._part, Field) and self._sink.tell() > FIELD_BYTES:
                raise too_large()
            if not event.more_data:
                self._end()

    def _begin(self, part: File | Field) -> None:
        expected = Field if part.name == "broken" else File
        if part.name not in PARTS or not isinstance(part, expected):
            raise wrong_part(part.name)
        if (part.name == "archive" and self.archive) or (part.name == "broken" and self.broken is not None):
            raise wrong_part(part.name)
        self._part = part
        self._sink = self._sink_of(part)
        self._start = self._sink.tell()

    def _sink_of(self, part: File | Field) -> IO[bytes]:
        if part.name == "broken":
            return io.BytesIO()
        if part.name == "archive":
            self.archive = self._temporary()
            return self.archive
        self._together = self._together or self._temporary()
        return self._together

    def _temporary(self) -> IO[bytes]:
        return self._holds.enter_context(TemporaryFile())

    def _end(self) -> None:
        if isinstance(self._part, Field):
            self._sink.seek(0)
            self.broken = self._sink.read()
        elif self._part and self._part.name == "files":
            length = self._sink.tell() - self._start
            self.files.append(FilePart(self._part.filename, self._sink, self._start, length))


async def receive(holds: ExitStack) -> Incoming:
    """Reads the multipart body of the request. Raises Problem."""
    boundary = request.mimetype_params.get("boundary", "")
    if not boundary or not boundary.isascii():
        raise Problem(400, "bad_request", detail="The multipart body has no boundary.")
    incoming, decoder = Incoming(holds), MultipartDecoder(boundary.encode(), max_parts=MAX_ENTRIES + len(PARTS))
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in counted_body():
                decoder.receive_data(chunk)
                decode(decoder, incoming)
        decoder.receive_data(None)
        decode(decoder, incoming)
    except TimeoutError:
        raise Problem(408, "request_timeout") from None
    except RequestEntityTooLarge:
        raise too_large() from None
    except ValueError:
        raise Problem(400, "bad_request", detail="The multipart body is not whole.") from None
    return incoming


async def counted_body() -> AsyncIterator[bytes]:
    """The framework's limit forgets what was read already."""
    size = 0
    async for data in request.body:
        size += len(data)
        if size > UPLOAD_BYTES:
            raise too_large()
        for at in range(0, len(data), CHUNK_BYTES):
            yield data[at : at + CHUNK_BYTES]


def decode(decoder: MultipartDecoder, incoming: Incoming) -> None:
    while not isinstance(event := decoder.next_event(), NeedData | Epilogue):
        incoming.take(event)


def too_large() -> Problem:
    most = f"An upload may be {UPLOAD_BYTES // 2**20} MiB at most, in {MAX_ENTRIES:,} files."
    return Problem(413, "body_too_large", detail=most)


def wrong_part(name: object) -> Problem:
    reason = "pages are sent as files called `files`, or in one zip file called `archive`"
    return Problem(422, "invalid_field", detail=f"{reason}.".capitalize(), fields=(FieldError(str(name), reason),))
