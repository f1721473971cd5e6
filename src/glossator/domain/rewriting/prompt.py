"""One prompt holds exactly one text, as fenced quotation: what one reader sends can touch no other's result."""

import json
from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files
from string import Template
from typing import Final

from glossator.domain.ports import Prompt
from glossator.domain.quotation import fence_line, fenced
from glossator.domain.rewriting.wish import Wish

MOST_TOKENS: Final = 16_000
"""What the usual models write at most in one answer."""
SPARE_TOKENS: Final = 200
TOKENS_A_CHARACTER: Final = 2
"""Of a translation into a script that the model's tokeniser knows badly, for a character of the source."""
LEVELS: Final = {
    "beginner": "Use short sentences and everyday words, and say in a few words what each technical term means.",
    "intermediate": "Use clear sentences; common technical terms need no explanation, rare ones a short one.",
}
CHECKS: Final = 3
"""Raised whenever masking or the checks change, so that what passed the former ones is not shown any more."""
_AGAIN: Final = "An earlier attempt was thrown away, since it broke one of these rules. Keep every one of them now."


def rewriting_prompt(text: str, wish: Wish, *, again: bool = False) -> tuple[Prompt, str]:
    """The prompt for a masked text, and its fence, which no honest answer contains."""
    fence = fence_line()
    reader = wish.reader.quoted if wish.reader else ""
    system = _template(wish.kind).substitute(
        fence=fence, target=wish.target, level=LEVELS.get(wish.target, ""), again=_AGAIN if again else ""
    )
    user = fenced(fence, "about the reader", reader) + fenced(fence, "text", text)
    tokens = min(MOST_TOKENS, SPARE_TOKENS + TOKENS_A_CHARACTER * len(text))
    if again:
        tokens = min(MOST_TOKENS, 2 * tokens)
    return Prompt(system, user, max_tokens=tokens, temperature=0.0), fence


def prompt_version() -> str:
    """Another one with every change of what is asked."""
    asked = [_template("translate").template, _template("adjust").template, LEVELS, _AGAIN, CHECKS]
    return digest(asked).hex()[:16]


def glossary_version(terms: Sequence[str]) -> str:
    return digest(sorted(set(terms))).hex()[:16]


def digest(parts: object) -> bytes:
    return sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")).digest()


def _template(name: str) -> Template:
    return Template((files("glossator.domain.rewriting") / "prompts" / f"{name}.md").read_text(encoding="utf-8"))
