"""An app with the ingest routes and with an index and an embedder in memory."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from quart import Quart

from glossator.domain.book.ingest.book_options import BookOptions, IngestOptions
from glossator.domain.book.ingest.ingest import Ingest
from glossator.domain.book.ingest.job_records import JobRecords, MemoryJobs
from glossator.domain.book.ingest.jobs import JobRunner
from glossator.domain.book.ingest.start_job import IngestJobs
from glossator.domain.book.pages.dialect.generators import GeneratorChoice
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from glossator.kernel.draining import Draining
from glossator.kernel.services import Services
from glossator.kernel.settings.secret import Secret
from glossator.web import middleware as options
from glossator.web import on_demand
from glossator.web.http import pages
from glossator.web.http.context import WebApp, WebOptions, attach
from glossator.web.http.limits import RequestLimits
from tests.indexes import CountingEmbedder, MemoryIndex
from tests.options import WEB_OPTIONS

ADMIN_KEY = "an-admin-key-for-tests-only"
ORIGIN = "https://book.example"
ADMIN = {"Authorization": f"Bearer {ADMIN_KEY}"}


@dataclass
class BookSite:
    """The book behind the routes. `docs` is DOCS_PATH."""

    docs: Path | None = None
    title: str = "Plants"
    generator: GeneratorChoice = "docusaurus"
    index: MemoryIndex = field(default_factory=MemoryIndex)
    embedder: CountingEmbedder = field(default_factory=CountingEmbedder)
    records: JobRecords = field(default_factory=MemoryJobs)
    single_process: bool = True

    @property
    def pages(self) -> dict[str, str]:
        """The titles of the live pages by path."""
        live = self.index.live_number
        return {} if live is None else {path: page.title for path, page in self.index.stored[live].pages.items()}

    @asynccontextmanager
    async def app(self) -> AsyncIterator[Quart]:
        splitter = Splitter(Limits(1000))
        book = BookOptions(self.docs, self.generator, "/read/", IngestOptions(title=self.title))
        services = Services()
        web = replace(WEB_OPTIONS, origins=(ORIGIN,), trusted_origins=(ORIGIN,), admin_key=Secret(ADMIN_KEY))
        async with JobRunner(self.records, single_process=self.single_process) as runner:
            services.provide(Draining, Draining())
            services.provide(WebOptions, web)
            services.provide(RequestLimits, RequestLimits({}))
            services.provide(BookOptions, book)
            services.provide(JobRunner, runner)
            services.provide(
                IngestJobs, IngestJobs(runner, Ingest(self.index, self.embedder, splitter, batch=256), book)
            )
            app = WebApp()
            attach(app, services)
            pages.register(app)
            options.register(app, web)
            app.register_blueprint(on_demand.bp)
            yield app


@dataclass(frozen=True)
class Form:
    """A multipart body. Each part is (name, filename, content); a part without a file name is a field."""

    parts: tuple[tuple[str, str | None, bytes], ...]
    boundary: bytes = b"a-boundary-that-is-in-no-page"

    @property
    def body(self) -> bytes:
        lines = b""
        for name, filename, content in self.parts:
            filename_field = f'; filename="{filename}"' if filename is not None else ""
            lines += b"--%s\r\nContent-Disposition: form-data; " % self.boundary
            lines += f'name="{name}"{filename_field}\r\n\r\n'.encode() + content + b"\r\n"
        return lines + b"--%s--\r\n" % self.boundary

    @property
    def headers(self) -> Mapping[str, str]:
        return ADMIN | {"Content-Type": f"multipart/form-data; boundary={self.boundary.decode()}"}


def archive_form(content: bytes) -> Form:
    return Form((("archive", "docs.zip", content),))


def files_form(pages: Mapping[str, str | bytes]) -> Form:
    parts = ((path, page.encode() if isinstance(page, str) else page) for path, page in pages.items())
    return Form(tuple(("files", path, page) for path, page in parts))
