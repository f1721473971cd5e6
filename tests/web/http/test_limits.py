"""Limits of requests per network and account, as clients see them."""

import logging
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from glossator.web.http.context import WebOptions
from glossator.web.http.limits import LIMITED, RequestLimits
from tests.web.all_routes.route_table import served_routes
from tests.web.apps import ORIGIN
from tests.web.auth.apps import ADA, CREDENTIALS, Client, Reply
from tests.web.rewriting_apps import RewritingParts

HERE, THERE = "198.51.100.7", "203.0.113.9"
QUERY = {"query": "What does the inverted index map a word to?"}
WORDS = {**QUERY, "mode": "words"}
NO_TEXT: dict[str, Any] = {"texts": [], "target_language": "ur"}


class HandClock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class LimitedParts(RewritingParts):
    """Behind one trusted proxy."""

    amounts: dict[str, int] = field(default_factory=dict)
    replicas: int = 1
    clock: HandClock = field(default_factory=HandClock)
    trusted_hops: int = 1

    def __post_init__(self) -> None:
        self.limits = RequestLimits(self.amounts, self.replicas, self.clock)

    def web_options(self) -> WebOptions:
        return replace(super().web_options(), trusted_hops=self.trusted_hops)

    def at(self, network: str) -> Client:
        return self.client.having(X_Forwarded_For=network)


async def statuses(client: Client, path: str, body: Any, times: int) -> list[int]:
    return [(await client.post(path, body)).status for _ in range(times)]


@pytest.mark.parametrize(
    ("name", "path", "body"),
    [
        ("chat", "/chat", QUERY),
        ("chat", "/chat", {}),
        ("search", "/search", QUERY),
        ("search_words", "/search", WORDS),
        ("sign_in", "sign-in/email", CREDENTIALS),
        ("sign_in", "reset-password", {"newPassword": "better-horse", "token": "unknown"}),
        ("sign_up", "sign-up/email", ADA),
        ("sign_up", "sign-up", ADA),
    ],
)
async def test_a_network_reaches_its_limit_and_others_do_not(name: str, path: str, body: dict[str, Any]) -> None:
    parts = LimitedParts(amounts={f"{name}_per_network": 2})

    here = await statuses(parts.at(HERE), path, body, 4)
    there = await statuses(parts.at(THERE), path, body, 1)

    assert here[2:] == [429, 429]
    assert 429 not in [*here[:2], *there]


async def test_searches_while_typing_leave_the_limit_of_searches_alone() -> None:
    parts = LimitedParts(amounts={"search_per_network": 1, "search_words_per_network": 2})

    typed = await statuses(parts.at(HERE), "/search", WORDS, 3)
    searched = await statuses(parts.at(HERE), "/search", QUERY, 2)

    assert typed == [200, 200, 429]
    assert searched == [200, 429]


async def test_a_refusal_says_what_was_reached_and_when_to_come_back() -> None:
    parts = LimitedParts(amounts={"search_per_network": 1})
    await parts.at(HERE).post("/search", QUERY)
    parts.clock.seconds = 17.5

    reply = await parts.at(HERE).post("/search", QUERY)

    assert reply.headers["Content-Type"] == "application/problem+json"
    assert (reply.headers["Retry-After"], reply.body["retry_after"]) == ("43", 43)
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert reply.outcome == (429, "too_many_requests")
    assert (reply.body["limit"], reply.body["scope"]) == ("search", "network")
    assert reply.body["resets_at"].endswith("Z")
    assert reply.body["detail"] == "Too many requests from your network. Please try again in 43 seconds."
    parts.clock.seconds = 60.0
    assert (await parts.at(HERE).post("/search", QUERY)).status == 200


async def test_the_existing_page_gets_a_response_it_can_show() -> None:
    parts = LimitedParts(amounts={"chat_per_network": 1})
    await parts.at(HERE).post("/chat", QUERY)

    reply = await parts.at(HERE).post("/chat", QUERY)

    assert reply.body["response"] == reply.body["detail"]
    assert reply.body["session_id"] is None


async def test_account_routes_keep_the_format_of_the_official_client() -> None:
    parts = LimitedParts(amounts={"sign_up_per_network": 1})
    await parts.at(HERE).post("sign-up/email", ADA)

    reply = await parts.at(HERE).post("sign-up/email", {**ADA, "email": "grace@example.com"})

    assert reply.headers["Content-Type"] == "application/json"
    assert reply.outcome == (429, "TOO_MANY_REQUESTS")
    assert reply.body["message"] == "Too many requests from your network. Please try again in 60 minutes."
    assert (reply.headers["Retry-After"], reply.headers["X-Retry-After"]) == ("3600", "3600")


