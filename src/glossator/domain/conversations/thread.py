"""One question on its way through an account's conversation, and what is stored of it in the end."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from glossator.domain.answering.question import Answer, Citation, Question
from glossator.domain.conversations.conversation import Exchange, Message

TITLE_CHARACTERS: Final = 80


def new_id() -> str:
    return str(uuid4())


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Thread:
    """Every id is made up front, so that a stream can begin with them. `new_title` is set when there is no
    conversation yet.
    """

    account_id: str
    question: Question
    request_id: str
    conversation_id: str = field(default_factory=new_id)
    new_title: str | None = None
    question_id: str = field(default_factory=new_id)
    answer_id: str = field(default_factory=new_id)
    asked_at: datetime = field(default_factory=now)

    def answered(self, answer: Answer) -> Exchange:
        return self._exchange(answer.response, answer.citations, mode=answer.mode)

    def broken_off(self, said: str, offered: Sequence[Citation]) -> Exchange:
        """With those of the offered citations that stand in what was said."""
        return self._exchange(said, [citation for citation in offered if f"[{citation.n}]" in said], mode=None)

    def _exchange(self, content: str, citations: Sequence[Citation], *, mode: str | None) -> Exchange:
        question = Message(
            id=self.question_id,
            conversation_id=self.conversation_id,
            role="user",
            content=storable(self.question.text),
            created_at=self.asked_at,
            selected_text=storable(self.question.selected_text) or None,
        )
        answer = Message(
            id=self.answer_id,
            conversation_id=self.conversation_id,
            role="assistant",
            content=storable(content),
            created_at=max(now(), self.asked_at),
            sources=tuple(dict.fromkeys(storable(citation.label) for citation in citations)),
            citations=tuple(as_stored(citation) for citation in citations),
            mode=mode,
            interrupted=mode is None,
            request_id=self.request_id,
        )
        return Exchange(question, answer)


def as_stored(citation: Citation) -> dict[str, Any]:
    return {name: storable(value) if isinstance(value, str) else value for name, value in asdict(citation).items()}


def storable(text: str) -> str:
    """A model or a page may say what no database takes: NUL, and halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def title_of(question: str) -> str:
    """Its beginning in one line, ending with a word; a single endless word is cut."""
    line = " ".join(storable(question).split())
    if len(line) <= TITLE_CHARACTERS:
        return line
    return line[: TITLE_CHARACTERS + 1].rpartition(" ")[0] or line[:TITLE_CHARACTERS]
