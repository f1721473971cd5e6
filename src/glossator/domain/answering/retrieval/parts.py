"""Splits a question that asks several things at once, so that each part is searched for by itself."""

import re
from typing import Final

MAX_PARTS: Final = 3
MIN_WORDS: Final = 3
_ASKING: Final = r"(?:how|what|which|why|when|where|who|whose|is|are|can|could|do|does|did|should|will)"
_BOUNDARY: Final = re.compile(
    rf"(?<=[?\uff1f\u061f])\s+|[,;]?\s+(?:and|or)\s+(?={_ASKING}\b)|,\s+(?={_ASKING}\b)", re.IGNORECASE
)


def parts_of(question: str) -> list[str]:
    """At most three parts; none for a question that asks one thing."""
    parts = [part.strip() for part in _BOUNDARY.split(question)]
    whole = [part for part in parts if len(part.split()) >= MIN_WORDS]
    return whole[:MAX_PARTS] if len(whole) > 1 else []
