"""Prompts are files in `prompts/`; what readers and pages wrote enters them only as fenced quotation.

What is known of the reader who asks: it shapes tone and depth of an answer, never its facts.
"""

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from string import Template
from typing import Final

from glossator.domain.accounts.account import Account
from glossator.domain.answering.question import Piece, Question, Turn
from glossator.domain.fences import fence_line, fenced, notes
from glossator.domain.ports.chat_model import Prompt

NOT_IN_BOOK: Final = "NOT_IN_BOOK:"
HISTORY_CHARACTERS: Final = 8000
CONDENSE_TOKENS: Final = 200
CONDENSED_CHARACTERS: Final = 1000
_OWN_NUMBERS: Final = re.compile(
    r"(?P<code>```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]*`)"
    r"|(?<![\w\])])\[(?P<numbers>\d{1,3}(?:\s*[,;-]\s*\d{1,3})*)\](?!\()",
    re.DOTALL,
)
_WEAK: Final = "8. The passages matched the question only weakly: prefer NOT_IN_BOOK: over a guess."


def answer_prompt(
    question: Question, pieces: Sequence[Piece], *, asked: str, title: str, weak: bool, max_tokens: int
) -> Prompt:
    """The question as the reader wrote it, with the passages and what helps to understand it.

    `asked` is the question without its conversation, where that is another one.
    """
    fence = fence_line()
    user = template("question").substitute(
        fence=fence,
        passages="\n\n".join(f"[{piece.number}] {neutral(piece.heading)}\n{neutral(piece.text)}" for piece in pieces),
        selection=fenced(fence, "text that the reader selected", question.selected_text),
        history=fenced(fence, "earlier messages", quoted_history(question.history)),
        reader=fenced(fence, "about the reader", question.reader),
        question=fenced(fence, "question", question.text),
        meaning=fenced(fence, "what the question means", asked if asked != question.text else ""),
    )
    system = template("answer").substitute(title=title, fence=fence, weak=_WEAK if weak else "")
    return Prompt(system, user, max_tokens)


def neutral(text: str) -> str:
    """The passage's own numbers in brackets become round ones, or an answer would cite them. Code stays."""
    return _OWN_NUMBERS.sub(lambda found: found["code"] or f"({found['numbers']})", text)


def condense_prompt(question: Question) -> Prompt:
    """Asks for the question that the reader means, given what was said before."""
    fence = fence_line()
    history = fenced(fence, "earlier messages", quoted_history(question.history))
    user = history + fenced(fence, "last question", question.text)
    return Prompt(template("condense").substitute(fence=fence), user, max_tokens=CONDENSE_TOKENS, step="condense")


def quoted_history(turns: Sequence[Turn]) -> str:
    """The newest turns that fit into the limit, oldest first."""
    kept: list[str] = []
    room = HISTORY_CHARACTERS
    for turn in reversed(turns):
        room -= len(turn.content)
        if room < 0:
            break
        kept.append(f"{'Reader' if turn.role == 'user' else 'Assistant'}: {turn.content}")
    return "\n".join(reversed(kept))


@cache
def template(name: str) -> Template:
    return Template((files("glossator.domain.answering") / "prompts" / f"{name}.md").read_text(encoding="utf-8"))


def reader_notes(account: Account) -> str:
    """Shortened profile texts for quotation, one per line; empty without a profile."""
    profile = account.profile
    return notes(
        (
            ("Level", account.proficiency),
            ("Background", profile.technical_background if profile else ""),
            ("Hardware", profile.hardware_access if profile else ""),
            ("Goals", profile.learning_goals if profile else ""),
        )
    )
