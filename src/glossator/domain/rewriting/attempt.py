"""One text through the model: masked, asked for at most twice, and given out only when it passed every check."""

from contextlib import aclosing
from typing import Final

from glossator.domain.errors import Unavailable
from glossator.domain.ports import ChatModel, Completed, Delta, Prompt
from glossator.domain.rewriting.checks import fault_of
from glossator.domain.rewriting.masking import LostPiece, Masked, restore
from glossator.domain.rewriting.prompt import rewriting_prompt
from glossator.domain.rewriting.wish import Rewritten, Wish

TRIES: Final = 2
LONGEST_FACTOR: Final = 3
LONGEST_SPARE: Final = 200


async def rewrite_text(model: ChatModel, text: str, masked: Masked, wish: Wish) -> Rewritten:
    """The text unchanged with a code when no try passed."""
    code: str | None = None
    for number in range(TRIES):
        try:
            result, code = await attempt(model, text, masked, wish, again=number > 0)
        except Unavailable:
            return Rewritten(text, "unavailable")
        if code is None:
            return Rewritten(result)
    return Rewritten(text, code)


async def attempt(model: ChatModel, text: str, masked: Masked, wish: Wish, *, again: bool) -> tuple[str, str | None]:
    """The result, and what is wrong with it. Raises Unavailable."""
    prompt, fence = rewriting_prompt(masked.text, wish, again=again)
    said, truncated = await answer_of(model, prompt, most=LONGEST_FACTOR * len(text) + LONGEST_SPARE)
    if truncated:
        return "", "truncated"
    if fence in said:
        return "", "not_a_rewriting"
    try:
        result = restore(masked, said)
    except LostPiece:
        return "", "lost_piece"
    return result, fault_of(text, result, language=wish.language)


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
