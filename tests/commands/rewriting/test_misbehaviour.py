"""What a page gets from a running server whose model misbehaves."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

import httpx

from glossator.domain.ports.chat_model import Prompt
from tests.domain.rewriting.models import answering, plainer, quoted_text, urdu
from tests.production import Production
from tests.servers.openai_answers import Messages
from tests.servers.openai_behaviour import Behaviour, Failure

TEXT: Final = "Call `publish(message)` on a node of ROS 2; see [the guide](https://docs.example/guide) for more.\u200b"
PLAIN: Final = "A node publishes messages on a topic."
Says = Callable[[Prompt], str]


def answering_badly(says: Says) -> Callable[[Messages], str]:
    """The second text of a batch always gets a correct answer."""

    def rewrite(prompt: Prompt) -> str:
        honest = urdu if "translate" in prompt.system else plainer
        return honest(prompt) if quoted_text(prompt) == PLAIN else says(prompt)

    return answering(rewrite)


def answer_json(prompt: Prompt) -> str:
    return f'Sure! Here it is: {{"translation": "{urdu(prompt)}"}} Anything else?'


TRANSLATING: Final[Mapping[str, tuple[Behaviour, str | None]]] = {
    "drops a placeholder": (Behaviour(answering_badly(lambda p: urdu(p).replace("<x0/>", ""))), "lost_piece"),
    "repeats a placeholder": (
        Behaviour(answering_badly(lambda p: urdu(p).replace("<x0/>", "<x0/><x0/>"))),
        "lost_piece",
    ),
    "translates code": (Behaviour(answering_badly(lambda p: urdu(p).replace("<x0/>", "`شائع(پیغام)`"))), "lost_piece"),
    "adds a link": (Behaviour(answering_badly(lambda p: urdu(p) + " [یہاں](https://evil.example)")), "changed_piece"),
    "answers JSON with prose around it": (Behaviour(answering_badly(answer_json)), "changed_piece"),
    "answers an essay": (Behaviour(answering_badly(lambda p: urdu(p) + " لمبی کہانی" * 200)), "too_long"),
    "leaves half of it out": (Behaviour(answering_badly(lambda p: "لفظ <x0/> <x1/> <x2/>")), "too_short"),
    "answers in English": (Behaviour(answering_badly(quoted_text)), "wrong_script"),
    "repeats its instructions": (Behaviour(answering_badly(lambda p: p.user)), "not_a_rewriting"),
    "says nothing": (Behaviour(answering_badly(lambda p: " ")), "lost_piece"),
    "is honest": (Behaviour(answering_badly(urdu)), None),
}
BROKEN: Final[Mapping[str, tuple[Behaviour, str]]] = {
    "stalls": (Behaviour(answering_badly(urdu), stall_after=2), "timeout"),
    "cuts off": (Behaviour(answering_badly(urdu), finish_reason="length"), "truncated"),
    "filters": (Behaviour(answering_badly(urdu), finish_reason="content_filter"), "truncated"),
    "breaks off": (Behaviour(answering_badly(urdu), drop_after=3), "unavailable"),
    "fails": (Behaviour(failure=Failure(500)), "unavailable"),
}
"""Failures that open the circuit breaker come last."""
JSON: Final = {"Content-Type": "application/json"}
SETTINGS: Final = {"REWRITING__ONLY_BOOK": "false", "REWRITING__DEADLINE": "3"}


@asynccontextmanager
async def client_of(production: Production) -> AsyncIterator[httpx.AsyncClient]:
    with production.place.having(**SETTINGS).starts("serve") as running:
        await asyncio.to_thread(running.serves)
        async with httpx.AsyncClient(base_url=running.url, timeout=60, trust_env=False) as client:
            yield client


async def rewrite_both(
    production: Production, client: httpx.AsyncClient, behaviour: Behaviour, path: str
) -> dict[str, Any]:
    """The response for two texts."""
    production.openai.behaviour = replace(behaviour)
    target = {"target_language": "ur"} if path.startswith("/translate") else {"target_level": "beginner"}
    reply = await client.post(path, json={"texts": [TEXT, PLAIN], **target})
    assert reply.status_code == 200, reply.text
    document: dict[str, Any] = reply.json()
    return document


async def test_a_bad_answer_gives_the_unchanged_text_and_a_code(production: Production) -> None:
    async with client_of(production) as client:
        for name, (behaviour, code) in TRANSLATING.items():
            document = await rewrite_both(production, client, behaviour, "/translate/batch")
            first, second = document["translations"]
            assert [error["code"] for error in document["errors"]] == ([code] if code else []), (name, first)
            assert (first == TEXT) is (code is not None), name
            assert second == "لفظ لفظ لفظ لفظ لفظ لفظ لفظ.", name
        assert first.endswith("\u200b")
        assert "`publish(message)`" in first
        assert "](https://docs.example/guide)" in first


async def test_a_failing_model_fails_each_text_separately(production: Production) -> None:
    async with client_of(production) as client:
        for name, (behaviour, code) in BROKEN.items():
            document = await rewrite_both(production, client, behaviour, "/translate/batch")
            errors = [(error["index"], error["code"]) for error in document["errors"]]
            assert (document["translations"], errors) == ([TEXT, PLAIN], [(0, code), (1, code)]), name


async def test_adjusting_keeps_the_same_pieces_as_translating(production: Production) -> None:
    async with client_of(production) as client:
        dropping = Behaviour(answering_badly(lambda p: quoted_text(p).replace("<x0/>", "")))
        document = await rewrite_both(production, client, dropping, "/adjust-content/batch")
        assert document["contents"] == [TEXT, f"{PLAIN} Put simply."]
        assert document["errors"] == [{"index": 0, "code": "lost_piece"}]
        document = await rewrite_both(production, client, Behaviour(answering_badly(plainer)), "/adjust-content/batch")
        assert document["contents"][0].removesuffix("\u200b").endswith("Put simply.")
        assert document["errors"] == []


PAGE: Final = (
    "The area $a^2$ and \\(b_1\\) of <b>one</b> robot, see <https://a.example/x?y=1>.\u200b",
    "Read [the guide][g] first, then [g].\r\n\r\n[g]: https://g.example 'A\r\ntitle'",
    'The <Tabs values={[{label: "}"}]}>first tab</Tabs> says {"}"} here.',
    "export const size = {\n  wide: 1,\n};\n\nThe text begins after the code.",
    "Set $HOME and run it with --json in std::vector at 10 ms.",
    "See this code here:\n\n    x = [1]\n",
    "pip install glossator",
)
REWRITTEN: Final = (
    "لفظ لفظ $a^2$ لفظ \\(b_1\\) لفظ <b>لفظ</b> لفظ, لفظ <https://a.example/x?y=1>.\u200b",
    "لفظ [لفظ لفظ][g] لفظ, لفظ [g].\r\n\r\n[g]: https://g.example 'A\r\ntitle'",
    'لفظ <Tabs values={[{label: "}"}]}>لفظ لفظ</Tabs> لفظ {"}"} لفظ.',
    "export const size = {\n  wide: 1,\n};\n\nلفظ لفظ لفظ لفظ لفظ لفظ.",
    "لفظ $HOME لفظ لفظ لفظ لفظ --json لفظ std::vector لفظ 10 ms.",
    "لفظ لفظ لفظ لفظ:\n\n    x = [1]\n",
    "pip install glossator",
)


async def test_everything_but_words_is_preserved_and_the_largest_batch_is_accepted(production: Production) -> None:
    production.openai.behaviour = Behaviour(answering_badly(urdu))
    largest = {"texts": ["\u2603" * 8000] * 50, "target_language": "urd"}
    async with client_of(production) as client:
        page = await client.post("/translate/batch", json={"texts": PAGE, "target_language": "urd"})
        large = await client.post("/translate/batch", content=json.dumps(largest), headers=JSON)

    assert page.json() == {"translations": list(REWRITTEN), "language": "ur", "dir": "rtl", "errors": []}
    assert (large.status_code, large.json()["translations"]) == (200, largest["texts"])
