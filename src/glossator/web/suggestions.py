"""`/suggestions`: questions that the book answers, for any origin. They cost nothing, so no limit counts them."""

from collections.abc import Iterable
from typing import Annotated, Final

from quart import Blueprint, Response, jsonify, request
from quart_cors import cors_exempt

from glossator.domain.answering.suggestions.suggested_questions import STARTERS, SuggestedQuestions
from glossator.domain.book.index import Suggestion
from glossator.web.http.bodies import Body, Length, PlainText, read_query
from glossator.web.http.context import services
from glossator.web.request_bodies import MAX_PAGE_LENGTH, NumberBetween

bp = Blueprint("suggestions", __name__)

FIVE_MINUTES: Final = 300


class SuggestionsQuery(Body):
    """Without `page`: starters for the whole book. `page` is the path of a page, or its URL."""

    page: Annotated[PlainText, Length(0, MAX_PAGE_LENGTH)] = ""
    limit: Annotated[int, NumberBetween(1, STARTERS)] = STARTERS


@bp.get("/suggestions")
@cors_exempt
async def suggestions() -> Response:
    """Empty for a page that is not in the book. Caches keep no empty list, since a new book gets its questions last."""
    query, questions = read_query(SuggestionsQuery), await services().get(SuggestedQuestions).of_book()
    found = (questions.of_page(query.page) if query.page else questions.starters)[: query.limit]
    response = jsonify({"suggestions": suggestions_to_json(found)})
    response.headers["Cache-Control"] = f"public, max-age={FIVE_MINUTES}" if found else "no-cache"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    await response.add_etag()
    return await response.make_conditional(request)


def suggestions_to_json(suggestions: Iterable[Suggestion]) -> list[dict[str, str]]:
    return [{"question": one.question, "url": one.url} for one in suggestions]
