"""One text through the model: masked, asked for at most twice, and given out only when it passed every check."""

from collections.abc import Sequence
from contextlib import aclosing
from typing import Final

from glossator.domain.errors import Unavailable
from glossator.domain.ports.chat_model import ChatModel, Completed, Delta, Prompt
from glossator.domain.rewriting.checks.checks import fault_of
from glossator.domain.rewriting.checks.lengths import longest
from glossator.domain.rewriting.masking.mask import LostPiece, Masked, restore
from glossator.domain.rewriting.prompt import MOST_TOKENS, rewriting_prompt
from glossator.domain.rewriting.request import RewriteRequest, Rewritten

TRIES: Final = 2


class Refused(Exception):
    """An answer that is no rewriting; `code` says why, and `final` that another try would come to the same."""

    def __init__(self, code: str, *, final: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.final = final


async def rewrite_text(
    model: ChatModel, text: str, masked: Masked, request: RewriteRequest, *, terms: Sequence[str] = ()
) -> Rewritten:
    """The text unchanged with a code when no try passed. `terms` are those that it was masked with."""
    code: str | None = None
    for number in range(TRIES):
        try:
            result = await attempt(model, masked, request, most=longest(text), again=number > 0)
            code = fault_of(text, result, language=request.language, terms=terms)
        except Refused as refused:
            code = refused.code
            if refused.final:
                break
        except Unavailable:
            return Rewritten(text, "unavailable")
        if code is None:
            return Rewritten(result)
    return Rewritten(text, code)


async def attempt(model: ChatModel, masked: Masked, request: RewriteRequest, *, most: int, again: bool) -> str:
    """The rewritten text, whole but not yet checked. Raises Refused and Unavailable."""
    prompt, fence = rewriting_prompt(masked.text, request, again=again)
    said, truncated = await answer_of(model, prompt, most=most)
    if truncated:
        raise Refused("truncated", final=prompt.max_tokens >= MOST_TOKENS)
    if fence in said:
        raise Refused("not_a_rewriting")
    if "\r" not in masked.text:
        said = said.replace("\r\n", "\n").replace("\r", "\n")
    try:
        return restore(masked, said)
    except LostPiece:
        raise Refused("lost_piece") from None


async def answer_of(model: ChatModel, prompt: Prompt, *, most: int) -> tuple[str, bool]:
    """The model's text, and whether it is cut off. One much longer than `most` is not read to its end."""
    pieces: list[str] = []
    length, truncated = 0, True
    async with aclosing(model.stream(prompt)) as events:
        async for event in events:
            match event:
                case Delta(piece):
                    pieces.append(piece)
                    length += len(piece)
                case Completed() as completed:
                    truncated = completed.truncated
            if length > 2 * most:
                return "".join(pieces), False
    return "".join(pieces), truncated
