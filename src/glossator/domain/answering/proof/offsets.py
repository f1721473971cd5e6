"""Citations with positions as browsers count them: UTF-16 code units."""

from dataclasses import asdict
from itertools import accumulate
from typing import Any

from glossator.domain.answering.question import Citation, Span


class Utf16Offsets:
    """Converts positions in a text to UTF-16 code units, in which browsers count."""

    def __init__(self, text: str) -> None:
        units = (1 + (ord(character) > 0xFFFF) for character in text)
        self._before = range(len(text) + 1) if text.isascii() else [0, *accumulate(units)]

    def span(self, span: Span) -> dict[str, int]:
        return {"start": self._before[span.start], "end": self._before[span.end]}


def citation_to_json(citation: Citation, offsets: Utf16Offsets) -> dict[str, Any]:
    quotes = [{"text": one.text, "url": one.url, "claim": offsets.span(one.claim)} for one in citation.quotes]
    return asdict(citation) | {"quotes": quotes}
