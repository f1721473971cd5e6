"""The most that one question can cost: condensing, embeddings, the answer and its proof."""

from typing import TYPE_CHECKING, Final

from glossator.domain.answering.condense import MAX_LENGTH, needs_a_model
from glossator.domain.answering.prompt import CONDENSE_TOKENS, HISTORY_CHARACTERS
from glossator.domain.answering.question import Question
from glossator.domain.answering.retrieval.parts import MAX_PARTS
from glossator.domain.budget.spending import TOKENS_PER_CHARACTER
from glossator.domain.ports.chat_model import ChatModel

if TYPE_CHECKING:
    from glossator.domain.answering.answer import AnsweringOptions

INSTRUCTIONS: Final = 600
"""Tokens of our own words in a prompt, with the schema and the fences."""
HEADING_CHARACTERS: Final = 100


def worst_case(question: Question, options: "AnsweringOptions", model: ChatModel, embedding_price: float) -> float:
    """In US dollars, by the lengths of the texts."""
    if question.free:
        return 0.0
    price_in, price_out = model.usd_per_million_chat_tokens
    history, condensed = _history(question), MAX_LENGTH if needs_a_model(question) else 0
    passages = options.characters + options.passages * HEADING_CHARACTERS
    prompt = passages + len(question.selected_text) + history + len(question.reader) + len(question.text) + condensed
    read, written = INSTRUCTIONS + TOKENS_PER_CHARACTER * prompt, options.max_tokens
    if condensed:
        read += INSTRUCTIONS + TOKENS_PER_CHARACTER * (history + len(question.text))
        written += CONDENSE_TOKENS
    searched = 2 * len(question.text) + history + len(question.selected_text) + (1 + MAX_PARTS) * condensed
    embedded = TOKENS_PER_CHARACTER * (searched + passages) + options.max_tokens
    chat = (read * price_in + written * price_out) if model.generates and not question.quoted else 0.0
    return (chat + embedded * embedding_price) / 1_000_000


def _history(question: Question) -> int:
    return min(HISTORY_CHARACTERS, sum(len(turn.content) for turn in question.history))
