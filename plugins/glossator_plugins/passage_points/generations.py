"""Generations of one build: readers see the points of its generation, while the next one is written beside them.

- A point is seen from generation `since` until generation `until`; without them from the first to the last.
- A passage that only moves is one point. It keeps its vectors, and `moved` holds what it says from a generation on.
- A page has two points, which are used in turn.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from glossator.domain.book.index import Build, Suggestion
from glossator.domain.book.passages import Passage
from glossator_plugins.passage_points import points
from glossator_plugins.passage_points.points import Payload

SINCE: Final = "since"
UNTIL: Final = "until"
MOVED: Final = "moved"
MOVED_SINCE: Final = f"{MOVED}.{SINCE}"
COUNTED_FIELDS: Final = (SINCE, UNTIL, MOVED_SINCE)
"""Each has an integer index: a cluster in strict mode refuses filters on others."""
FIELDS: Final = (SINCE, UNTIL, MOVED)


def since_draft(build: Build) -> dict[str, object]:
    """The payload of a point that the draft adds."""
    return {SINCE: build.draft} if build.draft > build.generation else {}


def seen_in(payload: Payload, generation: int) -> Payload:
    """What a passage says in this generation."""
    moved = payload.get(MOVED) or {}
    return {**payload, **moved} if moved and moved[SINCE] <= generation else payload


def moved_payload(stored: Payload, passage: Passage, page_hash: str, build: Build) -> dict[str, Any]:
    """What to set where a stored passage moves. An earlier move becomes what the point itself says."""
    changed, draft = points.passage_payload(passage, page_hash), build.draft
    if draft == build.generation or stored.get(SINCE, 0) == draft:
        return changed  # no reader has seen the point
    earlier = stored.get(MOVED) or {SINCE: draft}
    seen = {} if earlier[SINCE] == draft else {name: value for name, value in earlier.items() if name != SINCE}
    return {**seen, MOVED: {**changed, SINCE: draft}}


def page_slots(path: str) -> tuple[str, str]:
    """The ids of a page's two points."""
    return points.page_id(path), str(uuid5(NAMESPACE_URL, f"glossator:page-2:{path}"))


def free_slot(path: str, stored: Mapping[str, Payload], build: Build) -> tuple[str, str | None]:
    """The point to write a page to, and the one that readers see. `stored` are the payloads of its points."""
    if build.draft == build.generation:
        return page_slots(path)[0], None
    seen = next((slot for slot in page_slots(path) if slot in stored and _is_seen(stored[slot], build)), None)
    return next(slot for slot in page_slots(path) if slot != seen), seen


def seen_slots(
    suggestions: Sequence[tuple[str, Sequence[Suggestion]]], stored: Mapping[str, Payload], build: Build
) -> dict[str, dict[str, object]]:
    """What to set in the point that readers see of each page, by its id."""
    slots = ((slot, listed) for path, listed in suggestions for slot in page_slots(path))
    return {
        slot: points.suggestions_payload(listed)
        for slot, listed in slots
        if slot in stored and _is_seen(stored[slot], build)
    }


def _is_seen(payload: Payload, build: Build) -> bool:
    until = payload.get(UNTIL, build.generation + 1)
    return bool(payload.get(SINCE, 0) <= build.generation < until)
