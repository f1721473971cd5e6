"""Options for tests: the defaults of settings.toml, but cheap password hashes. Vary them with `replace`."""

from typing import Final

from glossator.domain.accounts.passwords.hashing import Argon2Cost
from glossator.domain.accounts.services import AccountOptions
from glossator.domain.answering.answer import AnsweringOptions
from glossator.domain.answering.retrieval.retriever import RetrievalOptions
from glossator.domain.rewriting.rewriting import RewritingOptions
from glossator.web.http.context import WebOptions
from glossator.web.http.session_cookies import CookieOptions
from glossator_plugins.postgres.pool import PoolOptions

CHEAP: Final = Argon2Cost(memory=64, time=1, parallelism=1)
ACCOUNT_OPTIONS: Final = AccountOptions(sign_up_open=True, legacy_tokens=True, argon2=CHEAP, refusal_time=0.0)
RETRIEVAL_OPTIONS: Final = RetrievalOptions(passages=8, candidates=50)
ANSWERING_OPTIONS: Final = AnsweringOptions(
    base_url="/read/", deadline=5.0, max_tokens=1000, passages=8, characters=4000
)
REWRITING_OPTIONS: Final = RewritingOptions(terms=(), concurrency=20, deadline=45.0)
COOKIE_OPTIONS: Final = CookieOptions(secure=False, same_site="lax")
WEB_OPTIONS: Final = WebOptions(
    version="1.2.3",
    trusted_hops=0,
    anonymous_chat=True,
    cookies=COOKIE_OPTIONS,
    forgotten_password="Write to the library.",
)
POOL_OPTIONS: Final = PoolOptions(
    size=3, statement_seconds=60.0, statement_cache=100, idle_seconds=300.0, connect_seconds=60.0
)
"""On a busy machine a statement takes as long as it takes."""
