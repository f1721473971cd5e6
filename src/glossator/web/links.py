"""`/links`: the links of the served book, for `glossator links`. For the operator only."""

from dataclasses import asdict

from quart import Blueprint, Response, jsonify
from quart_cors import cors_exempt

from glossator.domain.book.index import PassageIndex
from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.book.links import read_links
from glossator.web.auth.admin import admin_only
from glossator.web.http.context import services

bp = Blueprint("links", __name__)


@bp.get("/links")
@cors_exempt
@admin_only
async def links() -> Response:
    return jsonify(asdict(await read_links(services().get(PassageIndex), services().get(BookOptions).base_url)))
