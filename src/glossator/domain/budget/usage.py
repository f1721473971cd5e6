"""What was spent per day, and what is left: for `glossator usage` and `GET /usage`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from glossator.domain.budget.caps import Cap, usd
from glossator.domain.budget.ports import Used


@dataclass(frozen=True)
class CapBalance:
    """`left` is in billionths of a US dollar; None for a cap that each account or network has for itself."""

    cap: Cap
    left: int | None


@dataclass(frozen=True)
class UsageReport:
    """`used` is oldest first."""

    used: Sequence[Used]
    caps: Sequence[CapBalance]

    def to_json(self) -> dict[str, Any]:
        days = [_day(day, list(kinds)) for day, kinds in groupby(self.used, key=lambda one: one.day)]
        return {"days": days, "caps": [_cap(state) for state in self.caps]}


def _day(day: date, kinds: Sequence[Used]) -> dict[str, Any]:
    counts = {one.kind: one for one in kinds}
    return {
        "day": day.isoformat(),
        "questions": counts["question"].count if "question" in counts else 0,
        "tokens": sum(one.prompt_tokens + one.completion_tokens + one.embedding_tokens for one in kinds),
        "usd": round(usd(sum(one.nanos for one in kinds)), 6),
        "kinds": {one.kind: _kind(one) for one in kinds},
    }


def _kind(used: Used) -> Mapping[str, Any]:
    return {
        "count": used.count,
        "prompt_tokens": used.prompt_tokens,
        "completion_tokens": used.completion_tokens,
        "embedding_tokens": used.embedding_tokens,
        "usd": round(usd(used.nanos), 6),
    }


def _cap(state: CapBalance) -> Mapping[str, Any]:
    return {
        "limit": state.cap.limit,
        "usd": usd(state.cap.amount),
        "left_usd": None if state.left is None else round(usd(state.left), 6),
        "resets_at": state.cap.resets_at.isoformat().replace("+00:00", "Z"),
    }
