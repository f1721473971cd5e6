"""Whether a question would be answered: found as readers' questions are, and quoted without a language model."""

from dataclasses import dataclass
from typing import Final

from glossator.domain.answering.extractive import Quoter
from glossator.domain.answering.retrieval.evidence import is_enough
from glossator.domain.answering.retrieval.pieces import pieces_of
from glossator.domain.answering.retrieval.retriever import Retriever
from glossator.domain.book.passages import Passage
from glossator.domain.budget.spending import Spending
from glossator.domain.errors import Unavailable

NO_MODEL: Final = False


@dataclass(frozen=True)
class Checked:
    """The passage that the answer quotes first, and the best cosine of the search (1 without vectors)."""

    passage: Passage
    score: float


class AnswerCheck:
    """Decides as `Answering` does where no model may judge weak evidence: what passes is answered by any model."""

    def __init__(self, retriever: Retriever, quoter: Quoter, *, passages: int, characters: int) -> None:
        self._retriever = retriever
        self._quoter = quoter
        self._passages = passages
        self._characters = characters

    @property
    def usd_per_million_tokens(self) -> float:
        return self._retriever.usd_per_million_tokens

    async def check(self, question: str, spending: Spending) -> Checked | None:
        """None if it would not be answered. Raises Unavailable, also while nothing can be embedded."""
        found = await self._retriever.retrieve(question)
        spending.add_embedding(found.tokens, self.usd_per_million_tokens)
        if found.degraded:
            raise Unavailable("embeddings", "a suggested question could not be embedded")
        if not found.hits or found.unsupported_script or not is_enough(found.strength, generates=NO_MODEL):
            return None
        pieces = pieces_of(found.hits, passages=self._passages, characters=self._characters)
        quoted = await self._quoter.quote(question, pieces, found.strength)
        if not quoted.text:
            return None
        return Checked(quoted.lines[0].passage, max(found.cosines.values(), default=1.0))
