"""Routes that translate texts of a page or adjust their reading level, one at a time or in batches.

Results are in the order of the request. A text that could not be rewritten comes back unchanged, and `errors` has its
index and the reason.
"""

from collections.abc import Sequence
from typing import Any

from quart import Blueprint, Response, jsonify

from glossator.domain.accounts.account import SignedIn
from glossator.domain.rewriting.languages.tags import OfferedLanguages, direction
from glossator.domain.rewriting.request import Level, ReaderNotes, RewriteRequest, Rewritten, adjustment, translation
from glossator.domain.rewriting.rewriting import Rewriting
from glossator.web.auth.current_reader import has_credentials, known_reader, payer_of
from glossator.web.http.bodies import read_body
from glossator.web.http.context import services
from glossator.web.http.errors.problem import FieldError, Problem, field_message
from glossator.web.http.limits import count_texts
from glossator.web.http.stream import json_response
from glossator.web.request_bodies import AdjustBatchBody, AdjustBody, TranslateBatchBody, TranslateBody

bp = Blueprint("rewriting", __name__)


@bp.post("/translate")
async def translate() -> Response:
    body = await read_body(TranslateBody)
    require_offered(body.target_language)
    [done] = await rewrite_texts([body.text], translation(body.target_language), await known_reader())
    return jsonify(
        {"translation": done.text, **language_fields(body.target_language), "errors": errors_to_json([done])}
    )


@bp.post("/translate/batch")
async def translate_batch() -> Response:
    body = await read_body(TranslateBatchBody)
    require_offered(body.target_language)
    done = await rewrite_texts(body.texts, translation(body.target_language), await known_reader())
    fields = {**language_fields(body.target_language), "errors": errors_to_json(done)}
    return await json_response(lambda: {"translations": [each.text for each in done], **fields})


@bp.post("/adjust-content")
async def adjust() -> Response:
    body = await read_body(AdjustBody)
    asking = await known_reader()
    [done] = await rewrite_texts([body.text], adjustment_to(body.target_level, asking), asking)
    return jsonify({"content": done.text, "errors": errors_to_json([done])})


@bp.post("/adjust-content/batch")
async def adjust_batch() -> Response:
    body = await read_body(AdjustBatchBody)
    asking = await known_reader()
    done = await rewrite_texts(body.texts, adjustment_to(body.target_level, asking), asking)
    errors = errors_to_json(done)
    return await json_response(lambda: {"contents": [each.text for each in done], "errors": errors})


def require_offered(language: str) -> None:
    """Raises Problem 422."""
    offered = services().get(OfferedLanguages)
    if language not in offered:
        error = FieldError("target_language", offered.reason)
        raise Problem(422, "invalid_field", detail=field_message(error.field, error.reason), fields=(error,))


async def rewrite_texts(texts: Sequence[str], request: RewriteRequest, asking: SignedIn | None) -> list[Rewritten]:
    """All results for requests without credentials may be stored. Raises Problem 429."""
    count_texts(len(texts))
    rewriting = services().get(Rewriting)
    return await rewriting.rewrite(texts, request, payer=payer_of(asking), anonymous=not has_credentials())


def adjustment_to(level: Level, asking: SignedIn | None) -> RewriteRequest:
    """Includes the hardware and background of a signed-in reader."""
    profile = asking.account.profile if asking else None
    if asking is None or profile is None:
        return adjustment(level)
    return adjustment(level, ReaderNotes(asking.account.id, profile.hardware_access, profile.technical_background))


def language_fields(language: str) -> dict[str, str]:
    return {"language": language, "dir": direction(language)}


def errors_to_json(done: Sequence[Rewritten]) -> list[dict[str, Any]]:
    return [{"index": index, "code": each.code} for index, each in enumerate(done) if each.code]
