"""Prices of models: from the settings, from the table, or the highest of the table."""

import logging

import pytest

from glossator.kernel.settings.setting import Settings
from glossator_plugins.openai import settings as names
from glossator_plugins.openai.plugin import OpenAIPlugin
from glossator_plugins.openai.prices import Prices, price_table, prices_of
from tests.plugins.openai.services import DEFAULTS, Changes, open_openai

UNPRICED: Changes = {names.PROMPT_PRICE: None, names.COMPLETION_PRICE: None, names.EMBEDDING_PRICE: None}


def priced(changes: Changes) -> Prices:
    return prices_of(Settings.of(DEFAULTS | UNPRICED | changes))


@pytest.mark.parametrize(
    ("model", "chat"),
    [
        ("gpt-4o-mini", (0.15, 0.6)),
        ("gpt-4o-mini-2024-07-18", (0.15, 0.6)),
        ("gpt-4o-2024-08-06", (2.5, 10.0)),
        ("gpt-4o-2024-05-13", (5.0, 15.0)),
        ("gpt-4.1-mini", (0.4, 1.6)),
    ],
)
def test_a_known_model_has_the_price_of_its_name_or_longest_prefix(model: str, chat: tuple[float, float]) -> None:
    found = priced({names.MODEL: model})

    assert (found.prompt, found.completion, found.embedding, found.warnings) == (*chat, 0.02, ())


def test_an_unknown_model_has_the_highest_price_and_a_warning() -> None:
    found = priced({names.MODEL: "gpt-4o-mini-audio", names.EMBEDDING_MODEL: "words"})

    highest = [max(price[at] for price in price_table()["chat"].values()) for at in (0, 1)]
    assert [found.prompt, found.completion] == highest
    assert found.embedding == max(price_table()["embedding"].values())
    assert found.warnings == (
        "the price of gpt-4o-mini-audio is unknown, so it counts as the most expensive model"
        " - set OPENAI__PROMPT_PRICE and OPENAI__COMPLETION_PRICE (USD per million tokens)",
        "the price of words is unknown, so it counts as the most expensive model"
        " - set OPENAI__EMBEDDING_PRICE (USD per million tokens)",
    )


def test_a_setting_overrides_the_table_also_with_zero() -> None:
    found = priced({names.MODEL: "mine", names.PROMPT_PRICE: 0.0, names.COMPLETION_PRICE: 3.0})

    assert (found.prompt, found.completion, found.warnings) == (0.0, 3.0, ())


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:11434/v1", True),
        ("http://127.0.0.1:8000", True),
        ("http://[::1]:8000", True),
        ("http://models.localhost", True),
        ("http://192.168.1.5:8000", False),
        ("https://api.example.com/v1", False),
        ("http://localhost.example.com", False),
    ],
)
def test_only_a_server_on_this_machine_is_free(url: str, local: bool) -> None:
    found = priced({names.MODEL: "llama", names.EMBEDDING_MODEL: "words", names.BASE_URL: url})

    assert (found.prompt, found.completion, found.embedding) == ((0, 0, 0) if local else (30.0, 60.0, 0.13))
    assert bool(found.warnings) != local


async def test_the_start_warns_of_an_unknown_price(caplog: pytest.LogCaptureFixture) -> None:
    changes = UNPRICED | {names.MODEL: "mine", names.EMBEDDING_DIMENSION: 8}
    with caplog.at_level(logging.WARNING):
        async with open_openai("https://models.example/v1", changes) as service:
            prices = service.usd_per_million_chat_tokens

    assert prices == (30.0, 60.0)
    assert "price_unknown: the price of mine is unknown" in caplog.text
    described = OpenAIPlugin().describe(Settings.of(DEFAULTS | changes))
    assert [text.partition(" is unknown")[0] for text in described.warnings] == ["the price of mine"]
