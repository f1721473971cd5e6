"""A question of an account while it is answered, and the exchange that is stored afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from glossator.domain.answering.proof.citations import Utf16Offsets, citation_to_json
from glossator.domain.answering.question import Answer, Citation, Question
from glossator.domain.clock import now
from glossator.domain.conversations.conversation import Exchange, Message

MAX_TITLE_LENGTH: Final = 80


def new_id() -> str:
    return str(uuid4())


@dataclass(frozen=True)
class Thread:
    """All ids are created first, so that a stream can start with them. `new_title` is set for a new conversation."""

    account_id: str
    question: Question
    request_id: str
    conversation_id: str = field(default_factory=new_id)
    new_title: str | None = None
    question_id: str = field(default_factory=new_id)
    answer_id: str = field(default_factory=new_id)
    asked_at: datetime = field(default_factory=now)

    def completed_exchange(self, answer: Answer) -> Exchange:
        return self._build_exchange(answer.response, answer.citations, mode=answer.mode)

    def interrupted_exchange(self, text: str, offered: Sequence[Citation]) -> Exchange:
        """Stores only the offered citations whose number appears in `text`."""
        return self._build_exchange(text, [citation for citation in offered if f"[{citation.n}]" in text], mode=None)

    def _build_exchange(self, content: str, citations: Sequence[Citation], *, mode: str | None) -> Exchange:
        offsets = Utf16Offsets(content)
        question = Message(
            id=self.question_id,
            conversation_id=self.conversation_id,
            role="user",
            content=clean_text(self.question.text),
            created_at=self.asked_at,
            selected_text=clean_text(self.question.selected_text) or None,
        )
        answer = Message(
            id=self.answer_id,
            conversation_id=self.conversation_id,
            role="assistant",
            content=clean_text(content),
            created_at=max(now(), self.asked_at),
            sources=tuple(dict.fromkeys(clean_text(citation.label) for citation in citations)),
            citations=tuple(clean(citation_to_json(citation, offsets)) for citation in citations),
            mode=mode,
            interrupted=mode is None,
            request_id=self.request_id,
        )
        return Exchange(question, answer)


def clean(value: Any) -> Any:
    """The value with every text in it cleaned."""
    match value:
        case str():
            return clean_text(value)
        case list() | tuple():
            return [clean(item) for item in value]
        case dict():
            return {name: clean(item) for name, item in value.items()}
    return value


def clean_text(text: str) -> str:
    """Removes what PostgreSQL rejects: NUL and lone surrogates. Models and pages may contain both."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def make_title(question: str) -> str:
    """The start of the question on one line, cut after a whole word where possible."""
    line = " ".join(clean_text(question).split())
    if len(line) <= MAX_TITLE_LENGTH:
        return line
    return line[: MAX_TITLE_LENGTH + 1].rpartition(" ")[0] or line[:MAX_TITLE_LENGTH]
