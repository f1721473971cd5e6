"""`/evaluate`: how one question is answered, with what an evaluation needs. For the operator only."""

from dataclasses import asdict

from quart import Blueprint, Response, jsonify
from quart_cors import cors_exempt

from glossator.domain.answering.evaluation.evaluator import Evaluator
from glossator.web.auth.admin import admin_only
from glossator.web.http.bodies import read_body
from glossator.web.http.context import services
from glossator.web.request_bodies import ChatBody

bp = Blueprint("evaluate", __name__)


@bp.get("/evaluate")
@cors_exempt
@admin_only
async def cost() -> Response:
    return jsonify(asdict(services().get(Evaluator).cost))


@bp.post("/evaluate")
@cors_exempt
@admin_only
async def ask() -> Response:
    question = (await read_body(ChatBody)).question("markdown")
    return jsonify(asdict(await services().get(Evaluator).ask(question)))
