"""The passages that fit a question best, as an answer that no model wrote."""

from collections.abc import AsyncGenerator
from typing import Final

from glossator.domain.answering.answer import AnsweringOptions
from glossator.domain.answering.question import Answer, AnswerEvent, Citation, Grounding, Question, Sources, Text, Usage
from glossator.domain.book.index import Hit
from glossator.domain.book.site_address import links_base
from glossator.kernel.services import Services
from glossator.web.search import find_passages

LIMIT: Final = 8


async def passages_answer(services: Services, question: Question) -> AsyncGenerator[AnswerEvent, None]:
    """The events of an answer. Runs outside the context of the request."""
    found = await find_passages(services, question.text, LIMIT, question.payer)
    base = links_base(services.get(AnsweringOptions).base_url, found.base)
    citations = tuple(_citation(n, hit, base) for n, hit in enumerate(found.hits, 1))
    yield Sources(citations)
    pairs = zip(citations, found.hits, strict=True)
    response = "\n\n".join(f"[{one.n}] **{one.label}**\n{one.url}\n\n{hit.passage.text}" for one, hit in pairs)
    yield Text(response)
    yield Answer(response, "extractive", citations, Grounding(), Usage(), reason="no_model", retrieval=found.method)


def _citation(n: int, hit: Hit, base: str) -> Citation:
    passage = hit.passage
    return Citation(n, passage.id, passage.title, passage.heading, base + passage.url, "", hit.score)
