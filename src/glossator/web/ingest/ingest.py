"""The ingest routes: pages are uploaded as files or as an archive, and a background job ingests them."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import FailFast, Field, TypeAdapter, ValidationError
from quart import Response, jsonify, request

from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.book.ingest.job_records import Job
from glossator.domain.book.ingest.jobs import JobRunner
from glossator.domain.book.ingest.start_job import IngestJobs, IngestRequest, job_to_json
from glossator.domain.book.pages.dialect.generators import DEFAULT_DIALECT, Dialect
from glossator.domain.book.passages import BrokenPage
from glossator.domain.book.sources.archive import MAX_ENTRIES, open_archive
from glossator.domain.book.sources.site_config import MAX_BYTES as MAX_CONFIG_BYTES
from glossator.domain.book.sources.site_config import MAX_CONFIGS, MAX_LEVELS, Site, SiteConfig, sort_configs
from glossator.domain.book.sources.upload import Upload, UploadPart, create_upload, safe_path
from glossator.web.auth.admin import admin_only
from glossator.web.http.bodies import Body, PlainText, read_bytes
from glossator.web.http.context import services
from glossator.web.http.errors.problem import FieldError, Problem
from glossator.web.http.json import Counts, InvalidJson, check_counts
from glossator.web.ingest.uploads import MultipartUpload, receive

BROKEN_COUNTS: Final = Counts(values=16 * MAX_ENTRIES, brackets=8 * MAX_ENTRIES, size=2**20)
USD: Final = re.compile(r"[0-9]{1,7}(\.[0-9]{1,6})?")
FLAGS: Final = ("plan", "rebuild", "rollback", "allow_empty", "keep_top", "new_book")


class BrokenBody(Body):
    """A page that the client could not read."""

    page: Annotated[PlainText, Field(max_length=4000)]
    reason: Annotated[PlainText, Field(max_length=500)]


class ConfigBody(Body):
    """A configuration file of the site; `level` counts the folders above the book's folder."""

    name: Annotated[PlainText, Field(max_length=100)]
    level: Annotated[int, Field(ge=0, le=MAX_LEVELS)]
    text: Annotated[str, Field(max_length=MAX_CONFIG_BYTES)]


class SiteBody(Body):
    """What the client found around the book's folder."""

    folders: Annotated[list[Annotated[PlainText, Field(max_length=255)]], Field(max_length=MAX_LEVELS)]
    configs: Annotated[list[ConfigBody], Field(max_length=MAX_CONFIGS)]


@dataclass(frozen=True)
class IngestParams:
    """The query parameters of the request."""

    request: IngestRequest
    rollback: bool
    keep_top: bool


@admin_only
async def start() -> tuple[Response, int]:
    job = await start_job(ingest_params())
    return jsonify({"job_id": job.id}), 202


@admin_only
async def get_job(job_id: str) -> Response:
    job = await services().get(JobRunner).get(job_id) if is_uuid(job_id) else None
    if job is None:
        raise Problem(404, "not_found")
    return jsonify(job_to_json(job))


async def start_job(params: IngestParams) -> Job:
    ingest_jobs = services().get(IngestJobs)
    if request.mimetype == "multipart/form-data" and not params.rollback:
        with ExitStack() as resources:
            incoming = await receive(resources)
            default = DEFAULT_DIALECT if params.request.replace else await ingest_jobs.live_dialect()
            upload = await asyncio.to_thread(
                read_upload, incoming, services().get(BookOptions), keep_top=params.keep_top, default=default
            )
            return await ingest_jobs.start_upload(upload, params.request, resources)
    if await read_bytes():
        raise Problem(415, "unsupported_media_type", detail="Send the pages as multipart/form-data.")
    return await (ingest_jobs.roll_back() if params.rollback else ingest_jobs.start_folder(params.request))


def read_upload(incoming: MultipartUpload, options: BookOptions, *, keep_top: bool, default: Dialect) -> Upload:
    """Check the whole upload. Raises UploadRefused, UploadDamaged, UploadTooLarge or Problem."""
    files: list[UploadPart] = [file.with_path(safe_path(file.path)) for file in incoming.files]
    site = read_site(incoming.fields.get("site"))
    if incoming.archive:
        archive = open_archive(incoming.archive, keep_top=keep_top)
        files += archive.files
        if archive.top:
            site = replace(site, folders=(archive.top,))
    broken = read_broken(incoming.fields.get("broken"))
    return create_upload(files, options.generator, broken=broken, site=site, default=default)


def read_broken(body: bytes | None) -> Sequence[BrokenPage]:
    """The first error ends the check: a list of a million errors is freed on the event loop. Raises Problem."""
    try:
        check_counts(body or b"[]", BROKEN_COUNTS)
        pages = TypeAdapter(Annotated[list[BrokenBody], FailFast()]).validate_json(body or b"[]")
    except (InvalidJson, ValidationError):
        raise Problem(422, "invalid_field", fields=(FieldError("broken", "must be a list of pages"),)) from None
    return [BrokenPage(page.page, page.reason) for page in pages]


def read_site(body: bytes | None) -> Site:
    """Files that are no generator's configuration are ignored."""
    try:
        site = SiteBody.model_validate_json(body) if body else SiteBody(folders=[], configs=[])
    except ValidationError:
        error = FieldError("site", "must be the folders and the configuration files of the site")
        raise Problem(422, "invalid_field", fields=(error,)) from None
    configs = (SiteConfig(config.name, config.level, config.text) for config in site.configs)
    return Site(tuple(site.folders), tuple(sort_configs(configs)))


def ingest_params() -> IngestParams:
    """Raises Problem."""
    on = {name for name in FLAGS if choice(name, "0", "1") == "1"}
    replace_all = choice("replace", "", "all") == "all"
    if "rollback" in on and (len(on) > 1 or replace_all):
        raise invalid("rollback", "cannot be combined with other parameters")
    action: Literal["plan", "run"] = "plan" if "plan" in on else "run"
    request = IngestRequest(
        action,
        replace=replace_all,
        rebuild="rebuild" in on,
        allow_empty="allow_empty" in on,
        new_book="new_book" in on,
        budget_usd=budget(),
    )
    return IngestParams(request, "rollback" in on, "keep_top" in on)


def budget() -> float | None:
    """US dollars that this ingest may cost, apart from the site's budget."""
    text = request.args.get("budget")
    if text is None:
        return None
    if not USD.fullmatch(text):
        raise invalid("budget", "must be US dollars, such as 1.50")
    return float(text)


def choice(name: str, *values: str) -> str:
    """Read a query parameter; the first value is the default."""
    value = request.args.get(name, values[0])
    if value not in values:
        raise invalid(name, f"must be {values[-1]}")
    return value


def invalid(name: str, reason: str) -> Problem:
    return Problem(422, "invalid_field", detail=f"{name}: {reason}.", fields=(FieldError(name, reason),))


def is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
