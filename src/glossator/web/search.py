"""`/search`: retrieval without an answer. The mode `words` asks no model, for a search while a reader types."""

from collections.abc import Sequence
from typing import Any

from quart import Blueprint, Response, jsonify

from glossator.domain.answering.answer import AnsweringOptions
from glossator.domain.answering.question import Retrieval
from glossator.domain.answering.retrieval.retriever import Retrieved, Retriever
from glossator.domain.answering.retrieval.section_search import SectionSearch
from glossator.domain.book.index import Hit
from glossator.domain.book.site_address import links_base
from glossator.domain.budget.budget import Budget
from glossator.domain.budget.caps import Payer
from glossator.kernel.services import Services
from glossator.web.auth.current_reader import known_reader, payer_of
from glossator.web.http.bodies import read_body
from glossator.web.http.context import services
from glossator.web.http.limits import SEARCH, SEARCH_WORDS, count_request
from glossator.web.request_bodies import SearchBody

bp = Blueprint("search", __name__)


@bp.post("/search")
async def search() -> Response:
    body = await read_body(SearchBody)
    count_request(SEARCH_WORDS if body.mode == "words" else SEARCH)
    if body.mode == "words":
        sections = await services().get(SectionSearch).find(body.query, limit=body.limit or 10)
        return _response(sections.hits, sections.base, "keywords")
    found = await find_passages(services(), body.query, body.limit or 10, payer_of(await known_reader()))
    return _response(found.hits, found.base, found.method)


async def find_passages(
    running: Services, query: str, limit: int, payer: Payer, *, page: str | None = None
) -> Retrieved:
    """`page` is the path of the only page to search. Without embeddings where the budget has too little left.

    Raises BookEmpty and Unavailable.
    """
    retriever, budget = running.get(Retriever), running.get(Budget)
    async with budget.spending(payer, "search", retriever.worst_case(query)) as spending:
        found = await retriever.retrieve(query, limit=limit, page=page, free=spending.refused is not None)
        spending.add_embedding(found.tokens, retriever.usd_per_million_tokens)
    return found


def _response(hits: Sequence[Hit], base: str, method: Retrieval) -> Response:
    base_url = links_base(services().get(AnsweringOptions).base_url, base)
    return jsonify({"passages": [passage_to_json(hit, base_url) for hit in hits], "retrieval": method})


def passage_to_json(hit: Hit, base_url: str) -> dict[str, Any]:
    passage = hit.passage
    return {
        "passage_id": passage.id,
        "title": passage.title,
        "heading": passage.heading,
        "url": base_url + passage.url,
        "text": passage.text,
        "score": round(hit.score, 4),
    }
