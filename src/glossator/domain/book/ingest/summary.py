"""The progress of a running ingest and the summary at its end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from glossator.domain.book.index import Build
from glossator.domain.book.ingest.changes import BuildContents
from glossator.domain.book.passages import BrokenPage, ExcludedPage

MAX_NAMED: Final = 1000
"""Excluded pages in the output."""


@dataclass(frozen=True)
class Estimate:
    """`passages` are those to embed in all, `per_second` those so far; None if unknown."""

    passages: int | None = None
    per_second: float | None = None
    seconds_left: float | None = None


def estimate(done: int, passages: int | None, seconds: float) -> Estimate:
    """What remains if the rest takes as long for each passage as the `done` ones."""
    if not done or seconds <= 0:
        return Estimate(passages)
    rate = done / seconds
    return Estimate(passages, rate, None if passages is None else max(0, passages - done) / rate)


@dataclass(frozen=True)
class MaxCost:
    """The most that an ingest can cost: tokens of models, and US dollars."""

    tokens: int = 0
    usd: float = 0.0

    def plus(self, other: "MaxCost", times: int = 1) -> "MaxCost":
        return MaxCost(self.tokens + times * other.tokens, self.usd + times * other.usd)


@dataclass(frozen=True)
class Suggested:
    """Suggested questions: `total` in the book, and `new` ones.

    `tokens` and `usd` are those of the model that wrote them; `embedding_tokens` were needed to check them.
    """

    total: int = 0
    new: int = 0
    tokens: int = 0
    usd: float = 0.0
    embedding_tokens: int = 0


@dataclass(frozen=True)
class IngestProgress:
    """`total` is None if the source does not know its number of pages. `max_cost` is None where nothing costs money.

    `filled` counts passages that got the vectors of a slow space; the book is served meanwhile. `estimate` is about
    them as soon as there are any, before that about the `embedded` ones. `suggested` counts the new questions.
    """

    pages: int = 0
    total: int | None = None
    embedded: int = 0
    broken: tuple[BrokenPage, ...] = ()
    filled: int = 0
    estimate: Estimate = field(default_factory=Estimate)
    max_cost: MaxCost | None = None
    suggested: int = 0


ProgressCallback = Callable[[IngestProgress], None]


def ignore_progress(_: IngestProgress) -> None:
    pass


@dataclass(frozen=True)
class PageCounts:
    new: int
    changed: int
    unchanged: int
    removed: int
    broken: int


@dataclass(frozen=True)
class PassageCounts:
    """`embedded` passages are new in the build, `moved` ones kept their vectors, and `total` counts all of them."""

    embedded: int
    moved: int
    removed: int
    total: int


@dataclass(frozen=True)
class IngestSummary:
    """The changes in a build, counted in the index before and after; if `planned`, the expected changes.

    `generator` is that of the published site. `excluded` counts the files that are not part of the book by rule, and
    `excluded_pages` names the pages among them. `not_included` counts the includes in pages whose file is missing or
    not allowed. `page_links` are the passages of new and changed pages below a heading without an anchor, whose links
    open the page only. `tokens` were embedded, and `cost_usd` is the whole cost; planned ones are upper bounds.
    `address` says how the site's configuration decides on the links, or differs from SITE_URL. `live` tells whether
    this build is served now. `filled` passages got the vectors of a slow space. `questions` are the suggested ones.
    """

    build: int
    title: str
    model: str
    pages: PageCounts
    passages: PassageCounts
    broken: tuple[BrokenPage, ...]
    generator: str = ""
    excluded: Mapping[str, int] = field(default_factory=dict)
    excluded_pages: tuple[ExcludedPage, ...] = ()
    not_included: int = 0
    page_links: int = 0
    address: str = ""
    tokens: int = 0
    cost_usd: float = 0.0
    seconds: float = 0.0
    live: bool = False
    planned: bool = False
    filled: int = 0
    questions: Suggested = field(default_factory=Suggested)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "IngestSummary":
        return cls(
            build=values["build"],
            title=values["title"],
            model=values["model"],
            pages=PageCounts(**values["pages"]),
            passages=PassageCounts(**values["passages"]),
            broken=tuple(BrokenPage(error["page"], error["reason"]) for error in values["errors"]),
            generator=values.get("generator", ""),
            excluded=values["excluded"],
            excluded_pages=tuple(ExcludedPage(one["page"], one["rule"]) for one in values.get("excluded_pages", ())),
            not_included=values["not_included"],
            page_links=values.get("page_links", 0),
            address=values.get("address", ""),
            tokens=values["tokens"],
            cost_usd=values["cost_usd"],
            seconds=values["seconds"],
            live=values["live"],
            planned=values["planned"],
            filled=values["filled"],
            questions=Suggested(**values.get("questions", {})),
        )

    def to_json(self) -> dict[str, object]:
        """The output of `--json` and the result of an ingest job."""
        return {
            "build": self.build,
            "title": self.title,
            "model": self.model,
            "live": self.live,
            "planned": self.planned,
            "pages": asdict(self.pages),
            "passages": asdict(self.passages),
            "embedded": self.passages.embedded,
            "filled": self.filled,
            "questions": asdict(self.questions),
            "tokens": self.tokens,
            "cost_usd": round(self.cost_usd, 6),
            "seconds": round(self.seconds, 3),
            "generator": self.generator,
            "excluded": dict(sorted(self.excluded.items())),
            "excluded_pages": [{"page": page.path, "rule": page.rule} for page in self.excluded_pages[:MAX_NAMED]],
            "not_included": self.not_included,
            "page_links": self.page_links,
            **({"address": self.address} if self.address else {}),
            "errors": [{"page": page.path, "reason": page.reason} for page in self.broken],
        }


def summarize(build: Build, before: BuildContents, after: BuildContents, broken: Sequence[BrokenPage]) -> IngestSummary:
    """Count the changes in the build; the caller adds the cost."""
    return IngestSummary(
        build=build.number,
        title=build.title,
        model=build.models,
        pages=count_pages(before, after, broken),
        passages=count_passages(before, after),
        broken=tuple(broken),
    )


def count_pages(before: BuildContents, after: BuildContents, broken: Sequence[BrokenPage]) -> PageCounts:
    """Count how the pages differ; a broken page is counted only as broken."""
    unread = {page.path for page in broken}
    common = (before.pages.keys() & after.pages.keys()) - unread
    changed = sum(before.pages[path] != after.pages[path] for path in common)
    return PageCounts(
        new=len(after.pages.keys() - before.pages.keys()),
        changed=changed,
        unchanged=len(common) - changed,
        removed=len(before.pages.keys() - after.pages.keys()),
        broken=len(unread),
    )


def count_passages(before: BuildContents, after: BuildContents) -> PassageCounts:
    """Count how the passages differ in id and page hash."""
    old, new = _page_hashes(before), _page_hashes(after)
    return PassageCounts(
        embedded=len(new.keys() - old.keys()),
        moved=sum(old[id_] != new[id_] for id_ in old.keys() & new.keys()),
        removed=len(old.keys() - new.keys()),
        total=len(new),
    )


def _page_hashes(contents: BuildContents) -> dict[str, str]:
    return {id_: page_hash for passages in contents.passages.values() for id_, page_hash in passages.items()}
