"""`/evaluate`, `/links`, `/report` and `/usage`: what the commands of an operator read from a running server."""

from dataclasses import asdict
from typing import Annotated

from quart import Response, jsonify

from glossator.domain.answering.evaluation.evaluator import Evaluator
from glossator.domain.book.index import PassageIndex
from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.book.links import read_links
from glossator.domain.budget.budget import Budget
from glossator.domain.report.report import BookReports
from glossator.web.auth.admin import admin_only
from glossator.web.http.bodies import Body, read_body, read_query
from glossator.web.http.context import services
from glossator.web.http.errors.problem import Problem
from glossator.web.request_bodies import ChatBody, NumberBetween


class UsageQuery(Body):
    days: Annotated[int, NumberBetween(1, 400)] = 7


class ReportQuery(Body):
    days: Annotated[int, NumberBetween(1, 400)] = 30


@admin_only
async def cost() -> Response:
    return jsonify(asdict(services().get(Evaluator).cost))


@admin_only
async def ask() -> Response:
    """How one question is answered, with what an evaluation needs."""
    question = (await read_body(ChatBody)).question("markdown")
    return jsonify(asdict(await services().get(Evaluator).ask(question)))


@admin_only
async def links() -> Response:
    return jsonify(asdict(await read_links(services().get(PassageIndex), services().get(BookOptions).base_url)))


@admin_only
async def usage() -> Response:
    """What was spent per day, and what is left."""
    report = await services().get(Budget).report(read_query(UsageQuery).days)
    return jsonify(report.to_json())


@admin_only
async def report() -> Response:
    """What the book lacks."""
    if BookReports not in services():
        raise Problem(404, "report_off")
    found = await services().get(BookReports).report(read_query(ReportQuery).days)
    return jsonify(found.to_json())
