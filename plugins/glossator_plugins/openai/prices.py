"""What the models cost: by the settings, or by the table in `prices.toml`.

A server on this machine costs nothing. A model that the table lacks counts at its highest price, with a warning.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from glossator.kernel.settings.setting import Setting, Settings
from glossator.kernel.settings.url import is_loopback
from glossator_plugins.openai import settings as names

T = TypeVar("T")
FREE: Final = 0.0


@dataclass(frozen=True)
class Prices:
    """US dollars per million tokens; `warnings` name the models whose price is unknown, and what to set."""

    prompt: float
    completion: float
    embedding: float
    warnings: tuple[str, ...] = ()


def prices_of(settings: Settings) -> Prices:
    local = is_loopback(urlsplit(settings[names.BASE_URL] or names.DEFAULT_URL).hostname or "")
    table = price_table()
    chat = found(table["chat"], settings[names.MODEL])
    embedding = found(table["embedding"], settings[names.EMBEDDING_MODEL])
    highest_chat = [max(price[at] for price in table["chat"].values()) for at in (0, 1)]
    prompt, completion = (FREE, FREE) if local else chat or highest_chat
    listed = FREE if local else highest(table["embedding"]) if embedding is None else embedding
    return Prices(
        either(settings, names.PROMPT_PRICE, prompt),
        either(settings, names.COMPLETION_PRICE, completion),
        either(settings, names.EMBEDDING_PRICE, listed),
        () if local else tuple(unknown(settings, chat is None, embedding is None)),
    )


def unknown(settings: Settings, chat: bool, embedding: bool) -> Iterator[str]:
    chat_prices = (names.PROMPT_PRICE, names.COMPLETION_PRICE)
    for missing, model, needed in (
        (chat, names.MODEL, chat_prices),
        (embedding, names.EMBEDDING_MODEL, (names.EMBEDDING_PRICE,)),
    ):
        unset = [setting.name for setting in needed if settings[setting] is None]
        if missing and unset:
            yield (
                f"the price of {settings[model]} is unknown, so it counts as the most expensive model"
                f" - set {' and '.join(unset)} (USD per million tokens)"
            )


def either(settings: Settings, setting: Setting[float | None], listed: float) -> float:
    given = settings[setting]
    return listed if given is None else given


def highest(prices: Mapping[str, float]) -> float:
    return max(prices.values())


def found(prices: Mapping[str, T], model: str) -> T | None:
    """By the whole name, else by the longest prefix."""
    if model in prices:
        return prices[model]
    fitting = [name for name in prices if name.endswith("*") and model.startswith(name[:-1])]
    return prices[max(fitting, key=len)] if fitting else None


@cache
def price_table() -> Mapping[str, Any]:
    return tomllib.loads((files("glossator_plugins.openai") / "prices.toml").read_text("utf-8"))
