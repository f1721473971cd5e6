"""`/search`: retrieval without an answer."""

from typing import Any

from quart import Blueprint, Response, jsonify

from glossator.domain.answering.answer import AnsweringOptions
from glossator.domain.answering.retrieval.retriever import Retriever
from glossator.domain.book.index import Hit
from glossator.domain.book.site_address import links_base
from glossator.domain.budget.budget import Budget
from glossator.web.auth.current_reader import known_reader, payer_of
from glossator.web.http.bodies import read_body
from glossator.web.http.context import services
from glossator.web.request_bodies import SearchBody

bp = Blueprint("search", __name__)


@bp.post("/search")
async def search() -> Response:
    body = await read_body(SearchBody)
    payer, retriever, budget = payer_of(await known_reader()), services().get(Retriever), services().get(Budget)
    async with budget.spending(payer, "search", retriever.worst_case(body.query)) as spending:
        found = await retriever.retrieve(body.query, limit=body.limit or 10, free=spending.refused is not None)
        spending.add_embedding(found.tokens, retriever.usd_per_million_tokens)
    base_url = links_base(services().get(AnsweringOptions).base_url, found.base)
    return jsonify({"passages": [passage_to_json(hit, base_url) for hit in found.hits], "retrieval": found.method})


def passage_to_json(hit: Hit, base_url: str) -> dict[str, Any]:
    passage = hit.passage
    return {
        "passage_id": passage.id,
        "title": passage.headings[0] if passage.headings else passage.page,
        "heading": passage.headings[-1] if passage.headings else "",
        "url": base_url + passage.url,
        "text": passage.text,
        "score": round(hit.score, 4),
    }
