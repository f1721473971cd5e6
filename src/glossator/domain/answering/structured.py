"""Answers as JSON, sentence by sentence with their numbers, for models that support a schema.

A stream is read object by object: each sentence is shown as soon as it is complete. A model that answers in free
text all the same is passed through.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from glossator.domain.answering.prompt import NOT_IN_BOOK

ANSWER_SCHEMA: Final[Mapping[str, object]] = {
    "type": "object",
    "properties": {
        "in_book": {"type": "boolean", "description": "false if the passages do not contain the answer"},
        "sentences": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string", "description": "one sentence or list item, without numbers in brackets"},
                    "numbers": {"type": "array", "items": {"type": "integer"}},
                },
                "required": ["text", "numbers"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["in_book", "sentences"],
    "additionalProperties": False,
}
MAX_OBJECT: Final = 20_000
_OPENING: Final = re.compile(r'\s*\{\s*"in_book"\s*:\s*(true|false)\s*,\s*"sentences"\s*:\s*\[')
_BLOCK_START: Final = re.compile(r"[-*+] |\d+[.)] |#|>|```|\|")


class StructuredReader:
    """Turns the JSON of an answer into Markdown with `[n]`, piece by piece."""

    def __init__(self) -> None:
        self._waiting = ""
        self._is_json: bool | None = None
        self._began = False

    def feed(self, delta: str) -> str:
        self._waiting += delta
        opening = self._open() if self._is_json is None else ""
        if self._is_json is None:
            return opening
        if self._is_json and "}" not in delta and not opening:
            return ""  # no object ends here, so that a long one is not parsed again for each of its pieces
        return opening + (self._sentences() if self._is_json else self._rest())

    def flush(self) -> str:
        """What is left of free text; the end of a JSON document says nothing."""
        return "" if self._is_json else self._rest()

    def _open(self) -> str:
        start = self._waiting.lstrip()
        if start and not start.startswith("{"):
            self._is_json = False
        elif found := _OPENING.match(self._waiting):
            self._is_json = True
            self._waiting = self._waiting[found.end() :]
            return f"{NOT_IN_BOOK} " if found[1] == "false" else ""
        elif len(self._waiting) > MAX_OBJECT:
            self._is_json = False
        return ""

    def _sentences(self) -> str:
        decoder, shown = json.JSONDecoder(), ""
        while True:
            text = self._waiting.lstrip(" \t\r\n,")
            try:
                sentence, end = decoder.raw_decode(text)
            except ValueError:
                return shown
            self._waiting = text[end:]
            shown += self._markdown(sentence)

    def _markdown(self, sentence: Any) -> str:
        if not isinstance(sentence, dict) or not isinstance(sentence.get("text"), str):
            return ""
        text = sentence["text"].strip()
        numbers = [number for number in sentence.get("numbers") or () if isinstance(number, int)]
        gap = ("\n" if _BLOCK_START.match(text) else " ") if self._began else ""
        self._began = True
        marks = "".join(f"[{number}]" for number in numbers)
        return f"{gap}{text}{f' {marks}' if marks else ''}"

    def _rest(self) -> str:
        rest, self._waiting = self._waiting, ""
        return rest
