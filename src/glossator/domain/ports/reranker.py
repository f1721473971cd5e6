from collections.abc import Sequence
from typing import Protocol


class Reranker(Protocol):
    """Judges passages against a question, more carefully than the index does. Optional: no bundled plugin has one."""

    async def scores(self, question: str, passages: Sequence[str]) -> Sequence[float]:
        """One score from 0 to 1 for each passage, in their order. Raises Unavailable."""
        ...
