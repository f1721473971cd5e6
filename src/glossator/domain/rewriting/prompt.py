"""One prompt holds exactly one text, as fenced quotation: what one reader sends can touch no other's result."""

import json
from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files
from string import Template
from typing import Final

from glossator.domain.ports.chat_model import Prompt
from glossator.domain.quotation import fence_line, fenced
from glossator.domain.rewriting.request import RewriteRequest

MOST_TOKENS: Final = 16_000
"""What the usual models write at most in one answer."""
SPARE_TOKENS: Final = 200
TOKENS_A_CHARACTER: Final = 2
"""Of a translation into a script that the model's tokeniser knows badly, for a character of the source."""
PROMPT_FILES: Final = files("glossator.domain.rewriting") / "prompts"
PROMPTS: Final = ("translate", "adjust", "level-beginner", "level-intermediate", "again")
"""Everything that a model is told, and so the version."""
CHECKS: Final = 5
"""Raised whenever masking or the checks change, so that what passed the former ones is not shown any more."""


def rewriting_prompt(text: str, request: RewriteRequest, *, again: bool = False) -> tuple[Prompt, str]:
    """The prompt for a masked text, and its fence, which no honest answer contains."""
    fence = fence_line()
    reader = request.reader.quoted if request.reader else ""
    system = Template(_file(request.kind)).substitute(
        fence=fence,
        target=request.target,
        level=_file(f"level-{request.target}").strip() if request.kind == "adjust" else "",
        again=_file("again") if again else "",
    )
    user = fenced(fence, "about the reader", reader) + fenced(fence, "text", text)
    tokens = min(MOST_TOKENS, SPARE_TOKENS + TOKENS_A_CHARACTER * len(text))
    if again:
        tokens = min(MOST_TOKENS, 2 * tokens)
    return Prompt(system, user, max_tokens=tokens, temperature=0.0), fence


def prompt_version() -> str:
    """Another one with every change of what is asked."""
    return digest([*map(_file, PROMPTS), CHECKS]).hex()[:16]


def glossary_version(terms: Sequence[str]) -> str:
    return digest(sorted(set(terms))).hex()[:16]


def digest(parts: object) -> bytes:
    return sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")).digest()


def _file(name: str) -> str:
    return (PROMPT_FILES / f"{name}.md").read_text(encoding="utf-8")
