"""What a scan of the source means for the build: its pages that are missing, its new record, and the summary."""

from dataclasses import replace

from glossator.domain.book.index import Build
from glossator.domain.book.ingest.book_options import IngestOptions
from glossator.domain.book.ingest.changes import BuildContents
from glossator.domain.book.ingest.scan import SourceScan
from glossator.domain.book.ingest.summary import IngestSummary, summarize
from glossator.domain.book.site_address import address_note
from glossator.domain.book.sources.file_rules import NEEDS_EXTRA, RULES
from glossator.domain.errors import Refused


def summary_of(build: Build, before: BuildContents, after: BuildContents, scan: SourceScan) -> IngestSummary:
    summary = summarize(build, before, after, scan.broken)
    return replace(
        summary,
        generator=scan.dialect.generator,
        excluded=scan.excluded,
        excluded_pages=tuple(scan.named),
        not_included=scan.not_included,
        page_links=scan.page_links,
        address=str(address_note(build.site_url, scan.base) or ""),
    )


def require_pages(scan: SourceScan, options: IngestOptions) -> None:
    """Raises Refused if no page could be read, so that a wrong path does not empty the book."""
    if scan.readable or options.allow_empty:
        return
    reasons = "; ".join(f"{page.path}: {page.reason}" for page in scan.broken[:3])
    reasons = reasons or (RULES[NEEDS_EXTRA] if scan.excluded[NEEDS_EXTRA] else "")
    error = f"no page could be read ({reasons})" if reasons else "no pages were found"
    raise Refused(f"{error} - nothing was changed")


def missing_paths(before: BuildContents, scan: SourceScan, options: IngestOptions) -> set[str]:
    return before.paths - scan.seen if options.remove_missing else set()


def updated_build(build: Build, scan: SourceScan, after: BuildContents, options: IngestOptions) -> Build:
    """The build with its new title and counts; a source that is only a part of the book does not change the title
    or the order."""
    title = scan.title if options.remove_missing else ""
    return replace(
        build,
        title=options.title or title or build.title or scan.title,
        site_url=options.site_url,
        dialect=scan.dialect if options.remove_missing else build.dialect or scan.dialect,
        pages=len(after.pages),
        passages=sum(len(passages) for passages in after.passages.values()),
        base=_updated_base(build, scan, options),
        order=scan.order if options.remove_missing else build.order,
    )


def _updated_base(build: Build, scan: SourceScan, options: IngestOptions) -> str:
    """A part of the book does not change the base, either."""
    if build.base and not options.remove_missing:
        return build.base
    return scan.base.path if scan.base else ""