async def test_an_account_is_limited_in_all_networks_and_leaves_its_network_to_others() -> None:
    parts = LimitedParts(amounts={"chat_per_network": 4, "chat_per_account": 2})
    reader = await parts.signed_up()
    here, there = reader.having(X_Forwarded_For=HERE), reader.having(X_Forwarded_For=THERE)

    own = [*await statuses(here, "/chat", QUERY, 2), *await statuses(here, "/chat", QUERY, 20)]
    elsewhere = await there.post("/chat", QUERY)
    others = await statuses(parts.at(HERE), "/chat", QUERY, 3)

    assert own == [200, 200] + [429] * 20
    assert (elsewhere.status, elsewhere.body["scope"]) == (429, "account")
    assert others == [200, 200, 429]


async def test_texts_are_counted_one_by_one() -> None:
    parts = LimitedParts(amounts={"rewriting_per_network": 5})
    batch = {"texts": ["One.", "Two.", "Three."], "target_language": "ur"}

    replies = [await parts.at(HERE).post("/translate/batch", body) for body in (batch, NO_TEXT, batch)]
    one = await statuses(parts.at(HERE), "/translate", {"text": "Four."}, 3)

    assert [reply.status for reply in replies] == [200, 200, 429]
    assert one == [200, 200, 429]


async def test_a_batch_larger_than_a_small_limit_passes_alone() -> None:
    parts = LimitedParts(amounts={"rewriting_per_network": 2})
    batch = {"texts": ["One.", "Two.", "Three."], "target_language": "ur"}

    assert await statuses(parts.at(HERE), "/translate/batch", batch, 2) == [200, 429]


async def test_replicas_share_a_limit() -> None:
    parts = LimitedParts(amounts={"search_per_network": 5}, replicas=2)

    assert await statuses(parts.at(HERE), "/search", QUERY, 4) == [200, 200, 200, 429]


async def test_free_routes_are_never_refused() -> None:
    limits = {f"{limit.name}_per_{scope}": 1 for limit in LIMITED for scope in ("network", "account")}
    parts = LimitedParts(amounts=limits)
    reader = await parts.signed_up()
    await statuses(reader, "/chat", QUERY, 2)

    sent = [await reader.get(path) for path in ("get-session", "verify", "list-sessions") * 5]
    preflights = [await preflight(parts) for _ in range(5)]
    health = [(await parts.app().test_client().get("/health")).status_code for _ in range(5)]

    assert {reply.status for reply in sent} == {*preflights, *health} == {200}


async def preflight(parts: LimitedParts) -> int:
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST", "X-Forwarded-For": HERE}
    return (await parts.client.app.test_client().options("/chat", headers=headers)).status_code


async def test_a_page_of_another_site_does_not_use_up_its_visitors_limit() -> None:
    parts = LimitedParts(amounts={"sign_in_per_network": 1})
    foreign = parts.at(HERE).having(Origin="https://elsewhere.example", Cookie="a=b")

    refused = await statuses(foreign, "sign-in/email", CREDENTIALS, 3)

    assert refused == [403] * 3
    assert (await parts.at(HERE).post("sign-in/email", CREDENTIALS)).status == 401


async def test_clients_without_a_known_address_share_a_wide_limit(caplog: pytest.LogCaptureFixture) -> None:
    parts = LimitedParts(amounts={"search_per_network": 1})
    caplog.set_level(logging.WARNING)

    hidden = [await search(parts, f"_hidden{number}") for number in range(11)]
    parts.clock.seconds = 3600.0
    await search(parts, "unknown")

    assert [reply.status for reply in hidden] == [200] * 10 + [429]
    warnings = [record.message for record in caplog.records if record.message.startswith("client_address_unknown")]
    assert len(warnings) == 2
    assert "SERVER__TRUSTED_HOPS=1" in warnings[0]
    assert warnings[0].endswith("set it to auto or to the number of proxies in front")


async def search(parts: LimitedParts, network: str) -> Reply:
    return await parts.at(network).post("/search", QUERY)


async def test_config_names_the_limits() -> None:
    parts = LimitedParts(amounts={"chat_per_network": 120, "chat_per_account": 20, "rewriting_per_network": 1000})

    config = await (await parts.app().test_client().get("/config")).get_json()

    assert config["limits"]["rates"] == [
        {"limit": "chat", "scope": "network", "amount": 120, "seconds": 60, "counts": "requests"},
        {"limit": "chat", "scope": "account", "amount": 20, "seconds": 60, "counts": "requests"},
        {"limit": "rewriting", "scope": "network", "amount": 1000, "seconds": 60, "counts": "texts"},
    ]


def test_every_limited_route_exists() -> None:
    routes = set(served_routes(LimitedParts().app()))

    assert {route for limit in LIMITED for route in limit.routes} <= routes
