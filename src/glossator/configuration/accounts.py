"""The operator's settings about accounts."""

from typing import Any, Final, Literal

from glossator.kernel.settings.setting import Setting
from glossator.kernel.settings.types import FLAG, TEXT, choice, integer

SameSite = Literal["lax", "none"]

AUTH_COOKIE_SAMESITE: Final[Setting[SameSite]] = Setting(
    "AUTH__COOKIE_SAMESITE",
    choice("lax", "none"),
    "lax, or none for a frontend on another site that signs in by cookie (then always Secure)",
)
AUTH_LEGACY_TOKENS: Final = Setting(
    "AUTH__LEGACY_TOKENS", FLAG, "Whether tokens of the existing deployment are taken until they end"
)
AUTH_SIGN_UP: Final[Setting[Literal["open", "closed"]]] = Setting(
    "AUTH__SIGN_UP", choice("open", "closed"), "Whether anybody may make an account: open or closed"
)
AUTH_ANONYMOUS_CHAT: Final = Setting(
    "AUTH__ANONYMOUS_CHAT", FLAG, "Whether readers may ask without an account, where there are accounts"
)
AUTH_FORGOTTEN_PASSWORD: Final = Setting(
    "AUTH__FORGOTTEN_PASSWORD", TEXT, "What a reader is told who has forgotten his password: no mail is ever sent"
)
AUTH_ARGON2_MEMORY: Final = Setting("AUTH__ARGON2_MEMORY", integer(1024, 2**20), "KiB of memory for a password's hash")
AUTH_ARGON2_TIME: Final = Setting("AUTH__ARGON2_TIME", integer(1, 64), "Passes over that memory")
AUTH_ARGON2_PARALLELISM: Final = Setting("AUTH__ARGON2_PARALLELISM", integer(1, 16), "Lanes of that memory")

ACCOUNT_SETTINGS: Final[tuple[Setting[Any], ...]] = (
    AUTH_COOKIE_SAMESITE,
    AUTH_LEGACY_TOKENS,
    AUTH_SIGN_UP,
    AUTH_ANONYMOUS_CHAT,
    AUTH_FORGOTTEN_PASSWORD,
    AUTH_ARGON2_MEMORY,
    AUTH_ARGON2_TIME,
    AUTH_ARGON2_PARALLELISM,
)
