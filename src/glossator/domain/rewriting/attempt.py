"""Rewrites one masked text: asks the model at most twice and returns only a result that passed every check."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import Final

from glossator.domain.budget.spending import TOKENS_PER_CHARACTER
from glossator.domain.errors import Unavailable
from glossator.domain.ports.chat_model import Completed, Delta, Prompt
from glossator.domain.ports.workers import Workers
from glossator.domain.rewriting.checks.checks import rejection_code
from glossator.domain.rewriting.checks.lengths import max_length
from glossator.domain.rewriting.masking.mask import LostPiece, Masked, restore
from glossator.domain.rewriting.prompt import MAX_TOKENS, fenced_answer, max_tokens, rewriting_prompt
from glossator.domain.rewriting.request import RewriteRequest, Rewritten

MAX_ATTEMPTS: Final = 2
INSTRUCTIONS: Final = 1500
"""Tokens of our own words in a prompt, at most."""

Ask = Callable[[Prompt], AsyncGenerator[Delta | Completed, None]]


class RejectedAnswer(Exception):
    """The answer cannot be used; `code` gives the reason. `final` means that a retry would fail the same way."""

    def __init__(self, code: str, *, final: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.final = final


def worst_case(text: str, request: RewriteRequest, prices: tuple[float, float]) -> float:
    """The most that the attempts for a masked text can cost, in US dollars. `prices` are per million tokens."""
    reader = request.reader.quoted if request.reader else ""
    read = INSTRUCTIONS + TOKENS_PER_CHARACTER * (len(text) + len(reader))
    written = sum(max_tokens(text, retry=number > 0) for number in range(MAX_ATTEMPTS))
    return (MAX_ATTEMPTS * read * prices[0] + written * prices[1]) / 1_000_000


async def rewrite_text(
    ask: Ask, text: str, masked: Masked, request: RewriteRequest, *, workers: Workers, terms: Sequence[str] = ()
) -> Rewritten:
    """The unchanged text with a code if every attempt failed. `terms` are those that the text was masked with.

    `workers` compare the texts. Raises Overloaded.
    """
    code: str | None = None
    for number in range(MAX_ATTEMPTS):
        try:
            result = await attempt(ask, masked, request, limit=max_length(text), retry=number > 0)
            result = await workers.run(partial(restored, masked, result))
            check = partial(rejection_code, text, result, language=request.language, terms=terms)
            code = await workers.run(check)
        except RejectedAnswer as rejected:
            code = rejected.code
            if rejected.final:
                break
        except Unavailable:
            return Rewritten(text, "unavailable")
        if code is None:
            return Rewritten(result)
    return Rewritten(text, code)


async def attempt(ask: Ask, masked: Masked, request: RewriteRequest, *, limit: int, retry: bool) -> str:
    """The rewritten text with its placeholders, not yet checked. Raises RejectedAnswer and Unavailable."""
    prompt, fence = rewriting_prompt(masked.text, request, retry=retry)
    answer, truncated = await read_answer(ask, prompt, limit=limit)
    if truncated:
        raise RejectedAnswer("truncated", final=prompt.max_tokens >= MAX_TOKENS)
    if "\r" not in masked.text:
        answer = answer.replace("\r\n", "\n").replace("\r", "\n")
    rewritten = fenced_answer(answer, fence)
    if rewritten is None:
        raise RejectedAnswer("not_a_rewriting")
    return rewritten


def restored(masked: Masked, rewritten: str) -> str:
    """Raises RejectedAnswer."""
    try:
        return restore(masked, rewritten)
    except LostPiece:
        raise RejectedAnswer("lost_piece") from None


async def read_answer(ask: Ask, prompt: Prompt, *, limit: int) -> tuple[str, bool]:
    """The model's answer, and whether it was cut off. Raises RejectedAnswer once it is twice as long as `limit`."""
    pieces: list[str] = []
    length, truncated = 0, True
    async with aclosing(ask(prompt)) as events:
        async for event in events:
            match event:
                case Delta(piece):
                    pieces.append(piece)
                    length += len(piece)
                case Completed() as completed:
                    truncated = completed.truncated
            if length > 2 * limit:
                raise RejectedAnswer("too_long")
    return "".join(pieces), truncated
