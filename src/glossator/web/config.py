"""`/config`: public information for pages, readable from any origin. It holds no secrets."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any, Final, get_args

from quart import Blueprint, Response, jsonify, request
from quart_cors import cors

from glossator.domain.accounts.services import AccountOptions
from glossator.domain.answering.retrieval.retriever import Retriever
from glossator.domain.budget.budget import Budget
from glossator.domain.feedback.feedback import FeedbackStore
from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.report.questions import ReportOptions
from glossator.domain.rewriting.allowance import DailyAllowance
from glossator.domain.rewriting.languages.tags import OfferedLanguages
from glossator.domain.rewriting.request import UNCHANGED_LEVELS, Level
from glossator.web import request_bodies
from glossator.web.auth.current_reader import has_accounts
from glossator.web.http import bodies
from glossator.web.http.context import WebOptions, services
from glossator.web.http.errors.problem import MESSAGES
from glossator.web.http.json import cap_to_json, format_time
from glossator.web.http.limits import LIMITED, RequestLimits
from glossator.web.http.pages import served_book
from glossator.web.http.texts import Texts, texts_in

bp: Final = cors(
    Blueprint("config", __name__),
    allow_origin="*",
    allow_methods=["GET", "OPTIONS"],
    allow_headers=["content-type", "x-request-id"],
    expose_headers=["x-request-id"],
    max_age=600,
)
CACHE_SECONDS: Final = 60


@dataclass(frozen=True)
class Retention:
    """How long a kind of data is stored. `days` is None when it is stored until it is deleted."""

    what: str
    days: int | None

    def detail(self, texts: Texts) -> str:
        return str(texts["kept_detail"][self.what]).replace("{days}", str(self.days))


ANONYMOUS_QUESTIONS: Final = Retention("questions_without_account", 0)
REWRITTEN_TEXTS: Final = Retention("rewritten_texts", None)
DAILY_ALLOWANCE: Final = Retention("daily_shares", 1)
SPENDING: Final = Retention("spending", 1)
FEEDBACK: Final = Retention("feedback_without_account", 400)
ACCOUNT_DATA: Final = (
    Retention("account", None),
    Retention("conversations", None),
    Retention("feedback", None),
    Retention("login_sessions", 7),
    Retention("failed_sign_ins", 1),
    Retention("known_networks", 30),
)


@bp.get("/config")
async def config() -> Response:
    response = jsonify(await config_to_json())
    response.headers["Cache-Control"] = f"public, max-age={CACHE_SECONDS}"
    response.vary.add("Origin")
    return response


async def config_to_json() -> dict[str, Any]:
    """`?lang=` chooses the language of `kept`, which a page shows to readers."""
    options, origin, texts = services().get(WebOptions), request.origin, texts_in(request.args.get("lang", ""))
    return {
        "service": "glossator",
        "version": options.version,
        "origin_allowed": None if origin is None else origin in options.origins,
        "book": await _book(),
        "answers": "generated" if services().get(ChatModel).generates else "extractive",
        "question_hosts": list(options.question_hosts),
        "support_url": options.support_url or None,
        "auth": _auth(options),
        "feedback": {"kept": FeedbackStore in services()},
        "rewriting": _rewriting(),
        "limits": _limits(),
        "budget": {"spent": [cap_to_json(cap) for cap in services().get(Budget).spent()]},
        "kept": [{**asdict(retention), "detail": retention.detail(texts)} for retention in retentions()],
    }


async def _book() -> dict[str, Any]:
    """`loaded` is None while the index is unavailable."""
    book = await served_book()
    return {"title": book.title or None, "url": book.url, "loaded": book.loaded}


def _auth(options: WebOptions) -> dict[str, Any]:
    """`mode`: whether accounts exist and whether `/chat` requires one."""
    if not has_accounts():
        return {"mode": "off", "sign_up": "closed", "forgotten_password": None}
    return {
        "mode": "optional" if options.anonymous_chat else "required",
        "sign_up": "open" if services().get(AccountOptions).sign_up_open else "closed",
        "forgotten_password": options.forgotten_password or None,
    }


def _rewriting() -> dict[str, Any]:
    """`code` and `detail` are those of the routes' error response; None where rewriting works."""
    possible, offered = services().get(ChatModel).generates, services().get(OfferedLanguages)
    return {
        "possible": possible,
        "code": None if possible else "needs_model",
        "detail": None if possible else MESSAGES["needs_model"],
        "languages": "any" if offered.any else list(offered.tags),
        "default_language": request_bodies.DEFAULT_LANGUAGE,
        "levels": list(get_args(Level)),
        "levels_as_written": sorted(UNCHANGED_LEVELS),
    }


def _limits() -> dict[str, Any]:
    """Lengths are in characters. The daily limit is per client network, for texts that may not be the book's own."""
    return {
        "body_bytes": bodies.JSON_BYTES,
        "query": request_bodies.MAX_QUERY_LENGTH,
        "selected_text": request_bodies.MAX_SELECTED_TEXT_LENGTH,
        "feedback_comment": request_bodies.MAX_COMMENT_LENGTH,
        "history_entries": request_bodies.MAX_HISTORY_ENTRIES,
        "history_entry": request_bodies.MAX_HISTORY_ENTRY_LENGTH,
        "rewriting_batch_bytes": request_bodies.BATCH_BYTES,
        "rewriting_texts": request_bodies.MAX_TEXTS,
        "rewriting_text": request_bodies.MAX_TEXT_LENGTH,
        "rewriting_new_texts_a_day": services().get(DailyAllowance).limit,
        "rewriting_day_ends": format_time(services().get(DailyAllowance).resets_at),
        "rates": list(_rates()),
    }


def _rates() -> Iterator[dict[str, Any]]:
    """Named as in a 429 response. `counts` is what counts: requests, or the texts in them."""
    amounts = services().get(RequestLimits).amounts
    for limit, scope in product(LIMITED, ("network", "account")):
        if amount := amounts.get(f"{limit.name}_per_{scope}"):
            counts = "texts" if limit.by_text else "requests"
            yield {"limit": limit.name, "scope": scope, "amount": amount, "seconds": limit.seconds, "counts": counts}


def retentions() -> Iterator[Retention]:
    report = services().get(ReportOptions) if ReportOptions in services() else None
    if report is not None and report.anonymous:
        yield Retention("masked_questions", report.retention_days)
    else:
        yield ANONYMOUS_QUESTIONS
    if report is not None:
        yield Retention("answer_counts", report.retention_days)
    if FeedbackStore in services():
        yield FEEDBACK
    if has_accounts():
        yield from ACCOUNT_DATA
        if report is not None:
            yield Retention("reported_questions", report.retention_days)
    if services().get(ChatModel).generates:
        yield REWRITTEN_TEXTS
        yield DAILY_ALLOWANCE
    if _costs_money():
        yield SPENDING


def _costs_money() -> bool:
    return (
        any(services().get(ChatModel).usd_per_million_chat_tokens)
        or services().get(Retriever).usd_per_million_tokens > 0
    )
