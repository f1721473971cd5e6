"""`GET /usage`: what was spent per day, and what is left, for the operator. Also how a response names a cap."""

from typing import Annotated, Any

from quart import Blueprint, Response, jsonify
from quart_cors import cors_exempt

from glossator.domain.budget.budget import Budget
from glossator.domain.budget.caps import Cap
from glossator.web.auth.admin import admin_only
from glossator.web.http.bodies import Body, read_query
from glossator.web.http.context import services
from glossator.web.http.json import format_time
from glossator.web.request_bodies import number_between

bp = Blueprint("usage", __name__)


class UsageQuery(Body):
    days: Annotated[int, number_between(1, 400)] = 7


@bp.get("/usage")
@cors_exempt
@admin_only
async def usage() -> Response:
    report = await services().get(Budget).report(read_query(UsageQuery).days)
    return jsonify(report.to_json())


def cap_to_json(cap: Cap) -> dict[str, Any]:
    """Which cap has too little left, and until when; `detail` is for readers."""
    return {
        "limit": cap.limit,
        "scope": cap.scope,
        "resets_at": format_time(cap.resets_at),
        "detail": cap.sentence,
    }
