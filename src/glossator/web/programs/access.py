"""Who asks through the interfaces for programs, and what they ask."""

from collections.abc import Sequence
from dataclasses import replace

from glossator.domain.accounts.account import SignedIn
from glossator.domain.accounts.errors import InvalidToken
from glossator.domain.answering.prompt import reader_notes
from glossator.domain.answering.question import Question, Turn
from glossator.domain.fences import notes
from glossator.web.auth.current_reader import bearer, has_accounts, known_reader, payer_of
from glossator.web.chat.chat import refuse_if_overloaded
from glossator.web.http.context import WebOptions, services
from glossator.web.http.errors.problem import Problem


async def program_reader() -> SignedIn | None:
    """None for an anonymous program. Raises Problem where it may not ask, and what `known_reader` raises."""
    if not has_accounts():
        if bearer() is not None:
            raise InvalidToken
        return None
    current = await known_reader()
    if current is None and not services().get(WebOptions).anonymous_chat:
        raise Problem(401, "sign_in_required")
    return current


def question_of(
    current: SignedIn | None, text: str, *, history: Sequence[Turn] = (), instructions: str = "", quoted: bool = False
) -> Question:
    """`instructions` are those of the program: quoted as what is known of the reader, they change tone and depth alone.

    Raises Overloaded before anything is spent.
    """
    refuse_if_overloaded()
    profile = reader_notes(current.account) if current else ""
    reader = "\n".join(filter(None, (profile, notes([("Program", instructions)]))))
    question = Question(text, history=tuple(history), format="markdown", reader=reader, quoted=quoted)
    return replace(question, payer=payer_of(current))
