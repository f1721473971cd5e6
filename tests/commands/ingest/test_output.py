"""What `glossator ingest` prints about files that are not in the book."""

from glossator.commands.ingest.output import format_summary
from glossator.domain.book.ingest.summary import IngestSummary, PageCounts, PassageCounts
from glossator.domain.book.passages import ExcludedPage

COUNTS = {"copy": 1, "hidden": 3, "extra": 2, "generated": 12}
NAMED = (
    ExcludedPage("all.html", "copy"),
    ExcludedPage("a.pdf", "extra"),
    ExcludedPage("b.rst", "extra"),
    *(ExcludedPage(f"{number}/print.html", "generated") for number in range(12)),
)


def test_excluded_pages_are_counted_and_named() -> None:
    summary = IngestSummary(
        build=1,
        title="T",
        model="",
        pages=PageCounts(0, 0, 0, 0, 0),
        passages=PassageCounts(0, 0, 0, 0),
        broken=(),
        excluded=COUNTS,
        excluded_pages=NAMED,
    )
    lines = format_summary(IngestSummary.from_json(summary.to_json()), 0).splitlines()

    assert "  excluded   1: pages whose text is in other pages (all.html)" in lines
    assert "  excluded   3: names that begin with a dot" in lines
    assert "  needs glossator[formats]: 2 files (a.pdf, b.rst)" in lines
    (generated,) = (line for line in lines if "  excluded   12: print, search" in line)
    assert generated.endswith("(" + ", ".join(f"{number}/print.html" for number in range(10)) + ", ...)")
