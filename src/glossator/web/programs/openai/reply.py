"""What `/v1` answers: objects of OpenAI's API, with citations as annotations of the message."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from glossator.domain.answering.notices import notices_for
from glossator.domain.answering.question import Answer, Citation, TextSpan
from glossator.web.http.errors.programs import openai_error
from glossator.web.http.pages import absolute
from glossator.web.http.stream import STILL_HERE, Event

DESCRIPTIONS: Final[Mapping[str, str]] = {
    "book": "Answers from the book, with citations.",
    "book-passages": "The passages of the book that fit the question best, as they are.",
    "book-extractive": "The sentences of the book that answer the question; no model writes.",
}
NOTICE: Final = "\n\n---\n\n{sentence}\n\n"


def model_to_json(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "object": "model",
        "created": 0,
        "owned_by": "glossator",
        "description": DESCRIPTIONS[name],
    }


@dataclass
class Completion:
    """One answer. `address` is ours, for links to our own reader; `sources` are the links to what the answer may cite,
    by number."""

    request_id: str
    model: str
    question: str
    created: int
    address: str
    sources: dict[int, str] = field(default_factory=dict)

    def whole(self, answer: Answer) -> dict[str, Any]:
        message = {
            "role": "assistant",
            "content": answer.response,
            "refusal": None,
            "annotations": self._annotations(answer, 0),
        }
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        return {**self._head("chat.completion"), "choices": [choice], **self._facts(answer), "usage": usage_of(answer)}

    def first(self) -> Event:
        return self._chunk("start", {"role": "assistant", "content": ""})

    def notice(self, answer: Answer) -> str:
        """What is sent ahead of an answer that replaces what was streamed: this protocol cannot take text back."""
        if not answer.replaces:
            return ""
        sentences = notices_for(self.question)
        return NOTICE.format(sentence=sentences.unsupported if answer.reason == "unsupported" else sentences.replaced)

    def last(self, answer: Answer, offset: int) -> Event:
        """`offset` is the number of characters before the answer's own text."""
        event = self._chunk("final", {"annotations": self._annotations(answer, offset)}, "stop")
        return Event("final", {**event.data, **self._facts(answer)})

    def usage(self, answer: Answer) -> Event:
        return Event("usage", {**self._head("chat.completion.chunk"), "choices": [], "usage": usage_of(answer)})

    def encoded(self, number: int, event: Event) -> bytes:
        """As it is sent; neighbouring deltas were joined before."""
        del number
        match event.name:
            case "":
                return STILL_HERE
            case "done":
                return b"data: [DONE]\n\n"
            case "delta":
                data = self._chunk("", {"content": event.data["text"]}).data
            case "error":
                data = openai_error(event.data)
            case _:
                data = event.data
        return f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode(errors="replace")

    def _chunk(self, name: str, delta: Mapping[str, Any], finish_reason: str | None = None) -> Event:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
        return Event(name, {**self._head("chat.completion.chunk"), "choices": [choice]})

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": f"chatcmpl-{self.request_id}", "object": kind, "created": self.created, "model": self.model}

    def _facts(self, answer: Answer) -> dict[str, Any]:
        """`citations[n - 1]` is the address of the section that the answer cites as `[n]`."""
        urls = self.sources | {citation.n: citation.url for citation in answer.citations}
        most = max((citation.n for citation in answer.citations), default=0)
        links = [absolute(self.address, urls.get(n, "")) for n in range(1, most + 1)]
        return {"citations": links, "mode": answer.mode, "reason": answer.reason}

    def _annotations(self, answer: Answer, offset: int) -> list[dict[str, Any]]:
        """Characters of the content that a sentence of the book supports, and the link to that sentence."""
        places = [(one, *place) for one in answer.citations for place in places_of(one, answer.response)]
        return [
            {
                "type": "url_citation",
                "url_citation": {
                    "start_index": offset + span.start,
                    "end_index": offset + span.end,
                    "title": citation.label,
                    "url": absolute(self.address, url),
                },
            }
            for citation, url, span in places
        ]


def places_of(citation: Citation, response: str) -> Iterator[tuple[str, TextSpan]]:
    for quote in citation.quotes:
        yield quote.url, quote.claim
    if not citation.quotes:
        mark = f"[{citation.n}]"
        start = max(0, response.find(mark))
        yield citation.url, TextSpan(start, start + len(mark))


def usage_of(answer: Answer) -> dict[str, int]:
    read, written = answer.usage.prompt_tokens, answer.usage.completion_tokens
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
