"""The questions of an evaluation, with the quotes of the book that answer them."""

from dataclasses import dataclass

from glossator.domain.answering.question import Question, Turn


@dataclass(frozen=True)
class GoldQuote:
    """Text that answers a question, verbatim from the page with this path. Without a quote, the whole page does."""

    page: str
    quote: str

    def is_in(self, page: str, text: str) -> bool:
        """White space does not matter."""
        return page == self.page and one_spaced(self.quote) in one_spaced(text)


@dataclass(frozen=True)
class EvaluationQuestion:
    """`evidence` has one quote or more for each part of the answer; it is empty when the book does not answer."""

    id: str
    text: str
    evidence: tuple[tuple[GoldQuote, ...], ...] = ()
    selected_text: str = ""
    history: tuple[Turn, ...] = ()
    kind: str = ""
    language: str = ""

    @property
    def is_answerable(self) -> bool:
        return bool(self.evidence)

    @property
    def question(self) -> Question:
        return Question(self.text, self.selected_text, self.history, "markdown")


def one_spaced(text: str) -> str:
    return " ".join(text.split())
