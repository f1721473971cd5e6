"""Builds the prompt for exactly one text, which it quotes: one reader's text cannot change another's result.

The model answers between two fence lines. Their token is random for every prompt, so no text can contain or guess it.
"""

import json
from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files
from string import Template
from typing import Final

from glossator.domain.budget.spending import TOKENS_PER_CHARACTER
from glossator.domain.fences import fence_line, fenced
from glossator.domain.ports.chat_model import Prompt
from glossator.domain.rewriting.request import RewriteRequest

MAX_TOKENS: Final = 16_000
"""The usual models' limit for one answer."""
EXTRA_TOKENS: Final = 200
PROMPT_FILES: Final = files("glossator.domain.rewriting") / "prompts"
PROMPTS: Final = ("translate", "adjust", "level-beginner", "level-intermediate", "retry")
"""Every prompt file; the prompt version is computed from them."""
CHECKS_VERSION: Final = 6
"""Increase it when masking or the checks change, so that results accepted by older checks are no longer served."""
ANSWER: Final = "rewriting"


def rewriting_prompt(text: str, request: RewriteRequest, *, retry: bool = False) -> tuple[Prompt, str]:
    """The prompt for a masked text, and the fence that `fenced_answer` needs."""
    fence = fence_line()
    opening, closing = answer_fences(fence)
    reader = request.reader.quoted if request.reader else ""
    system = Template(_file(request.kind)).substitute(
        fence=fence,
        opening=opening,
        closing=closing,
        target=request.target,
        level=_file(f"level-{request.target}").strip() if request.kind == "adjust" else "",
        retry=_file("retry") if retry else "",
    )
    user = fenced(fence, "about the reader", reader) + fenced(fence, "text", text)
    return Prompt(system, user, max_tokens=max_tokens(text, retry=retry), temperature=0.0, step="rewrite"), fence


def max_tokens(text: str, *, retry: bool) -> int:
    tokens = EXTRA_TOKENS + TOKENS_PER_CHARACTER * len(text)
    return min(MAX_TOKENS, 2 * tokens if retry else tokens)


def answer_fences(fence: str) -> tuple[str, str]:
    return f"{fence} {ANSWER}", f"{fence} end of {ANSWER}"


def fenced_answer(answer: str, fence: str) -> str | None:
    """The text between the two fence lines; None unless the answer has exactly one such text, without a fence in it."""
    lines = answer.split("\n")
    trimmed = [line.strip() for line in lines]
    opening, closing = answer_fences(fence)
    if trimmed.count(opening) != 1 or trimmed.count(closing) != 1:
        return None
    start, end = trimmed.index(opening), trimmed.index(closing)
    text = "\n".join(lines[start + 1 : end])
    return text if start < end and fence not in text else None


def prompt_version() -> str:
    """Changes whenever a prompt or a check changes."""
    return digest([*map(_file, PROMPTS), CHECKS_VERSION]).hex()[:16]


def glossary_version(terms: Sequence[str]) -> str:
    return digest(sorted(set(terms))).hex()[:16]


def digest(parts: object) -> bytes:
    return sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")).digest()


def _file(name: str) -> str:
    return (PROMPT_FILES / f"{name}.md").read_text(encoding="utf-8")
