"""What a page may know before it asks anything: any origin may read it, and nothing in it is secret."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final, get_args

from quart import Blueprint, Response, jsonify, request
from quart_cors import cors

from glossator.domain.accounts.services import AccountOptions
from glossator.domain.book.index import PassageIndex
from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.errors import Unavailable
from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.rewriting.allowance import DailyAllowance
from glossator.domain.rewriting.request import AS_WRITTEN, Level
from glossator.web import request_bodies
from glossator.web.auth.current_reader import has_accounts
from glossator.web.http import bodies
from glossator.web.http.context import WebOptions, services
from glossator.web.http.json import wire_time
from glossator.web.http.problem import TEXTS

bp: Final = cors(
    Blueprint("config", __name__),
    allow_origin="*",
    allow_methods=["GET", "OPTIONS"],
    allow_headers=["content-type", "x-request-id"],
    expose_headers=["x-request-id"],
    max_age=600,
)
SECONDS: Final = 60


@dataclass(frozen=True)
class Keeping:
    """`days` is None for what stays until it is deleted."""

    what: str
    days: int | None
    detail: str


NOTHING: Final = Keeping("questions_without_account", 0, "Questions that are asked without an account are not stored.")
REWRITTEN: Final = Keeping(
    "rewritten_texts",
    None,
    "What is translated or adjusted serves every later reader as well; of who is signed in, only texts of the book.",
)
ASKED_FOR: Final = Keeping(
    "daily_shares", 1, "How many new texts a network caused to be rewritten is counted under a keyed hash for the day."
)
OF_ACCOUNTS: Final = (
    Keeping("account", None, "Name, e-mail and profile stay until the account is deleted."),
    Keeping("conversations", None, "Questions and answers of an account stay until they, or the account, are deleted."),
    Keeping("login_sessions", 7, "A sign-in ends a week after it was last used."),
    Keeping("failed_sign_ins", 1, "Wrong passwords are counted under keyed hashes that are removed after a day."),
    Keeping("known_networks", 30, "Networks an account signed in from are known by keyed hashes for 30 days."),
)


@bp.get("/config")
async def config() -> Response:
    answer = jsonify(await document())
    answer.headers["Cache-Control"] = f"public, max-age={SECONDS}"
    answer.vary.add("Origin")
    return answer


async def document() -> dict[str, Any]:
    rules, origin = services().get(WebOptions), request.origin
    return {
        "service": "glossator",
        "version": rules.version,
        "origin_allowed": None if origin is None else origin in rules.origins,
        "book": await _book(),
        "answers": "generated" if services().get(ChatModel).generates else "extractive",
        "auth": _auth(rules),
        "rewriting": _rewriting(),
        "limits": _limits(),
        "kept": [asdict(keeping) for keeping in _kept()],
    }


async def _book() -> dict[str, Any]:
    """`loaded` is None while the index does not answer."""
    rules = services().get(BookOptions)
    told = {"title": rules.options.title or None, "url": rules.base_url}
    try:
        live = await services().get(PassageIndex).live()
    except Unavailable:
        return {**told, "loaded": None}
    return {**told, "title": told["title"] or (live and live.title) or None, "loaded": bool(live and live.passages)}


def _auth(rules: WebOptions) -> dict[str, Any]:
    """`mode`: whether an account is possible, and whether asking needs one."""
    if not has_accounts():
        return {"mode": "off", "sign_up": "closed", "forgotten_password": None}
    return {
        "mode": "optional" if rules.anonymous_chat else "required",
        "sign_up": "open" if services().get(AccountOptions).open_to_new else "closed",
        "forgotten_password": rules.forgotten_password or None,
    }


def _rewriting() -> dict[str, Any]:
    """`code` and `detail` are what the routes would answer; None where they work."""
    possible = services().get(ChatModel).generates
    return {
        "possible": possible,
        "code": None if possible else "needs_model",
        "detail": None if possible else TEXTS["needs_model"],
        "languages": "any",
        "default_language": request_bodies.DEFAULT_LANGUAGE,
        "levels": list(get_args(Level)),
        "levels_as_written": sorted(AS_WRITTEN),
    }


def _limits() -> dict[str, Any]:
    """Lengths are in characters. A day's share is one client network's, and begins anew at midnight of UTC."""
    return {
        "body_bytes": bodies.JSON_BYTES,
        "query": request_bodies.MOST_QUERY,
        "selected_text": request_bodies.MOST_SELECTED_TEXT,
        "history_entries": request_bodies.MOST_HISTORY,
        "history_entry": request_bodies.MOST_HISTORY_ENTRY,
        "rewriting_batch_bytes": request_bodies.BATCH_BYTES,
        "rewriting_texts": request_bodies.MOST_TEXTS,
        "rewriting_text": request_bodies.MOST_CHARACTERS,
        "rewriting_new_texts_a_day": services().get(DailyAllowance).most,
        "rewriting_day_ends": wire_time(services().get(DailyAllowance).ends),
    }


def _kept() -> Iterator[Keeping]:
    yield NOTHING
    if has_accounts():
        yield from OF_ACCOUNTS
    if services().get(ChatModel).generates:
        yield REWRITTEN
        yield ASKED_FOR
