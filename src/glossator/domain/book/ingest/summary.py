"""What an ingest tells: its progress while it runs, its summary at the end."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from glossator.domain.book.index import Build
from glossator.domain.book.ingest.changes import Record
from glossator.domain.book.passages import BrokenPage


@dataclass(frozen=True)
class Progress:
    """Where an ingest stands. `total` is None when the source does not know how many pages it has."""

    pages: int = 0
    total: int | None = None
    embedded: int = 0
    broken: tuple[BrokenPage, ...] = ()


@dataclass(frozen=True)
class PageCounts:
    new: int
    changed: int
    unchanged: int
    removed: int
    broken: int


@dataclass(frozen=True)
class PassageCounts:
    """`embedded` passages were not in the build before, `moved` ones kept their vectors, `total` are in it now."""

    embedded: int
    moved: int
    removed: int
    total: int


@dataclass(frozen=True)
class Summary:
    """What became of a build, counted in the index itself before and after; or, `planned`, what would become of it.

    `tokens` and `cost_usd` are the embedding model's, as it reported them; planned ones are never too low.
    `live` is whether readers are served this build now.
    """

    build: int
    title: str
    model: str
    pages: PageCounts
    passages: PassageCounts
    broken: tuple[BrokenPage, ...]
    tokens: int = 0
    cost_usd: float = 0.0
    seconds: float = 0.0
    live: bool = False
    planned: bool = False

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> "Summary":
        """What `document` gave, after it went over a wire."""
        return cls(
            build=document["build"],
            title=document["title"],
            model=document["model"],
            pages=PageCounts(**document["pages"]),
            passages=PassageCounts(**document["passages"]),
            broken=tuple(BrokenPage(error["page"], error["reason"]) for error in document["errors"]),
            tokens=document["tokens"],
            cost_usd=document["cost_usd"],
            seconds=document["seconds"],
            live=document["live"],
            planned=document["planned"],
        )

    def document(self) -> dict[str, object]:
        """The same for programs: what `--json` prints and the ingest route answers."""
        return {
            "build": self.build,
            "title": self.title,
            "model": self.model,
            "live": self.live,
            "planned": self.planned,
            "pages": asdict(self.pages),
            "passages": asdict(self.passages),
            "embedded": self.passages.embedded,
            "tokens": self.tokens,
            "cost_usd": round(self.cost_usd, 6),
            "seconds": round(self.seconds, 3),
            "errors": [{"page": page.path, "reason": page.reason} for page in self.broken],
        }


def summarise(build: Build, before: Record, after: Record, broken: Sequence[BrokenPage]) -> Summary:
    """What became of the build's contents; what it cost is for the caller to fill in."""
    return Summary(
        build=build.number,
        title=build.title,
        model=build.embedding_model,
        pages=count_pages(before, after, broken),
        passages=count_passages(before, after),
        broken=tuple(broken),
    )


def count_pages(before: Record, after: Record, broken: Sequence[BrokenPage]) -> PageCounts:
    """How a build's pages differ; a broken page is counted as that alone."""
    unread = {page.path for page in broken}
    kept = (before.pages.keys() & after.pages.keys()) - unread
    changed = sum(before.pages[path] != after.pages[path] for path in kept)
    return PageCounts(
        new=len(after.pages.keys() - before.pages.keys()),
        changed=changed,
        unchanged=len(kept) - changed,
        removed=len(before.pages.keys() - after.pages.keys()),
        broken=len(unread),
    )


def count_passages(before: Record, after: Record) -> PassageCounts:
    """How a build's passages differ, by id and by the page hash that they bear."""
    old, now = _by_id(before), _by_id(after)
    return PassageCounts(
        embedded=len(now.keys() - old.keys()),
        moved=sum(old[id_] != now[id_] for id_ in old.keys() & now.keys()),
        removed=len(old.keys() - now.keys()),
        total=len(now),
    )


def _by_id(record: Record) -> dict[str, str]:
    return {id_: bears for passages in record.passages.values() for id_, bears in passages.items()}
