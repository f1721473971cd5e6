"""Reads a question file: one JSON object per line.

`evidence` is a list of groups of alternatives: a question is answered by passages that hold one quote of each group. An
empty list means that the book does not answer the question. Without a `quote`, any passage of the file is evidence.
`{"page", "quote"}` stands for a single quote, and `{"declined"}` for an empty list.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field, StringConstraints, ValidationError

from glossator.domain.answering.evaluation.questions import EvaluationQuestion, GoldQuote
from glossator.domain.answering.question import Turn
from glossator.domain.book.words import script_name

MAX_REPORTED: Final = 10
RequiredText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class QuestionFileInvalid(Exception):
    """A question file cannot be read. `reasons` name their lines."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons[:MAX_REPORTED]))
        self.reasons = reasons


class QuoteLine(BaseModel):
    file: RequiredText
    quote: str = ""


class TurnLine(BaseModel):
    role: Literal["user", "assistant"]
    content: str


class QuestionLine(BaseModel):
    question: RequiredText
    evidence: list[Annotated[list[QuoteLine], Field(min_length=1)]] | None = None
    page: RequiredText | None = None
    quote: str = ""
    declined: object = None
    id: str = ""
    selected_text: str = ""
    history: list[TurnLine] = []
    kind: str = ""
    type: str = ""
    language: str = ""

    def groups(self) -> tuple[tuple[GoldQuote, ...], ...]:
        """Raises ValueError."""
        if self.evidence is not None:
            return tuple(tuple(GoldQuote(one.file, one.quote) for one in group) for group in self.evidence)
        if self.page:
            return ((GoldQuote(self.page, self.quote),),)
        if self.declined is None:
            raise ValueError("evidence: is missing; an empty list means that the book does not answer")
        return ()


def read_questions(lines: Iterable[str]) -> list[EvaluationQuestion]:
    """Blank lines are skipped. Raises QuestionFileInvalid with every error."""
    questions: dict[str, EvaluationQuestion] = {}
    reasons = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            question = read_question(json.loads(line))
        except ValueError as error:
            reasons.append(f"line {number}: {_reason(error)}")
            continue
        if question.id in questions:
            reasons.append(f"line {number}: repeats a question; give both an `id`")
        questions[question.id] = question
    if not questions and not reasons:
        reasons.append("the file has no questions")
    if reasons:
        raise QuestionFileInvalid(reasons)
    return list(questions.values())


def read_question(record: Mapping[str, Any]) -> EvaluationQuestion:
    """Without an id the question is its own, and without a language its script. Raises ValueError."""
    line = QuestionLine.model_validate(record)
    return EvaluationQuestion(
        id=line.id or line.question,
        text=line.question,
        evidence=line.groups(),
        selected_text=line.selected_text,
        history=tuple(Turn(turn.role, turn.content) for turn in line.history),
        kind=line.kind or line.type,
        language=line.language or script_name(line.question) or "Latin",
    )


def _reason(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc'])) or 'line'}: {first['msg']}"
    return "is not JSON" if isinstance(error, json.JSONDecodeError) else str(error)
