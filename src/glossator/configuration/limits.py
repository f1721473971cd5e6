"""Settings of the limits of requests, and of the proxies that name the clients."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from glossator.configuration.space import Space
from glossator.kernel.settings.setting import BadValue, Setting, Settings
from glossator.kernel.settings.types import integer, optional

TrustedHops = int | Literal["auto"]
AUTO: Final = "auto"
MAX_HOPS: Final = 10


@dataclass(frozen=True)
class Hops:
    """`auto` or a number of proxies."""

    secret: bool = False

    def parse(self, text: str) -> TrustedHops:
        return self.accept(int(text) if text.isascii() and text.isdigit() and len(text) < 3 else text)

    def accept(self, value: object) -> TrustedHops:
        if value == AUTO:
            return "auto"
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_HOPS:
            return value
        raise BadValue(f"must be auto or a whole number from 0 to {MAX_HOPS}")


SERVER_TRUSTED_HOPS: Final = Setting(
    "SERVER__TRUSTED_HOPS",
    optional(Hops()),
    "Number of proxies in front whose X-Forwarded-For is used, or auto: its right-most public address, if the request"
    " comes from a private address; unset: auto on a Space, else 0",
)


def _limit(name: str, what: str) -> Setting[int]:
    return Setting(f"LIMITS__{name}", integer(0, 1_000_000), f"Maximum number of {what}; 0: no limit")


CHAT_PER_NETWORK: Final = _limit("CHAT_PER_NETWORK", "questions per minute and client network")
CHAT_PER_ACCOUNT: Final = _limit("CHAT_PER_ACCOUNT", "questions per minute and account")
SEARCH_PER_NETWORK: Final = _limit("SEARCH_PER_NETWORK", "searches per minute and client network")
SEARCH_WORDS_PER_NETWORK: Final = _limit(
    "SEARCH_WORDS_PER_NETWORK", "searches while typing (mode words) per minute and client network"
)
FEEDBACK_PER_NETWORK: Final = _limit("FEEDBACK_PER_NETWORK", "votes on answers per minute and client network")
REWRITING_PER_NETWORK: Final = _limit(
    "REWRITING_PER_NETWORK", "texts to translate or adjust per minute and client network"
)
WHOLE_BOOK_PER_NETWORK: Final = _limit(
    "WHOLE_BOOK_PER_NETWORK", "downloads of the whole book (llms-full.txt) per minute and client network"
)
SIGN_IN_PER_NETWORK: Final = _limit(
    "SIGN_IN_PER_NETWORK", "sign-ins and other requests with a password per minute and client network"
)
SIGN_UP_PER_NETWORK: Final = _limit("SIGN_UP_PER_NETWORK", "sign-ups per hour and client network")
AMOUNTS: Final = (
    CHAT_PER_NETWORK,
    CHAT_PER_ACCOUNT,
    SEARCH_PER_NETWORK,
    SEARCH_WORDS_PER_NETWORK,
    FEEDBACK_PER_NETWORK,
    REWRITING_PER_NETWORK,
    WHOLE_BOOK_PER_NETWORK,
    SIGN_IN_PER_NETWORK,
    SIGN_UP_PER_NETWORK,
)
LIMIT_SETTINGS: Final[tuple[Setting[Any], ...]] = (SERVER_TRUSTED_HOPS, *AMOUNTS)


def limit_amounts(settings: Settings) -> dict[str, int]:
    """By limit and scope, such as `chat_per_network`."""
    return {setting.name.removeprefix("LIMITS__").lower(): settings[setting] for setting in AMOUNTS}


def with_trusted_hops(settings: Settings, space: Space | None) -> Settings:
    if settings[SERVER_TRUSTED_HOPS] is not None:
        return settings
    hops: TrustedHops = "auto" if space else 0
    return settings.with_value(SERVER_TRUSTED_HOPS, hops, "SPACE_HOST" if space else "default")


def proxy_warning(settings: Settings, space: Space | None, *, public: bool) -> str | None:
    """`public`: whether the server may be reachable from the internet. `settings` are those of the operator."""
    hops, name = settings[SERVER_TRUSTED_HOPS], SERVER_TRUSTED_HOPS.name
    if space and hops == 0:
        return f"{name}: is 0 on a Space, so all readers count as one network - remove it or set it to auto"
    if hops is None and not space and public:
        return f"{name}: is not set; behind a proxy all readers count as one network - set it to auto there, else to 0"
    return None
